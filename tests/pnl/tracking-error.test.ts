/** Tracking error on a real ClickHouse: from tables to tables, closed days keep, late facts make a revision. */
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPnlActivities } from '#activities/pnl.ts'
import { createNavActivities } from '#activities/pnl-nav.ts'
import { createTrackingErrorActivities } from '#activities/tracking-error.ts'
import { migrate } from '#clickhouse/migrate.ts'
import { insertRows } from '#clickhouse/pnl/insert-rows.ts'
import { createLedgerStore } from '#clickhouse/pnl/ledger-store.ts'
import { createNavStore } from '#clickhouse/pnl/nav-store.ts'
import { modelDays } from '#clickhouse/pnl/tracking-report.ts'
import { createTrackingStore } from '#clickhouse/pnl/tracking-store.ts'
import { runQuery } from '#clickhouse/query.ts'
import { positionSnapshots } from '#clickhouse/tables/accounts.ts'
import { candles, mids } from '#clickhouse/tables/market.ts'
import { modelTargets } from '#clickhouse/tables/models.ts'
import { fills } from '#clickhouse/tables/trading.ts'
import { HOUR_MS } from '#domain/time.ts'
import { december } from '#tests/support/tracking-example.ts'
import { type FrontProcess, startFrontProcess } from '../clickhouse/front-process.ts'
import { silentLog } from '../clickhouse/writer-process.ts'
import { candle, insertExample, position, runTracking } from './tracking-world.ts'

let front: FrontProcess
let client: ClickHouseClient
const NOW = december(13) + HOUR_MS

beforeAll(async () => {
  front = await startFrontProcess()
  client = front.client('holdfast')
  await migrate(client, silentLog)
  await insertExample(client)
})
afterAll(async () => {
  await client?.close()
  await front?.remove()
})

async function compute(lookback_days = 60) {
  const ledger = await createPnlActivities({
    store: createLedgerStore(client),
    progress: () => {},
  }).computeLedger()
  const nav = { clock: { now: () => NOW }, store: createNavStore(client), writeHealth: async () => {} }
  await createNavActivities(nav).computeNav({ changed_from: ledger.changed_from })
  const deps = {
    clock: { now: () => NOW },
    store: createTrackingStore(client),
    pairs: [],
    costBps: 10,
    progress: () => {},
  }
  const activities = createTrackingErrorActivities(deps)
  const reports = []
  for (const pair of await activities.trackedPairs({}))
    reports.push({ ...pair, ...(await activities.computeTrackingError({ ...pair, lookback_days })) })
  return reports
}
async function rows<T>(query: string): Promise<T[]> {
  return (await client.query({ query, format: 'JSONEachRow' })).json<T>()
}
const stored = () =>
  rows<{
    d: string
    difference: number | null
    te_7d: number | null
    revision: string
    parts: number | null
  }>(
    `SELECT toString(toDate(day)) AS d, difference, te_7d, revision, fees + funding + slippage + timing + sizing + missing + extra + wrong_side + rest AS parts
     FROM tracking_error FINAL WHERE day >= '2025-12-01' ORDER BY day`,
  )

test('the worked example, from tables to tables: spec 000 §9.2', async () => {
  const [report] = await compute()
  expect(report).toMatchObject({
    model: 'm',
    account: 'main',
    lag_days: 2,
    te_annualised: expect.closeTo(0.1393834353, 8),
  })
  const days = await stored()
  expect(days.find(({ d }) => d === '2025-12-12')).toMatchObject({
    te_7d: expect.closeTo(0.0079656257, 9),
    difference: expect.closeTo(-0.001638, 5),
  })
  expect(days.find(({ d }) => d === '2025-12-02')).toMatchObject({ difference: null, te_7d: null })
  for (const { difference, parts } of days) if (difference !== null) expect(parts).toBeCloseTo(difference, 12)
  const coins = await rows<{ n: string }>(
    `SELECT count() AS n FROM tracking_error_coins FINAL WHERE mismatch = 'missing' AND day = '2025-12-12'`,
  )
  expect(Number(coins[0]?.n)).toBe(2)
})

test('hours are in classes: a flat account is missing what it should hold, in every hour with a snapshot', async () => {
  const hours = await rows<{ d: string; kind: string; coins: number; squared_error: number }>(
    `SELECT toString(ts) AS d, kind, coins, squared_error FROM tracking_error_hours FINAL ORDER BY ts, kind`,
  )
  // Targets from the first of December are held from the third on; the last hour is that of the twelfth.
  expect(new Set(hours.map(({ d }) => d)).size).toBe(10)
  expect(hours.length).toBe(60)
  // The flat account has no mark, and there are no hourly candles: nothing can be judged yet.
  expect(hours.every(({ coins }) => coins === 0)).toBe(true)
  const close = (coin: string) => ({
    ...candle(coin, 11, 14),
    interval: '1h',
    open_ts: december(12) + 21 * HOUR_MS,
  })
  await insertRows(client, candles, [close('AVAX'), close('LINK')])
  await compute()
  const judged = await rows<{ kind: string; coins: number; squared_error: number; younger: number }>(
    `SELECT kind, coins, squared_error, younger_error AS younger FROM tracking_error_hours FINAL WHERE coins > 0`,
  )
  // Weights of the tenth: 0.2 and 0.1; of the eleventh: 0.25 and −0.2.
  expect(judged).toEqual([
    {
      ...{ kind: 'MISSING_POSITION', coins: 2, squared_error: expect.closeTo(0.05, 9) },
      younger: expect.closeTo(0.1025, 9),
    },
  ])
})

