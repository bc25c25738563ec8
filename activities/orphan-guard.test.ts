/** An order answers to the session whose tag it carries, a position to a running session of its account and coin. */
import { expect, test, vi } from 'vitest'
import type { HealthRow } from '#clickhouse/tables/operations.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'
import type { OpenOrder } from '#domain/session/ports.ts'
import { createOrphanGuardActivities, orphansOf, type RunningSession } from './orphan-guard.ts'

const A: RunningSession = { session_id: 'session/paper/a', account: 'one', coins: ['BTC'] }
const order = (session: string | null): OpenOrder => ({
  coin: 'BTC',
  oid: 7,
  cloid: session === null ? '' : buildCloid({ tag: hash32(session), epoch: 1, seq: 1, run: 1, leg: 0 }),
  ...{ side: 'buy', px: '1', sz: '1', reduceOnly: false, trigger: false, ts: 1 },
})

test.each([
  ['an order of a running session', [order(A.session_id)], [], []],
  ['an order of a session that ended', [order('session/paper/gone')], [], ['order']],
  ['an order without a client id', [order(null)], [], ['order']],
  ['a position of a traded coin', [], [{ coin: 'BTC', sz: '1' }], []],
  ['a position of another coin', [], [{ coin: 'ETH', sz: '-1' }], ['position']],
  ['a flat position', [], [{ coin: 'ETH', sz: '0' }], []],
])('%s: %#', (_what, orders, positions, kinds) => {
  expect(orphansOf({ account: 'one', orders, positions }, [A]).map(({ kind }) => kind)).toEqual(kinds)
})

test('the same coin on another account is an orphan', () => {
  expect(orphansOf({ account: 'two', orders: [], positions: [{ coin: 'BTC', sz: '1' }] }, [A])).toHaveLength(
    1,
  )
})

test('orphans become rows and log lines; without any nothing is written', async () => {
  const rows: HealthRow[] = []
  const warn = vi.fn()
  const guard = (orders: OpenOrder[]) =>
    createOrphanGuardActivities({
      clock: { now: () => 42 },
      accounts: ['one'],
      venue: async () => ({
        openOrders: async () => orders,
        account: async () => ({ equityUsd: '0', positions: [] }),
      }),
      runningSessions: async () => [A],
      writeHealth: async (more) => void rows.push(...more),
      warn,
    }).findOrphans()
  expect((await guard([order(A.session_id)])).orphans).toEqual([])
  expect([rows.length, warn.mock.calls.length]).toEqual([0, 0])
  expect((await guard([order('session/paper/gone')])).orphans).toHaveLength(1)
  expect(rows).toMatchObject([{ service: 'orphan-guard', ts: 42, kind: 'orphan_order' }])
  expect(warn).toHaveBeenCalledTimes(1)
})
