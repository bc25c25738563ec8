/** Archive files on a real engine: written, read back, restored, damaged, superseded; what is dropped, and what never is. */
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { giveUpDamaged, verifyEntry } from '#clickhouse/archive/archive.ts'
import { archiveRun } from '#clickhouse/archive/archive-run.ts'
import { createFolderStore } from '#clickhouse/archive/folder-store.ts'
import { readManifest } from '#clickhouse/archive/manifest.ts'
import { restorePartition } from '#clickhouse/archive/restore.ts'
import type { ArchiveStore } from '#clickhouse/archive/store.ts'
import { createStreamedStore } from '#clickhouse/archive/streamed-store.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { declaredPolicy } from '#clickhouse/data-policy.ts'
import { migrate } from '#clickhouse/migrate.ts'
import { enforceRetention, type RetentionOptions } from '#clickhouse/retention/retention.ts'
import { archiveManifest, dataRuns } from '#clickhouse/tables/data.ts'
import { candles, trades } from '#clickhouse/tables/market.ts'
import { migrations } from '#clickhouse/tables/operations.ts'
import { DAY_MS } from '#domain/time.ts'
import { type FrontProcess, startFrontProcess } from '../clickhouse/front-process.ts'
import { contentOf, DATABASE, insertTrades, silent } from './two-sides.ts'

let front: FrontProcess
let client: ClickHouseClient
let folder: string
let store: ArchiveStore
const TABLES = [trades, candles]

beforeAll(async () => {
  front = await startFrontProcess()
  client = front.client(DATABASE)
  await migrate(client, silent, [migrations, dataRuns, archiveManifest, ...TABLES])
})
afterAll(async () => {
  await client.close()
  await front.remove()
})
beforeEach(async () => {
  if (folder) rmSync(folder, { recursive: true, force: true })
  folder = mkdtempSync(join(tmpdir(), 'holdfast-archive-'))
  store = createFolderStore(folder)
  for (const { name } of [...TABLES, archiveManifest])
    await client.command({ query: `TRUNCATE TABLE ${name} SYNC` })
})

const NOW = Date.now()
const clock = { now: () => NOW, monotonicMs: () => 0 }
const archive = (over: Partial<Parameters<typeof archiveRun>[0]> = {}) =>
  archiveRun({
    ...{
      client,
      store,
      clock,
      afterHours: 6,
      budgetMs: 1e9,
      onStep: () => {},
      signal: new AbortController().signal,
    },
    tables: TABLES.map((table) => ({ table, codec: 'zstd' as const })),
    ...over,
  })
const retain = (over: Partial<RetentionOptions> = {}) =>
  enforceRetention({
    ...{
      client,
      store,
      onStep: () => {},
      now: () => NOW,
      dryRun: false,
      acceptClock: true,
      dropPartitionsMax: 7,
      afterHours: 6,
    },
    tables: TABLES.map((table) => ({ table, policy: { ...declaredPolicy(table) } })),
    whyNotCopied: async () => null,
    signal: new AbortController().signal,
    ...over,
  })
/** Days in the past that are closed; their rows were inserted now, so retention is run from the future. */
const day = (ago: number): string => new Date(NOW - ago * DAY_MS).toISOString().slice(0, 10)
const LATER = NOW + 200 * DAY_MS
const later = { now: () => LATER, acceptClock: true }

async function threeDays(): Promise<void> {
  for (const ago of [5, 4, 3]) await insertTrades(client, { day: day(ago), first: 0, count: 1_000 })
  await insertTrades(client, { day: day(5), first: 0, count: 100, px: '7' }) // newer versions
}

test('closed partitions become one file each; reading it back and restoring it gives the same hash', async () => {
  await threeDays()
  await insertTrades(client, { day: day(0), first: 0, count: 10 })
  const report = await archive()
  expect(report).toMatchObject({ outcome: 'ok', archived: 3, rows: 3_000, failed: [] })
  expect(readdirSync(join(folder, 'trades')).sort()).toEqual([5, 4, 3].map((ago) => `${day(ago)}.parquet`))
  expect(await archive()).toMatchObject({ archived: 0, current: 3 })
  const before = await contentOf(client, trades, { where: `toDate(ts) = '${day(5)}'` })
  const restored = await restorePartition(
    { client, store },
    trades,
    day(5).replaceAll('-', ''),
    'trades_again',
  )
  expect({ rows: String(restored.content.rows), hash: restored.content.hash }).toEqual(before)
  await client.command({ query: 'DROP TABLE trades_again SYNC' })
})

test('over HTTP, where the engine does not see the folder, files are the same', async () => {
  await threeDays()
  store = createStreamedStore(folder)
  expect(await archive()).toMatchObject({ outcome: 'ok', archived: 3, rows: 3_000 })
  for (const entry of await readManifest(client))
    await verifyEntry({ client, store: createFolderStore(folder) }, entry)
  const restored = await restorePartition(
    { client, store },
    trades,
    day(4).replaceAll('-', ''),
    'trades_again',
  )
  expect(restored.content.rows).toBe(1_000)
  await client.command({ query: 'DROP TABLE trades_again SYNC' })
})

test('rows that come late make the file anew; after a drop they make another one, and both are restored', async () => {
  await threeDays()
  await archive({ tables: [{ table: trades, codec: 'gzip' }] })
  await insertTrades(client, { day: day(5), first: 10_000, count: 5 })
  expect(await archive()).toMatchObject({ archived: 1, rows: 1_005, current: 2 })
  const [first, second] = await readManifest(client)
  expect([first?.status, second?.status]).toEqual(['superseded', 'verified'])
  expect(readdirSync(join(folder, 'trades'))).not.toContain(`${day(5)}.parquet`)

  const all = await contentOf(client, trades)
  const dropped = await retain(later)
  expect(dropped.items.map(({ kept }) => kept)).toEqual(['it holds the newest rows of the table', '', ''])
  expect(dropped.dropped_rows).toBe(2_000)
  await insertTrades(client, { day: day(4), first: 20_000, count: 3 })
  expect(await archive()).toMatchObject({ archived: 1, rows: 3 })
  for (const ago of [4, 3]) await restorePartition({ client, store }, trades, day(ago).replaceAll('-', ''))
  const again = await contentOf(client, trades, { where: 'tid < 20000' })
  expect(again).toEqual(all)
})

