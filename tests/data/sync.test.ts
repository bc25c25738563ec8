/** Copying between two real engines: first copy, trickle, crash between any two steps, drift, limits, a source that begins anew. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SyncStep } from '#clickhouse/sync/copy-partition.ts'
import { trades } from '#clickhouse/tables/market.ts'
import { ingestGaps } from '#clickhouse/tables/operations.ts'
import { HoldfastError } from '#domain/errors.ts'
import { contentOf, insertTrades, startTwoSides, stopMerging, type TwoSides } from './two-sides.ts'

let sides: TwoSides
beforeAll(async () => {
  sides = await startTwoSides([trades, ingestGaps])
})
afterAll(() => sides.close())

const same = async () => {
  const [here, there] = await Promise.all([
    contentOf(sides.source, trades),
    contentOf(sides.remoteClient, trades),
  ])
  expect(there).toEqual(here)
  return Number(here.rows)
}

test('a first copy brings everything, each batch as one block; the next round finds nothing to do', async () => {
  for (let i = 0; i < 5; i++) {
    await insertTrades(sides.source, { day: '2026-11-18', first: i * 1_000, count: 1_000 })
    await insertTrades(sides.source, { day: '2026-11-19', first: i * 1_000, count: 1_000 })
  }
  const report = await sides.copy({ limits: { batchRows: 2_000, batchBytes: 1e9 } })
  expect(report).toMatchObject({ outcome: 'ok', rows: 10_000, lag_rows: 0, eta_s: 0 })
  expect(await same()).toBe(10_000)
  const blocks = await sides.remoteClient.query({
    query:
      'SELECT count() AS parts, uniqExact(b, p) AS blocks FROM (SELECT _sync_batch, uniqExact(_block_number) AS c, any(_block_number) AS b, any(_partition_id) AS p FROM trades GROUP BY _sync_batch)',
    format: 'JSONEachRow',
  })
  expect(await blocks.json()).toEqual([{ parts: '6', blocks: '6' }])
  expect(await sides.copy()).toMatchObject({ outcome: 'ok', rows: 0, bytes: 0 })
})

test('late rows of an old day are found by their block, not by their time', async () => {
  await insertTrades(sides.source, { day: '2026-11-18', first: 900_000, count: 10 })
  expect(await sides.copy()).toMatchObject({ rows: 10 })
  await same()
})

test('a newer version of a row replaces the older one on both sides, also when merges came between', async () => {
  for (const px of ['1', '2', '3'])
    await insertTrades(sides.source, { day: '2026-11-19', first: 0, count: 500, px })
  await sides.source.command({ query: 'OPTIMIZE TABLE trades FINAL' })
  await insertTrades(sides.source, { day: '2026-11-19', first: 0, count: 500, px: '4' })
  await sides.copy()
  await same()
})

const STEPS: readonly SyncStep[] = ['announce', 'look', 'send', 'sent', 'record']
class Crash extends HoldfastError {
  constructor() {
    super('crash', { code: 'CRASH', retryable: true, hint: 'go on' })
  }
}

test('stopped before or after every step, again and again: no row is lost, none is stored twice', async () => {
  await stopMerging(sides.remoteClient, 'trades')
  const before = await contentOf(sides.remoteClient, trades, { final: false })
  const distinct = Number((await contentOf(sides.source, trades)).rows)
  let first = 2_000_000
  let crashes = 0
  for (const step of STEPS) {
    for (let nth = 1; nth <= 2; nth++) {
      for (let i = 0; i < 3; i++, first += 100)
        await insertTrades(sides.source, { day: '2026-11-20', first, count: 100 })
      let seen = 0
      const report = await sides.copy({
        parallel: 1,
        limits: { batchRows: 100, batchBytes: 1e9 },
        onStep: (at) => {
          if (at === step && ++seen === nth) throw new Crash()
        },
      })
      if (report.outcome === 'failed') crashes++
    }
  }
  await sides.copy()
  expect(crashes).toBeGreaterThanOrEqual(7)
  const rows = await same()
  expect(rows - distinct).toBe(10 * 300)
  // Without FINAL: what was stored twice would be counted twice.
  const after = await contentOf(sides.remoteClient, trades, { final: false })
  expect(Number(after.rows) - Number(before.rows)).toBe(10 * 300)
})

test('a table that differs is refused with the reason while the others go on, and goes on when it fits again', async () => {
  await sides.remoteClient.command({ query: 'ALTER TABLE ingest_gaps MODIFY COLUMN rows_recovered UInt64' })
  await sides.source.insert({
    table: 'ingest_gaps',
    values: [{ channel: 'trades', coin: 'BTC', opened_ts: '2026-11-20 00:00:00.000', rows_recovered: 3 }],
    format: 'JSONEachRow',
  })
  await insertTrades(sides.source, { day: '2026-11-20', first: 5_000_000, count: 10 })
  const report = await sides.copy()
  expect(report).toMatchObject({ outcome: 'failed', rows: 10 })
  const gaps = report.tables.find(({ table }) => table === 'ingest_gaps')
  expect(gaps).toMatchObject({
    outcome: 'drift',
    why: 'table ingest_gaps is not copied: column rows_recovered is UInt32 here and UInt64 there',
  })
  await same()
  await sides.remoteClient.command({ query: 'ALTER TABLE ingest_gaps MODIFY COLUMN rows_recovered UInt32' })
  expect(await sides.copy()).toMatchObject({ outcome: 'ok', rows: 1 })
})

test('out of time it stops between two batches, says what is left, and goes on there', async () => {
  for (let i = 0; i < 4; i++)
    await insertTrades(sides.source, { day: '2026-11-20', first: 6_000_000 + i * 100, count: 100 })
  let copied = 0
  const report = await sides.copy({
    parallel: 1,
    limits: { batchRows: 100, batchBytes: 1e9 },
    clock: { monotonicMs: () => (copied >= 2 ? 1e9 : 0) },
    onStep: (step) => void (step === 'sent' && copied++),
  })
  expect(report).toMatchObject({ outcome: 'behind', rows: 200, lag_rows: 200 })
  expect(await sides.copy()).toMatchObject({ outcome: 'ok', rows: 200 })
  await same()
})

test('a remote that is away is said as such, and after days everything is caught up', async () => {
  const remote = await sides.openRemote()
  await sides.there.crash()
  for (let day = 21; day <= 24; day++)
    await insertTrades(sides.source, { day: `2026-11-${day}`, first: 0, count: 1_000 })
  await expect(sides.copy({ remote })).rejects.toMatchObject({ code: 'REMOTE_DOWN', retryable: true })
  await sides.there.start()
  expect(await sides.copy()).toMatchObject({ outcome: 'ok', rows: 4_000 })
  await same()
})

test('a local table that was made anew is copied from its beginning', async () => {
  const gap = (opened: string) => ({ channel: 'bbo', coin: 'ETH', opened_ts: opened })
  for (const opened of ['2026-10-20 01:00:00.000', '2026-10-20 02:00:00.000'])
    await sides.source.insert({ table: 'ingest_gaps', values: [gap(opened)], format: 'JSONEachRow' })
  await sides.copy()
  await sides.source.command({ query: 'TRUNCATE TABLE ingest_gaps SYNC' })
  await sides.here.crash()
  await sides.here.start() // its counter of blocks begins anew
  await sides.source.insert({
    table: 'ingest_gaps',
    values: [gap('2026-11-20 01:00:00.000'), gap('2026-11-20 02:00:00.000')],
    format: 'JSONEachRow',
  })
  await sides.copy()
  const where = "coin = 'ETH' AND opened_ts >= '2026-11-01'"
  const there = await contentOf(sides.remoteClient, ingestGaps, { where })
  expect(there).toEqual(await contentOf(sides.source, ingestGaps, { where }))
  expect(there.rows).toBe('2')
  expect(await sides.copy()).toMatchObject({ outcome: 'ok', rows: 0 })
})
