/** Candles and funding from CSV text, trades and equity to CSV text. */
// Not here: reading and unpacking files (cli/support/candle-sources.ts).
import type { BacktestTrade } from '#domain/backtest/account.ts'
import type { BacktestRun } from '#domain/backtest/run.ts'
import type { CandleRow, FundingSeries } from '#domain/backtest/series.ts'
import { HoldfastError } from '#domain/errors.ts'

const CANDLE_COLUMNS = ['t', 'open', 'high', 'low', 'close', 'volume'] as const

export class BadCsvError extends HoldfastError {
  constructor(source: string, line: number, problem: string) {
    super(`${source}:${line}: ${problem}`, {
      code: 'BAD_CSV',
      retryable: false,
      hint: `give columns ${CANDLE_COLUMNS.join(', ')}: t in ms UTC, plain decimals`,
    })
  }
}

/** Rows of numbers by column name. @throws BadCsvError with the line */
function numbersOf(text: string, source: string, columns: readonly string[]): number[][] {
  const lines = text.split(/\r?\n/)
  const header = (lines[0] ?? '').split(',').map((name) => name.trim())
  const places = columns.map((column) => header.indexOf(column))
  const missing = columns.filter((_, at) => places[at] === -1)
  if (missing.length > 0) throw new BadCsvError(source, 1, `no column ${missing.join(', ')}`)
  const rows: number[][] = []
  for (let at = 1; at < lines.length; at += 1) {
    const line = lines[at] as string
    if (line === '') continue
    const cells = line.split(',')
    const row = places.map((place) => Number(cells[place] === '' ? Number.NaN : cells[place]))
    if (!row.every(Number.isFinite)) throw new BadCsvError(source, at + 1, `"${line.slice(0, 80)}"`)
    rows.push(row)
  }
  return rows
}

/** Candles as `t,open,high,low,close,volume`, t the opening time in ms. @throws BadCsvError */
export function parseCandles(text: string, source: string): CandleRow[] {
  return numbersOf(text, source, CANDLE_COLUMNS).map(
    ([openTs = 0, open = 0, high = 0, low = 0, close = 0, volume = 0]) => ({
      openTs,
      open,
      high,
      low,
      close,
      volume,
    }),
  )
}

/** Funding as `t,open`, the hourly rate in `open`. @throws BadCsvError */
export function parseFunding(text: string, source: string): FundingSeries {
  const rows = numbersOf(text, source, ['t', 'open'])
  return {
    ts: Float64Array.from(rows, ([ts = 0]) => ts),
    rate: Float64Array.from(rows, ([, rate = 0]) => rate),
  }
}

const TRADE_COLUMNS = [
  'coin',
  'side',
  'sz',
  'entry_ts',
  'entry_px',
  'entry_reason',
  'exit_ts',
  'exit_px',
  'exit_reason',
  'pnl_usd',
  'fees_usd',
  'funding_usd',
] as const satisfies readonly (keyof BacktestTrade)[]

export function tradesCsv(trades: readonly BacktestTrade[]): string {
  const lines = trades.map((trade) => TRADE_COLUMNS.map((column) => trade[column]).join(','))
  return `${[TRADE_COLUMNS.join(','), ...lines].join('\n')}\n`
}

export function equityCsv({ equityTs, equityUsd, grossUsd }: BacktestRun): string {
  const lines = Array.from(equityTs, (ts, at) => `${ts},${equityUsd[at]},${grossUsd[at] ?? ''}`)
  return `${['ts,equity_usd,gross_usd', ...lines].join('\n')}\n`
}
