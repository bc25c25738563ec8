/** A declared table encodes its rows, names their partitions and stands for its statements. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { column } from '#clickhouse/column.ts'
import { createTableSql, retentionStatementsOf, statementsOf, withoutTtl } from '#clickhouse/ddl.ts'
import { InvalidCellError, RowSink } from '#clickhouse/row-sink.ts'
import { defineTable, type Row } from '#clickhouse/table.ts'
import { TABLES } from '#clickhouse/tables/index.ts'
import { candles } from '#clickhouse/tables/market.ts'
import { DAY_MS } from '#domain/time.ts'

const ticks = defineTable({
  name: 'ticks',
  why: 'a test',
  key: ['coin', 'ts'],
  version: 'seen_ts',
  partition: { by: 'day', column: 'ts' },
  keepDays: 30,
  since: 2,
  changes: [{ since: 4, alter: 'MODIFY COLUMN px CODEC(ZSTD(3))' }],
  columns: {
    coin: column.symbol('coin'),
    ts: column.time('when'),
    px: column.decimal('USD per coin'),
    n: column.uint32('orders', { since: 3 }),
    seen_ts: column.time('version'),
  },
})
const ROW: Row<typeof ticks> = { coin: 'BTC', ts: 1, px: '2.5', n: 3, seen_ts: 4 }

describe('rows', () => {
  test('cells follow the order of the declaration, not of the row', () => {
    const sink = new RowSink()
    ticks.writeRow(sink, { seen_ts: 4, n: 3, px: '2.5', ts: 1, coin: 'BTC' })
    const bytes = sink.filled()
    expect(bytes.subarray(0, 4).toString('latin1')).toBe('\u0003BTC')
    expect(bytes.readBigInt64LE(4)).toBe(1n)
    expect(bytes.readBigInt64LE(12)).toBe(250_000_000n)
    expect(bytes.readUInt32LE(20)).toBe(3)
    expect(bytes.readBigInt64LE(24)).toBe(4n)
    expect(bytes.length).toBe(32)
  })

  test.each([
    ['a missing cell', { ...ROW, px: undefined }],
    ['a number for a decimal', { ...ROW, px: 2.5 }],
    ['a negative count', { ...ROW, n: -1 }],
    ['a count beyond 32 bits', { ...ROW, n: 2 ** 32 }],
    ['a broken time', { ...ROW, seen_ts: Number.NaN }],
    ['a time before 1970', { ...ROW, seen_ts: -1 }],
    ['a text that is none', { ...ROW, coin: null }],
  ])('%s refuses the row and leaves the sink as it was', (_what, row) => {
    const sink = new RowSink()
    ticks.writeRow(sink, ROW)
    const before = Buffer.from(sink.filled())
    expect(() => ticks.writeRow(sink, row as unknown as typeof ROW)).toThrow(InvalidCellError)
    expect(Buffer.from(sink.filled())).toEqual(before)
  })
})

describe('partitions', () => {
  test('a day ends with its last millisecond', () => {
    const of = (ts: number) => ticks.partitionOf({ ...ROW, ts })
    expect(of(DAY_MS - 1)).toBe(of(0))
    expect(of(DAY_MS)).not.toBe(of(0))
  })

  test('two times share a partition exactly when they share the calendar month, in whatever order they come', () => {
    const monthly = defineTable({
      name: 'monthly',
      why: 'a test',
      key: ['ts'],
      partition: { by: 'month', column: 'ts' },
      columns: { ts: column.time('when') },
    })
    const ts = fc.integer({ min: 0, max: 4_102_444_800_000 })
    fc.assert(
      fc.property(ts, ts, ts, (a, b, c) => {
        const partitions = [a, b, c, a].map((each) => monthly.partitionOf({ ts: each }))
        const months = [a, b, c, a].map((each) => new Date(each).toISOString().slice(0, 7))
        for (const [i, left] of months.entries())
          for (const [k, right] of months.entries())
            expect(partitions[i] === partitions[k]).toBe(left === right)
      }),
    )
  })
})

describe('statements', () => {
  test('a new table has the columns it was born with, and nothing that came later', () => {
    const sql = createTableSql(ticks)
    expect(sql).toContain("`ts` DateTime64(3, 'UTC') CODEC(Delta, T64, ZSTD(1))")
    expect(sql).toContain(
      'ENGINE = ReplacingMergeTree(seen_ts)\nPARTITION BY toYYYYMMDD(ts)\nORDER BY (coin, ts)',
    )
    expect(sql).toContain('TTL inserted_at + INTERVAL 30 DAY DELETE')
    expect(sql).not.toContain('`n`')
  })

  test('each version has its own statements, and versions without the table have none', () => {
    expect(statementsOf(ticks, 1)).toEqual([])
    expect(statementsOf(ticks, 2)).toEqual([createTableSql(ticks)])
    expect(statementsOf(ticks, 3)).toEqual([
      'ALTER TABLE ticks ADD COLUMN IF NOT EXISTS `n` UInt32 CODEC(ZSTD(1))',
    ])
    expect(statementsOf(ticks, 4)).toEqual(['ALTER TABLE ticks MODIFY COLUMN px CODEC(ZSTD(3))'])
    expect(statementsOf(ticks, 5)).toEqual([])
  })
})

test('a key that names no column stops the process at start', () => {
  const broken = { name: 'x', why: 'x', partition: { by: 'none' }, columns: { a: column.text('a') } } as const
  expect(() => defineTable({ ...broken, key: ['b' as 'a'] })).toThrow(/no key column b/)
})

test('every table has its own name, and is replaced within one partition', () => {
  expect(new Set(TABLES.map(({ name }) => name)).size).toBe(TABLES.length)
  const straying = TABLES.filter(
    ({ partition, key }) => partition.by !== 'none' && !key.includes(partition.column),
  )
  expect(straying).toEqual([])
})

describe('deletion belongs to retention', () => {
  test('a table that keeps its rows for some days loses its TTL in one migration, later than its first', () => {
    expect(retentionStatementsOf(ticks, ticks.since)).toEqual([])
    expect(retentionStatementsOf(ticks, 3)).toEqual([
      'ALTER TABLE ticks MODIFY TTL inserted_at + INTERVAL 3650 DAY DELETE SETTINGS materialize_ttl_after_modify = 0',
      'ALTER TABLE ticks REMOVE TTL',
    ])
  })

  test('the words of a declaration keep the TTL of old, what is run sets none and is otherwise the same', () => {
    const lines = createTableSql(ticks).split('\n')
    expect(withoutTtl(lines.join('\n')).split('\n')).toEqual(
      lines.filter((line) => line !== 'TTL inserted_at + INTERVAL 30 DAY DELETE'),
    )
    const tiers = statementsOf(candles, 2)
    expect(tiers.join()).toContain('MODIFY TTL')
    expect(tiers.map(withoutTtl)).toEqual([
      "ALTER TABLE candles ADD COLUMN IF NOT EXISTS `inserted_at` DateTime('UTC') MATERIALIZED now() CODEC(ZSTD(1))",
    ])
  })

  test('a table that keeps its rows for ever has none to lose, unless some of its rows go earlier', () => {
    const forEver = defineTable({ ...ticks, name: 'for_ever', keepDays: undefined as never })
    expect(retentionStatementsOf(forEver, 3)).toEqual([])
    const tiered = defineTable({ ...forEver, tiers: [{ where: 'n = 1', days: 7 }] })
    expect(retentionStatementsOf(tiered, 3)[0]).toMatch(
      /^ALTER TABLE for_ever ADD COLUMN IF NOT EXISTS `inserted_at`/,
    )
  })
})
