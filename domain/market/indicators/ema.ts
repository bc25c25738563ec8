/** Exponential moving average, seeded with the first value, weight 2 / (window + 1), no bias correction. */
// Source: spec of the candle engine, "Indicators". First valid bar: window − 1, NaN before it.

export interface Ema {
  value: number
  seen: number
}

export const emaOf = (): Ema => ({ value: 0, seen: 0 })

/** Takes a value. @returns the average, NaN before bar window − 1; of values that stand still it is exactly that value */
export function pushEma(ema: Ema, value: number, window: number): number {
  const weight = 2 / (window + 1)
  ema.value = ema.seen === 0 ? value : ema.value + weight * (value - ema.value)
  ema.seen += 1
  return ema.seen < window ? Number.NaN : ema.value
}

/** The same for a whole series. */
export function emaSeries(series: ArrayLike<number>, window: number): Float64Array {
  const out = new Float64Array(series.length)
  const weight = 2 / (window + 1)
  for (let at = 0; at < series.length; at += 1) {
    const value = series[at] as number
    const before = at === 0 ? value : (out[at - 1] as number)
    out[at] = before + weight * (value - before)
  }
  return out.fill(Number.NaN, 0, Math.min(window - 1, out.length))
}
