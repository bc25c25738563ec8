/** MACD histogram with the fixed periods 12, 26 and 9; NaN before bar 33. */
// Source: spec of the candle engine, "Indicators": the signal line is seeded with the first difference, at bar 25.
import { type Ema, emaOf, emaSeries, pushEma } from '#domain/market/indicators/ema.ts'

const FAST = 12
const SLOW = 26
const SIGNAL = 9
/** First bar with a histogram. */
export const MACD_FIRST_BAR = SLOW + SIGNAL - 2

export interface Macd {
  fast: Ema
  slow: Ema
  signal: Ema
}

export const macdOf = (): Macd => ({ fast: emaOf(), slow: emaOf(), signal: emaOf() })

/** Takes a close. @returns USD per coin, NaN before bar 33 */
export function pushMacd(macd: Macd, close: number): number {
  const fast = pushEma(macd.fast, close, FAST)
  const slow = pushEma(macd.slow, close, SLOW)
  if (macd.slow.seen < SLOW) return Number.NaN
  const difference = fast - slow
  return difference - pushEma(macd.signal, difference, SIGNAL)
}

/** Histogram of a whole series. */
export function macdSeries(closes: ArrayLike<number>): Float64Array {
  const fast = emaSeries(closes, FAST)
  const slow = emaSeries(closes, SLOW)
  const differences = fast.map((value, at) => value - (slow[at] as number)).subarray(SLOW - 1)
  const signal = emaSeries(differences, SIGNAL)
  const out = new Float64Array(closes.length).fill(Number.NaN)
  for (let at = 0; at < differences.length; at += 1) {
    out[at + SLOW - 1] = (differences[at] as number) - (signal[at] as number)
  }
  return out
}
