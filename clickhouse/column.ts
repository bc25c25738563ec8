/** The kinds of columns a table can have: ClickHouse type, codec, row value and how that value is written into an insert. */
// Not here: tables made of columns (table.ts), bytes (row-sink.ts). Codecs were chosen by measurement on 35 recorded minutes (docs/tables.md says which).
import { InvalidCellError, type RowSink } from '#clickhouse/row-sink.ts'
import type { Side } from '#domain/events.ts'
import type { Decimal } from '#domain/fixed-point.ts'
import type { EpochMs } from '#domain/time.ts'

/** One column: what is declared, and how a row's value becomes RowBinary. */
export interface Column<Value> {
  readonly type: string
  readonly codec: string
  /** Meaning and unit; printed in docs/tables.md. */
  readonly doc: string
  /** Migration that added the column; unset: the one that made the table. */
  readonly since?: number
  /** Appends one value. @throws InvalidCellError */
  write(sink: RowSink, value: Value): void
}

interface ColumnOptions {
  codec?: string
  since?: number
}

function writeTime(sink: RowSink, value: EpochMs): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidCellError('time', value)
  sink.int64(value)
}

function writeUint64(sink: RowSink, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidCellError('UInt64', value)
  sink.int64(value)
}

function writeUint32(sink: RowSink, value: number): void {
  if (value >>> 0 !== value) throw new InvalidCellError('UInt32', value)
  sink.uint32(value)
}

function writeText(sink: RowSink, value: string): void {
  if (typeof value !== 'string') throw new InvalidCellError('String', value)
  sink.text(value)
}

function writeSide(sink: RowSink, value: Side): void {
  if (value !== 'buy' && value !== 'sell') throw new InvalidCellError('side', value)
  sink.uint8(value === 'buy' ? 1 : 2)
}

function writeBool(sink: RowSink, value: boolean): void {
  if (typeof value !== 'boolean') throw new InvalidCellError('Bool', value)
  sink.uint8(value ? 1 : 0)
}

function writeDecimal(sink: RowSink, value: Decimal): void {
  if (typeof value !== 'string') throw new InvalidCellError('Decimal(18, 8)', value)
  sink.decimal18(value, 8)
}

function writeRate(sink: RowSink, value: Decimal): void {
  if (typeof value !== 'string') throw new InvalidCellError('Decimal(18, 12)', value)
  sink.decimal18(value, 12)
}

function writeSum(sink: RowSink, value: Decimal): void {
  if (typeof value !== 'string') throw new InvalidCellError('Decimal(38, 8)', value)
  sink.decimal38(value, 8)
}

function writeFloat(sink: RowSink, value: number): void {
  if (!Number.isFinite(value)) throw new InvalidCellError('Float64', value)
  sink.float64(value)
}

/** One byte tells whether a value follows. */
const writeNullable =
  <Value>(one: (sink: RowSink, value: Value) => void) =>
  (sink: RowSink, value: Value | null): void => {
    sink.uint8(value === null ? 1 : 0)
    if (value !== null) one(sink, value)
  }

const writeList =
  <Value>(one: (sink: RowSink, value: Value) => void) =>
  (sink: RowSink, values: readonly Value[]): void => {
    if (!Array.isArray(values)) throw new InvalidCellError('Array', values)
    sink.size(values.length)
    for (const value of values) one(sink, value)
  }

function make<Value>(
  type: string,
  codec: string,
  write: (sink: RowSink, value: Value) => void,
): (doc: string, options?: ColumnOptions) => Column<Value> {
  return (doc, options = {}) => ({ type, codec, write, doc, ...options })
}

/** Builders of columns. Each takes the meaning, with its unit. */
export const column = {
  /** A word out of few: coin, account, state. */
  symbol: make<string>('LowCardinality(String)', 'ZSTD(1)', writeText),
  /** Epoch ms, UTC. */
  time: make<EpochMs>("DateTime64(3, 'UTC')", 'Delta, T64, ZSTD(1)', writeTime),
  /** Hash-like ids such as tid: below 2^53. */
  uint64: make<number>('UInt64', 'T64, ZSTD(1)', writeUint64),
  uint32: make<number>('UInt32', 'ZSTD(1)', writeUint32),
  side: make<Side>("Enum8('buy' = 1, 'sell' = 2)", 'ZSTD(1)', writeSide),
  /** Prices, sizes: exact, below 10^10, 8 decimals. */
  decimal: make<Decimal>('Decimal(18, 8)', 'GCD, ZSTD(1)', writeDecimal),
  /** Sums of USD or coins that may pass 10^10: exact, 8 decimals. */
  sum: make<Decimal>('Decimal(38, 8)', 'ZSTD(1)', writeSum),
  /** Funding rates and premiums: fractions below 10^6 with the venue's 10 decimals and two to spare. */
  rate: make<Decimal>('Decimal(18, 12)', 'GCD, ZSTD(1)', writeRate),
  /** Statistics and weights: never prices, sizes or money of the ledger. */
  float: make<number>('Float64', 'ZSTD(1)', writeFloat),
  /** A statistic that may be unknown. */
  floatOrNull: make<number | null>('Nullable(Float64)', 'ZSTD(1)', writeNullable(writeFloat)),
  /** A sum that may be unknown. */
  sumOrNull: make<Decimal | null>('Nullable(Decimal(38, 8))', 'ZSTD(1)', writeNullable(writeSum)),
  bool: make<boolean>('Bool', 'ZSTD(1)', writeBool),
  /** Free text, hashes, order ids. */
  text: make<string>('String', 'ZSTD(1)', writeText),
  /** JSON text, as JSON.stringify makes it. */
  json: make<string>('String', 'ZSTD(3)', writeText),
  symbols: make<readonly string[]>('Array(LowCardinality(String))', 'ZSTD(1)', writeList(writeText)),
  /** Prices of a book side: neighbours differ by few ticks. */
  prices: make<readonly Decimal[]>(
    'Array(Decimal(18, 8))',
    'GCD, Delta(8), ZSTD(3)',
    writeList(writeDecimal),
  ),
  /** Sizes of a book side. */
  sizes: make<readonly Decimal[]>('Array(Decimal(18, 8))', 'GCD, ZSTD(1)', writeList(writeDecimal)),
  counts: make<readonly number[]>('Array(UInt32)', 'ZSTD(1)', writeList(writeUint32)),
} as const
