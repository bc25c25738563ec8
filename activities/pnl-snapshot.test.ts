/** One equity point per running session: the account's equity, the session's PnL, and only its own coins. */
import { expect, test, vi } from 'vitest'
import type { EquityRow } from '#clickhouse/tables/trading.ts'
import type { SessionStatus } from '#domain/session/effects.ts'
import { createPnlSnapshotActivities } from './pnl-snapshot.ts'

const status = (session_id: string, coin: string): SessionStatus & { run: number } =>
  ({ session_id, account: 'one', coins: [coin], net_pnl_usd: '-3.5', run: 9 }) as unknown as SessionStatus & {
    run: number
  }

async function snapshot(statuses: (SessionStatus & { run: number })[]) {
  const rows: EquityRow[] = []
  const account = vi.fn(async () => ({
    equityUsd: '1000.25',
    positions: [
      { coin: 'BTC', sz: '0.5', entryPx: '1' },
      { coin: 'ETH', sz: '-2', entryPx: '1' },
    ],
  }))
  const result = await createPnlSnapshotActivities({
    clock: { now: () => 42 },
    runningStatuses: async () => statuses,
    account,
    writeEquity: async (more) => void rows.push(...more),
  }).snapshotPnl()
  return { rows, account, result }
}

test('two sessions on one account ask for it once and get a point each', async () => {
  const { rows, account, result } = await snapshot([
    status('session/paper/a', 'BTC'),
    status('session/paper/b', 'ETH'),
  ])
  expect(result).toEqual({ sessions: 2 })
  expect(account).toHaveBeenCalledTimes(1)
  expect(rows).toEqual([
    {
      ...{ session_id: 'session/paper/a', run: 9, ts: 42, equity_usd: '1000.25', net_pnl_usd: '-3.5' },
      position: '{"BTC":"0.5"}',
    },
    {
      ...{ session_id: 'session/paper/b', run: 9, ts: 42, equity_usd: '1000.25', net_pnl_usd: '-3.5' },
      position: '{"ETH":"-2"}',
    },
  ])
})

test('without running sessions nothing is asked and nothing written', async () => {
  const { rows, account, result } = await snapshot([])
  expect([rows, account.mock.calls.length, result]).toEqual([[], 0, { sessions: 0 }])
})
