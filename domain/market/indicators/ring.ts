/** The last values of a series in a fixed ring, with their mean: plain JSON, changed in place, no allocation per value. */
// Not here: what is computed from them (the indicators beside this file).

export interface Ring {
  /** As many as the window; unordered, the oldest at `at`. */
  values: number[]
  at: number
  /** Values pushed so far. */
  seen: number
  sum: number
}

/** @param size ≥ 1 */
export const ringOf = (size: number): Ring => ({
  values: new Array<number>(size).fill(0),
  at: 0,
  seen: 0,
  sum: 0,
})

/** Takes a finite value. The sum is added up anew each time round, so that its error does not grow with the series. */
export function pushRing(ring: Ring, value: number): void {
  const { values } = ring
  ring.sum += value - (values[ring.at] as number)
  values[ring.at] = value
  ring.seen += 1
  ring.at += 1
  if (ring.at < values.length) return
  ring.at = 0
  let sum = 0
  for (let at = 0; at < values.length; at += 1) sum += values[at] as number
  ring.sum = sum
}

/** Simple moving average of the window, NaN before it is full. */
export const ringMean = (ring: Ring): number =>
  ring.seen < ring.values.length ? Number.NaN : ring.sum / ring.values.length

/** Value pushed `back` pushes ago, 0 for the last one. @param back smaller than the window and than what was pushed */
export function ringValue(ring: Ring, back: number): number {
  const { values } = ring
  return values[(ring.at - 1 - back + 2 * values.length) % values.length] as number
}

/** SMA of a whole series: NaN before bar window − 1. */
export function smaOf(series: ArrayLike<number>, window: number): Float64Array {
  const out = new Float64Array(series.length).fill(Number.NaN)
  for (let at = window - 1; at < series.length; at += 1) {
    let sum = 0
    for (let back = 0; back < window; back += 1) sum += series[at - back] as number
    out[at] = sum / window
  }
  return out
}