test('again, and with a shorter lookback: nothing is written, no day decays', async () => {
  const before = await stored()
  expect(await compute()).toMatchObject([{ written: 0, revised: 0 }])
  expect(await compute(4)).toMatchObject([{ days: 4, written: 0 }])
  expect(await stored()).toEqual(before)
})

test('a fill that arrives late changes the causes of its day, under a new revision, and nothing else of the difference', async () => {
  const before = await stored()
  const [ts, px] = [december(10) + 6 * HOUR_MS, '13.68']
  await insertRows(client, mids, [{ coin: 'AVAX', ts: ts - 5_000, mid: '13.67' }])
  await insertRows(client, fills, [
    {
      ...{
        account: 'main',
        coin: 'AVAX',
        ts,
        tid: 1,
        oid: 1,
        cloid: '',
        session_id: '',
        side: 'buy',
        px,
        sz: '100',
      },
      ...{
        start_position: '0',
        direction: '',
        closed_pnl: '0',
        fee: '0.6',
        crossed: true,
        hash: '',
        received_ts: ts,
      },
      ...{ builder_fee: '0', fee_token: 'USDC' },
    },
  ])
  expect((await compute())[0]?.revised).toBeGreaterThan(0)
  const [row] = await rows<{ fees: number; slippage: number; timing: number; revision: string }>(
    `SELECT fees, slippage, timing, revision FROM tracking_error FINAL WHERE day = '2025-12-10'`,
  )
  expect(Number(row?.revision)).toBe(1)
  expect(row?.fees).toBeCloseTo(-0.6 / 5049.9, 9)
  expect(row?.slippage).toBeCloseTo((-0.01 * 100) / 5049.9, 9)
  expect(row?.timing).toBeCloseTo((100 * (13.66 - 13.68)) / 5049.9 + (0.01 * 100) / 5049.9, 9)
  const after = await stored()
  expect(after.map(({ d, difference }) => [d, difference])).toEqual(
    before.map(({ d, difference }) => [d, difference]),
  )
  for (const { difference, parts } of after)
    if (difference !== null) expect(parts).toBeCloseTo(difference, 12)
})

test('targets that were restated after they were to be held are not looked at', async () => {
  const before = await stored()
  const late = {
    model: 'm',
    ts: december(8) + HOUR_MS,
    coin: 'AVAX',
    weight: 0.9,
    source: 'test',
    received_ts: december(11),
  }
  await insertRows(client, modelTargets, [late])
  await compute()
  expect(await stored()).toEqual(before)
})

test('books are compared with the targets of four days; a book of the right weights is near', async () => {
  await insertRows(client, positionSnapshots, [position('AVAX', '0.2'), position('LINK', '0.1')])
  await compute()
  const lags = await rows<{ lag: number; active_share: number | null; best: boolean }>(
    `SELECT lag, active_share, best FROM tracking_error_lags FINAL WHERE day = '2025-12-12' ORDER BY lag`,
  )
  expect(lags.map(({ lag, best }) => [lag, best])).toEqual([
    [0, false],
    [1, false],
    [2, true],
    [3, false],
  ])
  expect(lags[2]?.active_share).toBeCloseTo(0, 9)
  const hours = await rows<{ kind: string; coins: number; error: number }>(
    `SELECT kind, coins, squared_error AS error FROM tracking_error_hours FINAL WHERE ts >= '2025-12-12' AND coins > 0`,
  )
  expect(hours).toEqual([{ kind: 'MATCHED', coins: 2, error: expect.closeTo(0, 12) }])
})

test('two accounts that follow one model with other lags keep a result each', async () => {
  const deps = { clock: { now: () => NOW }, store: createTrackingStore(client), pairs: [], costBps: 10 }
  const activities = createTrackingErrorActivities({ ...deps, progress: () => {} })
  await activities.computeTrackingError({ model: 'm', account: 'other', lag_days: 1, leverage: 2 })
  const window = { model: 'm', account: '', from: december(4), to: december(13) }
  const both = Map.groupBy(await runQuery(client, modelDays, window), ({ account }) => account)
  const gross = (account: string) => both.get(account)?.map(({ gross_return }) => gross_return)
  // On the fourth: the targets of the second, and twice those of the third.
  expect(gross('main')?.[0]).toBeCloseTo(0.0008757526, 9)
  expect(gross('other')?.[0]).toBeCloseTo(2 * (-0.1 * (13.61 / 13.05 - 1) + 0.3 * (12.66 / 12.18 - 1)), 9)
  expect([gross('main')?.length, gross('other')?.length]).toEqual([9, 9])
  expect(new Set(both.get('other')?.map(({ lag_days }) => lag_days))).toEqual(new Set([1]))
})

test('the command shows hours, classes and stages as they are stored', async () => {
  const window = ['--stored', '--from', '2025-12-01', '--to', '2025-12-12', '--account', 'main']
  const run = (...args: string[]) => runTracking(front.url, [...window, ...args])
  const answer = JSON.parse(await run('--by', 'hour', '--json')) as Record<string, Record<string, unknown>[]>
  expect(answer.hours).toMatchObject([{ hour: '2025-12-12T21:00', model: 'm', account: 'main', matched: 2 }])
  expect(answer.classes?.find(({ kind }) => kind === 'MATCHED')).toMatchObject({ coins: 2 })
  expect(answer.stages).toMatchObject([
    { stage: 'target_only', cause: 'unknown', coins: 14, days: 8, actual: 0 },
    { stage: 'target_only', cause: 'weekend', coins: 4, days: 2, actual: 0 },
    { stage: 'wrong_direction', cause: 'follows_day_after', coins: 1 },
    { stage: 'beyond_20_pct', cause: '', coins: 1 },
  ])
  expect(await run('--by', 'class')).toContain('MISSING_POSITION')
  expect(await run('--by', 'stage')).toContain('target_only')
})
