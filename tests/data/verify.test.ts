/** Comparing both sides on real engines: equal hours are remembered, differing minutes are found and mended, deletions have a limit. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { whyNotCopied } from '#clickhouse/sync/copied.ts'
import { createLimiter } from '#clickhouse/sync/limiter.ts'
import type { RemoteTarget } from '#clickhouse/sync/remote.ts'
import { readPartitions } from '#clickhouse/sync/source.ts'
import { type VerifyOptions, verifySync } from '#clickhouse/sync/verify.ts'
import { trades } from '#clickhouse/tables/market.ts'
import { kills } from '#clickhouse/tables/trading.ts'
import { systemClock } from '#config/clock.ts'
import { contentOf, insertTrades, startTwoSides, type TwoSides } from './two-sides.ts'

let sides: TwoSides
let remote: RemoteTarget
beforeAll(async () => {
  sides = await startTwoSides([trades, kills])
  for (const day of ['2026-10-18', '2026-10-19'])
    for (let hour = 0; hour < 4; hour++)
      await insertTrades(sides.source, { day, first: hour * 3_600_000, count: 500 })
  await sides.source.insert({
    table: 'kills',
    values: [{ scope: 'all', mode: 'halt', reason: 'a test', requested_ts: '2026-10-18 00:00:00.000' }],
    format: 'JSONEachRow',
  })
  remote = await sides.openRemote()
  await sides.copy({ remote })
})
afterAll(() => sides.close())

const verify = (over: Partial<VerifyOptions> = {}) =>
  verifySync({
    ...{ source: sides.source, remote, tables: sides.tables, clock: systemClock, budgetMs: 60_000 },
    bytes: createLimiter(undefined, systemClock),
    signal: new AbortController().signal,
    deleteRowsMax: 1_000,
    isLeaving: () => false,
    onStep: () => {},
    ...over,
  })
const onRemote = (query: string) =>
  sides.remoteClient.command({
    query,
    clickhouse_settings: { lightweight_deletes_sync: '2', mutations_sync: '1' },
  })
const same = async () => {
  for (const table of sides.tables)
    expect(await contentOf(sides.remoteClient, table)).toEqual(await contentOf(sides.source, table))
}

test('equal sides: every hour is compared once and then remembered', async () => {
  expect(await verify()).toMatchObject({ outcome: 'ok', hours: 9, rows: 4_001, differing: 0, failed: [] })
  expect(await verify()).toMatchObject({ outcome: 'ok', hours: 0 })
})

test('rows that are missing, changed and invented on the remote are found by their minutes and mended', async () => {
  await onRemote(
    "DELETE FROM trades WHERE ts >= '2026-10-18 01:00:00.100' AND ts < '2026-10-18 01:00:00.200'",
  )
  await onRemote(
    "INSERT INTO trades (coin, ts, tid, side, px, received_ts) VALUES ('BTC', '2026-10-18 02:00:00.000', 7200000, 'buy', 1, now64(3)), ('FAKE', '2026-10-18 03:30:00.000', 1, 'buy', 1, now64(3))",
  )
  // Something changed on the remote; the local side only knows once rows of that partition come.
  await insertTrades(sides.source, { day: '2026-10-18', first: 90_000, count: 5 })
  await sides.copy({ remote })
  const report = await verify()
  expect(report).toMatchObject({ outcome: 'repaired', differing: 3, rows_deleted: 1, failed: [] })
  expect(report.rows_sent).toBe(1_000) // two of the eight minutes that hold rows
  await same()
  expect(await verify()).toMatchObject({ outcome: 'ok', hours: 0 })
})

test('asked again, hours that were found equal are compared too', async () => {
  await onRemote(
    "DELETE FROM trades WHERE ts >= '2026-10-18 00:00:00.100' AND ts < '2026-10-18 00:00:00.200'",
  )
  expect(await verify()).toMatchObject({ outcome: 'ok', hours: 0 })
  expect(await verify({ again: true })).toMatchObject({ outcome: 'repaired', differing: 1, rows_sent: 500 })
  await same()
})

test('a remote that has much more than here is not cut down without a word', async () => {
  await sides.source.command({
    query: "ALTER TABLE trades DELETE WHERE ts < '2026-10-19 00:30:00' AND ts >= '2026-10-19'",
    clickhouse_settings: { mutations_sync: '1' },
  })
  await insertTrades(sides.source, { day: '2026-10-19', first: 90_000_000 % 86_400_000, count: 1 })
  await sides.copy({ remote })
  const before = await contentOf(sides.remoteClient, trades)
  const report = await verify({ deleteRowsMax: 100 })
  expect(report.failed.map(({ why }) => why).join()).toContain(
    'holds 500 rows between 2026-10-19T00:00:00.000Z',
  )
  expect(await contentOf(sides.remoteClient, trades)).toEqual(before)
  expect(await verify()).toMatchObject({ outcome: 'repaired', rows_deleted: 500 })
  await same()
})

test('a partition counts as copied only while both sides hold the same', async () => {
  const of = async () => {
    const partition = (await readPartitions(sides.source)).find((each) => each.partition === '20261018')
    return whyNotCopied(sides.source, remote, trades, partition as never, null)
  }
  expect(await of()).toBeNull()
  await onRemote(
    "DELETE FROM trades WHERE ts >= '2026-10-18 01:00:00.000' AND ts < '2026-10-18 01:00:00.001'",
  )
  expect(await of()).toMatch(/^the remote holds \d+ rows of it, this side \d+/)
  await insertTrades(sides.source, { day: '2026-10-18', first: 95_000, count: 1 })
  expect(await of()).toBe('it is not copied to the remote yet')
})

test('what retention has taken away here is not taken away there', async () => {
  await sides.source.command({ query: "ALTER TABLE trades DROP PARTITION ID '20261018'" })
  await insertTrades(sides.source, { day: '2026-10-18', first: 96_000, count: 1 })
  await sides.copy({ remote })
  const before = await contentOf(sides.remoteClient, trades)
  const report = await verify({ isLeaving: (_table, partition) => partition === '20261018' })
  expect(report.rows_deleted).toBe(0)
  expect(await contentOf(sides.remoteClient, trades)).toEqual(before)
})