test('what is not archived, changed since, or damaged is never dropped, whatever its age', async () => {
  await threeDays()
  const items = async () =>
    (await retain(later)).items.map(({ partition, kept }) => [partition, kept] as const)
  const ids = [5, 4, 3].map((ago) => day(ago).replaceAll('-', ''))
  const before = await contentOf(client, trades)
  expect(await items()).toEqual([
    [ids[0], 'it holds the newest rows of the table'],
    [ids[1], 'it is not archived'],
    [ids[2], 'it is not archived'],
  ])
  await archive()
  truncateSync(join(folder, 'trades', `${day(4)}.parquet`), 100)
  await insertTrades(client, { day: day(3), first: 77_777, count: 1 })
  await insertTrades(client, { day: day(5), first: 88_888, count: 1 })
  const [, truncated, changed] = await items()
  expect(truncated?.[1]).toMatch(/^failed: archive file .* is damaged/)
  expect(changed?.[1]).toBe('it changed after it was archived')
  expect(Number((await contentOf(client, trades)).rows)).toBe(Number(before.rows) + 2)
})

test('a policy that asks for a copy waits for it; a dry run drops nothing and says what would go', async () => {
  await threeDays()
  await archive()
  await insertTrades(client, { day: day(0), first: 0, count: 1 })
  const before = await contentOf(client, trades)
  const waiting = await retain({ ...later, whyNotCopied: async () => 'it is not copied yet' })
  expect(waiting.items.map(({ kept }) => kept)).toEqual([
    ...Array(3).fill('it is not copied yet'),
    'it holds the newest rows of the table',
  ])
  const dry = await retain({ ...later, dryRun: true })
  expect(dry).toMatchObject({ dry_run: true, dropped_rows: 0 })
  expect(dry.items.map(({ action, kept, rows }) => [action, kept, rows])).toEqual([
    ['drop', '', 1_100],
    ['drop', '', 1_000],
    ['drop', '', 1_000],
    ['drop', 'it holds the newest rows of the table', 1],
  ])
  expect(await contentOf(client, trades)).toEqual(before)
  expect((await retain({ ...later, dropPartitionsMax: 2 })).dropped_rows).toBe(2_100)
  expect((await retain({ ...later, now: () => NOW + 179 * DAY_MS })).items).toEqual([])
})

test('a clock that jumped drops nothing', async () => {
  await threeDays()
  await archive()
  await expect(retain({ now: () => LATER, acceptClock: false })).rejects.toMatchObject({
    code: 'CLOCK_JUMPED',
  })
})

test('short candles go before long ones once their month is archived, and the month restores whole', async () => {
  const month = new Date(Date.UTC(new Date(NOW).getUTCFullYear(), new Date(NOW).getUTCMonth() - 1, 3))
    .toISOString()
    .slice(0, 10)
  const candle = (interval: string, minute: number) => ({
    ...{ coin: 'BTC', interval, open: '1', high: '2', low: '1', close: '2', volume: '3', trades: 4 },
    open_ts: `${month} 00:${String(minute).padStart(2, '0')}:00.000`,
    close_ts: `${month} 00:${String(minute).padStart(2, '0')}:59.999`,
    received_ts: `${month} 01:00:00.000`,
  })
  const values = Array.from({ length: 60 }, (_, i) => candle('1m', i)).concat(
    candle('1h', 0),
    candle('1d', 0),
  )
  await client.insert({ table: 'candles', values, format: 'JSONEachRow' })
  const soon = { now: () => NOW + 8 * DAY_MS, acceptClock: true }
  expect((await retain(soon)).items).toMatchObject([{ action: 'thin', rows: 60, kept: 'it is not archived' }])
  await archive()
  const whole = await contentOf(client, candles)
  expect(await retain(soon)).toMatchObject({
    dropped_rows: 60,
    items: [{ action: 'thin', rows: 60, kept: '' }],
  })
  expect((await contentOf(client, candles)).rows).toBe('2')
  expect(await archive()).toMatchObject({ archived: 0, current: 1 })
  await restorePartition({ client, store }, candles, month.slice(0, 7).replace('-', ''))
  expect(await contentOf(client, candles)).toEqual(whole)
})

test('a damaged file is written anew while its rows are in the table', async () => {
  await threeDays()
  await archive()
  truncateSync(join(folder, 'trades', `${day(4)}.parquet`), 50)
  expect(await archive()).toMatchObject({ archived: 0, current: 3 })
  expect(await giveUpDamaged({ client, store }, await readManifest(client))).toEqual([
    `trades/${day(4)}.parquet`,
  ])
  expect(await archive()).toMatchObject({ archived: 1, current: 2 })
  for (const entry of (await readManifest(client)).filter(({ status }) => status === 'verified'))
    await verifyEntry({ client, store }, entry)
})

test('an archive that a stranger wrote over is noticed', async () => {
  await threeDays()
  await archive()
  writeFileSync(join(folder, 'trades', `${day(3)}.parquet`), 'PAR1')
  const entry = (await readManifest(client)).at(-1)
  await expect(verifyEntry({ client, store }, entry as never)).rejects.toMatchObject({
    code: 'ARCHIVE_DAMAGED',
  })
})
