/** The kinds of columns a table can have: ClickHouse type, codec, row value and how that value is written into an insert. */
// Not here: tables made of columns (table.ts). Codecs were chosen by measurement on ticks: GCD,ZSTD keeps a price in 0.6 bytes.
import { HoldfastError } from '#domain/errors.ts'
import type { Side } from '#domain/events.ts'
import type { Decimal } from '#domain/fixed-point.ts'
import type { EpochMs } from '#domain/time.ts'

/** One column: what is declared, and how a row's value becomes JSON text of an insert. */
export interface Column<Value> {
  readonly type: string
  readonly codec: string
  /** Meaning and unit; printed in docs/tables.md. */
  readonly doc: string
  /** Migration that added the column; unset: the one that made the table. */
  readonly since?: number
  /** JSON text of one value. @throws InvalidCellError */
  encode(value: Value): string
}

/** A value that its column cannot hold: the row is refused, its neighbours are not. */
export class InvalidCellError extends HoldfastError {
  constructor(type: string, value: unknown) {
    super(`${String(JSON.stringify(value)).slice(0, 80)} does not fit a ${type} column`, {
      code: 'INVALID_CELL',
      retryable: false,
      hint: 'look for the row in the quarantine file; correct the code that made it',
    })
  }
}

interface ColumnOptions {
  codec?: string
  since?: number
}

/** Epoch ms above which ClickHouse reads a bare integer as milliseconds rather than seconds. */
const BARE_MS_MIN = 10_000_000_000
const DECIMAL = /^-?\d{1,30}(?:\.(\d+))?$/

function encodeTime(value: EpochMs): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidCellError('time', value)
  return value >= BARE_MS_MIN ? String(value) : (value / 1_000).toFixed(3)
}

const encodeWhole =
  (type: string, max: number) =>
  (value: number): string => {
    if (!Number.isSafeInteger(value) || value < 0 || value > max) throw new InvalidCellError(type, value)
    return String(value)
  }

/** Digits before and after the point that a decimal type holds. */
const DIGITS = {
  'Decimal(18, 8)': { whole: 10, places: 8 },
  'Decimal(38, 8)': { whole: 30, places: 8 },
  'Decimal(18, 12)': { whole: 6, places: 12 },
} as const

const encodeDecimal = (type: keyof typeof DIGITS) => {
  const textMax = DIGITS[type].whole
  return (value: Decimal): string => {
    const fraction = DECIMAL.exec(value)
    if (fraction === null) throw new InvalidCellError(type, value)
    if (value.length > textMax || fraction[1] !== undefined) checkDecimal(type, value, fraction[1] ?? '')
    return value
  }
}

/** ClickHouse would cut surplus decimals without a word: refuse them here. */
function checkDecimal(type: keyof typeof DIGITS, value: Decimal, fraction: string): void {
  const whole = value.replace(/^-?0*/, '').split('.')[0] ?? ''
  const { whole: wholeMax, places } = DIGITS[type]
  if (whole.length > wholeMax) throw new InvalidCellError(type, value)
  if (fraction.length > places && /[1-9]/.test(fraction.slice(places)))
    throw new InvalidCellError(type, value)
}

const encodeText = (value: string): string => JSON.stringify(value)

const encodeList =
  <Value>(one: (value: Value) => string) =>
  (values: readonly Value[]): string =>
    `[${values.map(one).join(',')}]`

function make<Value>(
  type: string,
  codec: string,
  encode: (value: Value) => string,
): (doc: string, options?: ColumnOptions) => Column<Value> {
  return (doc, options = {}) => ({ type, codec, encode, doc, ...options })
}

const UINT32_MAX = 0xffff_ffff

/** Builders of columns. Each takes the meaning, with its unit. */
export const column = {
  /** A word out of few: coin, account, state. */
  symbol: make<string>('LowCardinality(String)', 'ZSTD(1)', encodeText),
  /** Epoch ms, UTC. */
  time: make<EpochMs>("DateTime64(3, 'UTC')", 'ZSTD(1)', encodeTime),
  /** Hash-like ids such as tid: below 2^53. */
  uint64: make<number>('UInt64', 'T64, ZSTD(1)', encodeWhole('UInt64', Number.MAX_SAFE_INTEGER)),
  uint32: make<number>('UInt32', 'ZSTD(1)', encodeWhole('UInt32', UINT32_MAX)),
  side: make<Side>("Enum8('buy' = 1, 'sell' = 2)", 'ZSTD(1)', (value) => `"${value}"`),
  /** Prices, sizes: exact, below 10^10, 8 decimals. */
  decimal: make<Decimal>('Decimal(18, 8)', 'GCD, ZSTD(1)', encodeDecimal('Decimal(18, 8)')),
  /** Sums of USD or coins that may pass 10^10: exact, 8 decimals. */
  sum: make<Decimal>('Decimal(38, 8)', 'ZSTD(1)', encodeDecimal('Decimal(38, 8)')),
  /** Funding rates and premiums: fractions below 10^6 with the venue's 10 decimals and two to spare. */
  rate: make<Decimal>('Decimal(18, 12)', 'GCD, ZSTD(1)', encodeDecimal('Decimal(18, 12)')),
  bool: make<boolean>('Bool', 'ZSTD(1)', String),
  /** Free text, hashes, order ids. */
  text: make<string>('String', 'ZSTD(1)', encodeText),
  /** JSON text, as JSON.stringify makes it. */
  json: make<string>('String', 'ZSTD(3)', encodeText),
  symbols: make<readonly string[]>('Array(LowCardinality(String))', 'ZSTD(1)', encodeList(encodeText)),
  /** Prices of a book side: neighbours differ by few ticks. */
  prices: make<readonly Decimal[]>(
    'Array(Decimal(18, 8))',
    'GCD, Delta(8), ZSTD(1)',
    encodeList(encodeDecimal('Decimal(18, 8)')),
  ),
  /** Sizes of a book side. */
  sizes: make<readonly Decimal[]>(
    'Array(Decimal(18, 8))',
    'GCD, ZSTD(1)',
    encodeList(encodeDecimal('Decimal(18, 8)')),
  ),
  counts: make<readonly number[]>('Array(UInt32)', 'ZSTD(1)', encodeList(encodeWhole('UInt32', UINT32_MAX))),
} as const
