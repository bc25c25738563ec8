/** Average directional index after Wilder: how strong a trend is, 0–100; 0 before bar 2 · window − 1. */
// Source: spec of the candle engine, "Indicators".
import { type Bar, type BarColumns, trueRangeOf, trueRanges } from '#domain/market/indicators/atr.ts'

export interface Adx {
  seen: number
  last: Bar
  /** Wilder's sums of true range and of both directional movements. */
  range: number
  plus: number
  minus: number
  /** Until it is valid: the sum of the DX so far. */
  value: number
}

export const adxOf = (): Adx => ({
  seen: 0,
  last: { high: 0, low: 0, close: 0 },
  range: 0,
  plus: 0,
  minus: 0,
  value: 0,
})

/** Takes a bar. @returns 0 before bar 2 · window − 1 */
export function pushAdx(adx: Adx, bar: Bar, window: number): number {
  const { last } = adx
  const at = adx.seen
  adx.seen += 1
  if (at > 0) addMovement(adx, bar, at > window ? window : Number.POSITIVE_INFINITY)
  last.high = bar.high
  last.low = bar.low
  last.close = bar.close
  if (at < window) return 0
  const dx = directionalIndex(adx.range, adx.plus, adx.minus)
  if (at < 2 * window - 1) {
    adx.value += dx
    return 0
  }
  adx.value = at === 2 * window - 1 ? (adx.value + dx) / window : (adx.value * (window - 1) + dx) / window
  return adx.value
}

/** The first window is added up, later bars push 1 / window of the sum out. */
function addMovement(adx: Adx, bar: Bar, window: number): void {
  const up = bar.high - adx.last.high
  const down = adx.last.low - bar.low
  adx.range += trueRangeOf(bar.high, bar.low, adx.last.close) - adx.range / window
  adx.plus += (up > down && up > 0 ? up : 0) - adx.plus / window
  adx.minus += (down > up && down > 0 ? down : 0) - adx.minus / window
}

function directionalIndex(range: number, plus: number, minus: number): number {
  if (range === 0) return 0
  const above = (100 * plus) / range
  const below = (100 * minus) / range
  return above + below === 0 ? 0 : (100 * Math.abs(above - below)) / (above + below)
}

/** ADX of a whole series. */
export function adxSeries(bars: BarColumns, window: number): Float64Array {
  const { high, low } = bars
  const count = bars.close.length
  const moves = (read: (up: number, down: number) => number): Float64Array =>
    Float64Array.from({ length: count }, (_, at) =>
      at === 0
        ? 0
        : read(
            (high[at] as number) - (high[at - 1] as number),
            (low[at - 1] as number) - (low[at] as number),
          ),
    )
  const range = wilderSums(trueRanges(bars), window)
  const plus = wilderSums(
    moves((up, down) => (up > down && up > 0 ? up : 0)),
    window,
  )
  const minus = wilderSums(
    moves((up, down) => (down > up && down > 0 ? down : 0)),
    window,
  )
  const dx = range.map((sum, at) => directionalIndex(sum, plus[at] as number, minus[at] as number))
  const out = new Float64Array(count)
  const first = 2 * window - 1
  if (count > first) out[first] = dx.subarray(window, 2 * window).reduce((a, b) => a + b, 0) / window
  for (let at = first + 1; at < count; at += 1) {
    out[at] = ((out[at - 1] as number) * (window - 1) + (dx[at] as number)) / window
  }
  return out
}

/** Sum of bars 1…window at bar window, then S − S / window + x; 0 before. */
function wilderSums(values: Float64Array, window: number): Float64Array {
  const out = new Float64Array(values.length)
  if (values.length > window) out[window] = values.subarray(1, window + 1).reduce((a, b) => a + b, 0)
  for (let at = window + 1; at < values.length; at += 1) {
    const was = out[at - 1] as number
    out[at] = was - was / window + (values[at] as number)
  }
  return out
}
