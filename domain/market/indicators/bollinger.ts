/** Width of the Bollinger bands (4 population standard deviations) as a fraction of the close; NaN before bar window − 1. */
// Source: spec of the candle engine, "Indicators".
import { pushRing, type Ring, ringOf } from '#domain/market/indicators/ring.ts'

/** Bands lie two standard deviations above and below the mean. */
const DEVIATIONS = 2

export const bollingerOf = (window: number): Ring => ringOf(window)

/** Takes a close. @returns (upper − lower) / close, NaN before bar window − 1 */
export function pushBollinger(ring: Ring, close: number): number {
  pushRing(ring, close)
  const { values } = ring
  const count = values.length
  if (ring.seen < count) return Number.NaN
  const mean = ring.sum / count
  let squares = 0
  for (let at = 0; at < count; at += 1) {
    const off = (values[at] as number) - mean
    squares += off * off
  }
  return (2 * DEVIATIONS * Math.sqrt(squares / count)) / close
}

/** Widths of a whole series. */
export function bollingerSeries(closes: ArrayLike<number>, window: number): Float64Array {
  const out = new Float64Array(closes.length).fill(Number.NaN)
  for (let at = window - 1; at < closes.length; at += 1) {
    const slice = Array.from({ length: window }, (_, back) => closes[at - back] as number)
    const mean = slice.reduce((a, b) => a + b, 0) / window
    const variance = slice.reduce((total, value) => total + (value - mean) ** 2, 0) / window
    const half = DEVIATIONS * Math.sqrt(variance)
    out[at] = (mean + half - (mean - half)) / (closes[at] as number)
  }
  return out
}
