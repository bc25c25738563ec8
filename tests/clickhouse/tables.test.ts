/** Every declared table: whatever row it takes comes out of ClickHouse as it went in, and two facts never become one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { planMigrations } from '#clickhouse/migrate.ts'
import type { Row, Table } from '#clickhouse/table.ts'
import { TABLES } from '#clickhouse/tables/index.ts'
import { bbo, l2Snapshots } from '#clickhouse/tables/market.ts'
import { createWriter } from '#clickhouse/writer/writer.ts'
import { systemClock } from '#config/clock.ts'
import { type FrontProcess, startFrontProcess } from './front-process.ts'
import { silentLog } from './writer-process.ts'

let front: FrontProcess
let client: ClickHouseClient
let spoolDir: string

beforeAll(async () => {
  front = await startFrontProcess()
  client = front.client()
  spoolDir = mkdtempSync(join(tmpdir(), 'holdfast-spool-'))
  for (const { statements } of planMigrations(TABLES))
    for (const query of statements) await client.command({ query })
})

afterAll(async () => {
  await client.close()
  await front.remove()
  rmSync(spoolDir, { recursive: true, force: true })
})

/** Wide values on purpose: what a column's type allows, not what a market would send. */
const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const whole = (max: number) => fc.integer({ min: 0, max })
const decimal = (digits: number, places: number) => {
  const max = 10n ** BigInt(digits) - 1n
  return fc.bigInt({ min: -max, max }).map((value) => {
    const size = String(value < 0n ? -value : value).padStart(places + 1, '0')
    const text = `${size.slice(0, -places)}.${size.slice(-places)}`.replace(/\.?0+$/, '')
    return value < 0n ? `-${text}` : text
  })
}
/** A few days, so that few partitions come into being. */
const time = fc.integer({ min: Date.UTC(2026, 9, 30), max: Date.UTC(2026, 10, 3) })

const VALUES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  'LowCardinality(String)': text,
  String: text,
  "DateTime64(3, 'UTC')": time,
  UInt64: whole(Number.MAX_SAFE_INTEGER),
  UInt32: whole(2 ** 32 - 1),
  "Enum8('buy' = 1, 'sell' = 2)": fc.constantFrom('buy', 'sell'),
  'Decimal(18, 8)': decimal(18, 8),
  'Decimal(38, 8)': decimal(38, 8),
  'Decimal(18, 12)': decimal(18, 12),
  Bool: fc.boolean(),
  Float64: fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0),
  'Nullable(Float64)': fc.option(
    fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0),
  ),
  'Nullable(Decimal(38, 8))': fc.option(decimal(38, 8)),
  'Array(LowCardinality(String))': fc.array(text, { maxLength: 4 }),
  'Array(Decimal(18, 8))': fc.array(decimal(18, 8), { maxLength: 5 }),
  'Array(UInt32)': fc.array(whole(2 ** 32 - 1), { maxLength: 5 }),
}

const rowOf = (table: Table): fc.Arbitrary<Row<Table>> =>
  fc.record(
    Object.fromEntries(
      Object.entries(table.columns).map(([name, { type }]) => [name, VALUES[type] ?? fc.constant(null)]),
    ),
  ) as fc.Arbitrary<Row<Table>>

/** A column as the row had it. */
const readSql = (name: string, type: string): string =>
  type.startsWith('DateTime64')
    ? `toUnixTimestamp64Milli(${name}) AS ${name}`
    : type.includes('Decimal') && type.startsWith('Array')
      ? `arrayMap(x -> toString(x), ${name}) AS ${name}`
      : type.startsWith('Decimal')
        ? `toString(${name}) AS ${name}`
        : name

/** Rows of one key would replace each other. */
const distinctFacts = (table: Table, rows: readonly Row<Table>[]): Row<Table>[] => [
  ...new Map(rows.map((row) => [JSON.stringify(table.key.map((name) => row[name])), row])).values(),
]

const comparable = (rows: readonly unknown[]): string[] =>
  rows
    .map((row) => JSON.stringify(row, (_key, value) => (typeof value === 'number' ? String(value) : value)))
    .sort()

test.each(TABLES.map((table) => [table.name, table] as const))(
  'any row that %s takes comes back as it was',
  async (_name, table) => {
    const rows = distinctFacts(table, fc.sample(rowOf(table), { numRuns: 150, seed: 41 }))
    expect(rows.length).toBeGreaterThan(120) // a key of one column repeats now and then
    const writer = createWriter({ client, spoolDir, clock: systemClock, log: silentLog })
    writer.write(table, rows)
    await writer.drain()
    expect(writer.stats()).toMatchObject({ rowsInserted: rows.length, rowsQuarantined: 0 })
    await writer.close()
    const columns = Object.entries(table.columns).map(([name, { type }]) => readSql(name, type))
    const answer = await client.query({
      query: `SELECT ${columns.join(', ')} FROM ${table.name}`,
      format: 'JSONEachRow',
    })
    expect(comparable(await answer.json())).toEqual(comparable(rows))
  },
)

test('two books, or two best prices, of one coin and one millisecond are two facts; the same one twice is one', async () => {
  const writer = createWriter({ client, spoolDir, clock: systemClock, log: silentLog })
  const quote = {
    coin: 'TWIN',
    ts: 1_790_000_000_000,
    bid_px: '1',
    bid_sz: '2',
    bid_n: 3,
    ask_px: '4',
    ask_sz: '5',
    ask_n: 6,
    received_ts: 7,
  }
  writer.write(bbo, [quote, { ...quote, ask_n: 7 }, { ...quote, received_ts: 8 }])
  const book = {
    coin: 'TWIN',
    ts: 1_790_000_000_000,
    bid_px: ['1'],
    bid_sz: ['2'],
    bid_n: [3],
    ask_px: ['4'],
    ask_sz: ['5'],
    ask_n: [6],
    received_ts: 7,
  }
  writer.write(l2Snapshots, [
    book,
    { ...book, bid_px: ['1', '0.9'], bid_sz: ['2', '2'], bid_n: [3, 3] },
    book,
  ])
  await writer.drain()
  await writer.close()
  for (const table of ['bbo', 'l2_snapshots']) {
    const answer = await client.query({
      query: `SELECT count() AS c FROM ${table} FINAL WHERE coin = 'TWIN'`,
      format: 'JSONEachRow',
    })
    expect(await answer.json()).toEqual([{ c: '2' }])
  }
})
