/** Net asset value on a real ClickHouse: it reconciles to the cent, a missing deposit is told, late facts are taken in. */
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPnlActivities } from '#activities/pnl.ts'
import { createNavActivities } from '#activities/pnl-nav.ts'
import { migrate } from '#clickhouse/migrate.ts'
import { insertRows } from '#clickhouse/pnl/insert-rows.ts'
import { createLedgerStore } from '#clickhouse/pnl/ledger-store.ts'
import { createNavStore } from '#clickhouse/pnl/nav-store.ts'
import { type AccountSnapshotRow, accountSnapshots, ledgerUpdates } from '#clickhouse/tables/accounts.ts'
import type { HealthRow } from '#clickhouse/tables/operations.ts'
import { type FillRow, fills, fundingPayments } from '#clickhouse/tables/trading.ts'
import { DAY_MS, HOUR_MS } from '#domain/time.ts'
import { type FrontProcess, startFrontProcess } from '../clickhouse/front-process.ts'
import { silentLog } from '../clickhouse/writer-process.ts'

let front: FrontProcess
let client: ClickHouseClient
const told: HealthRow[] = []

beforeAll(async () => {
  front = await startFrontProcess()
  client = front.client('holdfast')
  await migrate(client, silentLog)
})
afterAll(async () => {
  await client?.close()
  await front?.remove()
})

async function compute() {
  const ledger = await createPnlActivities({
    store: createLedgerStore(client),
    progress: () => {},
  }).computeLedger()
  const deps = {
    clock: { now: () => 5 },
    store: createNavStore(client),
    writeHealth: async (rows: HealthRow[]) => void told.push(...rows),
  }
  return createNavActivities(deps).computeNav({ changed_from: ledger.changed_from })
}

const D = Date.UTC(2026, 10, 2)
const fill = (
  ts: number,
  tid: number,
  side: 'buy' | 'sell',
  px: string,
  sz: string,
  start: string,
  more: Partial<FillRow> = {},
): FillRow => ({
  ...{
    account: 'main',
    coin: 'ETH',
    ts,
    tid,
    oid: tid,
    cloid: '',
    session_id: '',
    side,
    px,
    sz,
    start_position: start,
  },
  ...{
    direction: '',
    closed_pnl: '0',
    fee: '0.5',
    crossed: true,
    hash: '',
    received_ts: ts,
    builder_fee: '0',
    fee_token: 'USDC',
  },
  ...more,
})
const seen = (ts: number, equity: string, unrealized: string): AccountSnapshotRow => ({
  ...{ account: 'main', ts, equity_usd: equity, cash_usd: '0', margin_used_usd: '0', withdrawable_usd: '0' },
  ...{ notional_usd: '0', unrealized_pnl_usd: unrealized, positions: 1, received_ts: ts },
})
const moved = (ts: number, usd: string) => ({
  ...{
    account: 'main',
    ts,
    hash: '0x1',
    kind: 'deposit',
    usd,
    token: 'USDC',
    amount: usd,
    fee_usd: '0',
    details: '{}',
    received_ts: ts,
  },
})

async function navDays(): Promise<Record<string, unknown>[]> {
  const answer = await client.query({
    query: `SELECT toString(toDate(day)) AS day, toString(nav_usd) AS nav, toString(flow_usd) AS flow, toString(realized_usd) AS realized,
      toString(unexplained_usd) AS rest, alert FROM nav FINAL ORDER BY nav.day`,
    format: 'JSONEachRow',
  })
  return answer.json()
}

test('fills, funding, marks and a deposit explain every cent, also when a fill follows the last snapshot of its day', async () => {
  await insertRows(client, accountSnapshots, [
    seen(D + 23 * HOUR_MS, '1000', '0'),
    seen(D + DAY_MS + 12 * HOUR_MS, '1', '99'), // not the last of its day
    seen(D + DAY_MS + 23 * HOUR_MS, '1019.3', '20'), // 2 ETH at 2010, fees 0.5, funding −0.2
    seen(D + 2 * DAY_MS + 23 * HOUR_MS, '1528.8', '0'), // closed at 2015 just after, fee 0.5, deposit 500
  ])
  await insertRows(client, fills, [
    fill(D + DAY_MS + HOUR_MS, 1, 'buy', '2000', '2', '0'),
    fill(D + DAY_MS + 23.5 * HOUR_MS, 2, 'sell', '2015', '2', '2', { closed_pnl: '30' }),
    fill(D + DAY_MS + 2 * HOUR_MS, 3, 'buy', '5', '10', '0', {
      coin: '@107',
      fee: '0.01',
      fee_token: 'HYPE',
    }),
  ])
  await insertRows(client, fundingPayments, [
    {
      account: 'main',
      coin: 'ETH',
      ts: D + DAY_MS + 8 * HOUR_MS,
      usd: '-0.2',
      position_sz: '2',
      rate: '0.0001',
    },
  ])
  await insertRows(client, ledgerUpdates, [moved(D + 2 * DAY_MS + HOUR_MS, '500')])
  expect(await compute()).toEqual({ accounts: 1, days: 3, alerts: [] })
  expect(await navDays()).toEqual([
    { day: '2026-11-02', nav: '1000', flow: '0', realized: '0', rest: null, alert: false },
    { day: '2026-11-03', nav: '1019.3', flow: '0', realized: '0', rest: '0', alert: false },
    { day: '2026-11-04', nav: '1528.8', flow: '500', realized: '30', rest: '0', alert: false },
  ])
})

test('a second run changes nothing but looks at the last day again', async () => {
  const before = await navDays()
  expect(await compute()).toMatchObject({ days: 1 })
  expect(await navDays()).toEqual(before)
})

test('money that came without a record is an alert; when the record comes late, it is explained', async () => {
  await insertRows(client, accountSnapshots, [seen(D + 3 * DAY_MS + 23 * HOUR_MS, '1628.8', '0')])
  expect((await compute()).alerts).toEqual(['main 2026-11-05: 100'])
  expect(JSON.parse(told.at(-1)?.details ?? '{}')).toMatchObject({ account: 'main', unexplained_usd: '100' })
  const once = told.length
  expect((await compute()).alerts).toEqual(['main 2026-11-05: 100'])
  expect(told.length).toBe(once)
  await insertRows(client, ledgerUpdates, [{ ...moved(D + 3 * DAY_MS + HOUR_MS, '100'), hash: '0x2' }])
  expect((await compute()).alerts).toEqual([])
  expect((await navDays()).at(-1)).toMatchObject({ flow: '100', rest: '0', alert: false })
})

test('a missing day is unknown, and the day after answers for both', async () => {
  await insertRows(client, accountSnapshots, [seen(D + 5 * DAY_MS + HOUR_MS, '1630', '1.7')])
  await insertRows(client, fills, [fill(D + 4 * DAY_MS, 9, 'buy', '2000', '1', '0')])
  await compute()
  expect((await navDays()).slice(-2)).toEqual([
    { day: '2026-11-06', nav: null, flow: '0', realized: '0', rest: null, alert: false },
    { day: '2026-11-07', nav: '1630', flow: '0', realized: '0', rest: '0', alert: false },
  ])
})
