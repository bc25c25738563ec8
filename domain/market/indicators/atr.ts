/** Average true range after Wilder: the mean of the first window, then (ATR · (window − 1) + TR) / window; 0 before bar window − 1. */
// Source: spec of the candle engine, "Indicators".

export interface Bar {
  high: number
  low: number
  close: number
}

/** Bars as columns, for batch computation. */
export interface BarColumns {
  high: ArrayLike<number>
  low: ArrayLike<number>
  close: ArrayLike<number>
}

export interface Atr {
  value: number
  seen: number
  lastClose: number
}

export const atrOf = (): Atr => ({ value: 0, seen: 0, lastClose: 0 })

/** max(high, last close) − min(low, last close). */
export const trueRangeOf = (high: number, low: number, lastClose: number): number =>
  Math.max(high, lastClose) - Math.min(low, lastClose)

/** Takes a bar. @returns USD per coin, 0 before bar window − 1 */
export function pushAtr(atr: Atr, bar: Bar, window: number): number {
  const range = atr.seen === 0 ? bar.high - bar.low : trueRangeOf(bar.high, bar.low, atr.lastClose)
  atr.lastClose = bar.close
  atr.seen += 1
  // Until the window is full `value` holds the sum.
  if (atr.seen < window) {
    atr.value += range
    return 0
  }
  atr.value = atr.seen === window ? (atr.value + range) / window : (atr.value * (window - 1) + range) / window
  return atr.value
}

/** @returns USD per coin, null before bar window − 1: unlike 0, which a market that stands still has too */
export const atrValue = (atr: Atr, window: number): number | null => (atr.seen >= window ? atr.value : null)

/** True ranges of a whole series. */
export function trueRanges({ high, low, close }: BarColumns): Float64Array {
  const out = new Float64Array(close.length)
  for (let at = 0; at < out.length; at += 1) {
    const last = at === 0 ? (high[at] as number) : (close[at - 1] as number)
    out[at] =
      at === 0
        ? (high[at] as number) - (low[at] as number)
        : Math.max(high[at] as number, last) - Math.min(low[at] as number, last)
  }
  return out
}

/** ATR of a whole series. */
export function atrSeries(bars: BarColumns, window: number): Float64Array {
  const ranges = trueRanges(bars)
  const out = new Float64Array(ranges.length)
  let sum = 0
  for (let at = 0; at < Math.min(window, ranges.length); at += 1) sum += ranges[at] as number
  if (ranges.length >= window) out[window - 1] = sum / window
  for (let at = window; at < ranges.length; at += 1) {
    out[at] = ((out[at - 1] as number) * (window - 1) + (ranges[at] as number)) / window
  }
  return out
}
