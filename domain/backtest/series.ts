/** Candles as columns, for loops over millions of them: one coin, one interval, ascending, with its funding rates beside it. */
// Not here: reading files or tables into them (cli/support/candle-sources.ts).
import { HoldfastError } from '#domain/errors.ts'
import type { EpochMs, FixedInterval } from '#domain/time.ts'

export interface CandleSeries {
  coin: string
  interval: FixedInterval
  sizeDecimals: number
  /** Largest leverage of the venue; null where unknown. */
  leverageMax: number | null
  openTs: Float64Array
  open: Float64Array
  high: Float64Array
  low: Float64Array
  close: Float64Array
  volume: Float64Array
  /** Empty where unknown: then nothing is paid, and the report says so. */
  funding: FundingSeries
}

export interface FundingSeries {
  ts: Float64Array
  /** Hourly rate as a fraction. */
  rate: Float64Array
}

/** One row as sources give it. */
export interface CandleRow {
  openTs: EpochMs
  open: number
  high: number
  low: number
  close: number
  volume: number
}

export const NO_FUNDING: FundingSeries = { ts: new Float64Array(0), rate: new Float64Array(0) }

export class BadCandlesError extends HoldfastError {
  constructor(coin: string, problem: string) {
    super(`candles of ${coin}: ${problem}`, {
      code: 'BAD_CANDLES',
      retryable: false,
      hint: 'sort them by time, once each, with low ≤ open, close ≤ high',
    })
  }
}

/** Columns from rows. @throws BadCandlesError unless ascending, each once, and low ≤ open, close ≤ high, all above 0 */
export function seriesOf(
  meta: Pick<CandleSeries, 'coin' | 'interval' | 'sizeDecimals' | 'leverageMax'>,
  rows: readonly CandleRow[],
  funding: FundingSeries = NO_FUNDING,
): CandleSeries {
  const column = (read: (row: CandleRow) => number): Float64Array => Float64Array.from(rows, read)
  const series: CandleSeries = {
    ...meta,
    openTs: column((row) => row.openTs),
    open: column((row) => row.open),
    high: column((row) => row.high),
    low: column((row) => row.low),
    close: column((row) => row.close),
    volume: column((row) => row.volume),
    funding,
  }
  checkSeries(series)
  return series
}

/** @throws BadCandlesError */
export function checkSeries({ coin, openTs, open, high, low, close }: CandleSeries): void {
  for (let at = 0; at < openTs.length; at += 1) {
    const [o, h, l, c] = [open[at] as number, high[at] as number, low[at] as number, close[at] as number]
    const when = (): string => new Date(openTs[at] as number).toISOString()
    if (at > 0 && (openTs[at] as number) <= (openTs[at - 1] as number)) {
      throw new BadCandlesError(coin, `${when()} does not come after the one before it`)
    }
    if (!(l > 0 && l <= o && l <= c && h >= o && h >= c && Number.isFinite(h))) {
      throw new BadCandlesError(coin, `${when()} has open ${o}, high ${h}, low ${l}, close ${c}`)
    }
  }
}

/** Index of the first candle that opens at or after `ts`. */
export function firstAt(openTs: Float64Array, ts: EpochMs): number {
  let [low, high] = [0, openTs.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((openTs[middle] as number) < ts) low = middle + 1
    else high = middle
  }
  return low
}

/** The candles with from ≤ openTs < to, without copying. */
export function sliceSeries(series: CandleSeries, from: EpochMs, to: EpochMs): CandleSeries {
  const [start, end] = [firstAt(series.openTs, from), firstAt(series.openTs, to)]
  const cut = (column: Float64Array): Float64Array => column.subarray(start, end)
  return {
    ...series,
    openTs: cut(series.openTs),
    open: cut(series.open),
    high: cut(series.high),
    low: cut(series.low),
    close: cut(series.close),
    volume: cut(series.volume),
  }
}
