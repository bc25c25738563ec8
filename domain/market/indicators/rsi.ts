/** Relative strength index with recursive averages of weight 1 / window from bar 0, where bar 0 counts as no change; NaN before bar window − 1. */
// Source: spec of the candle engine, "Indicators".

export interface Rsi {
  gain: number
  loss: number
  lastClose: number
  seen: number
}

export const rsiOf = (): Rsi => ({ gain: 0, loss: 0, lastClose: 0, seen: 0 })

/** Takes a close. @returns 0–100, NaN before bar window − 1; 100 without any loss */
export function pushRsi(rsi: Rsi, close: number, window: number): number {
  if (rsi.seen > 0) {
    const change = close - rsi.lastClose
    const weight = 1 / window
    rsi.gain = weight * Math.max(change, 0) + (1 - weight) * rsi.gain
    rsi.loss = weight * Math.max(-change, 0) + (1 - weight) * rsi.loss
  }
  rsi.lastClose = close
  rsi.seen += 1
  return rsi.seen < window ? Number.NaN : strengthOf(rsi.gain, rsi.loss)
}

const strengthOf = (gain: number, loss: number): number => (loss === 0 ? 100 : 100 - 100 / (1 + gain / loss))

/** RSI of a whole series. */
export function rsiSeries(closes: ArrayLike<number>, window: number): Float64Array {
  const count = closes.length
  const gains = new Float64Array(count)
  const losses = new Float64Array(count)
  const out = new Float64Array(count).fill(Number.NaN)
  for (let at = 0; at < count; at += 1) {
    const change = at === 0 ? 0 : (closes[at] as number) - (closes[at - 1] as number)
    const before = at === 0 ? 0 : at - 1
    gains[at] = ((gains[before] as number) * (window - 1) + Math.max(change, 0)) / window
    losses[at] = ((losses[before] as number) * (window - 1) + Math.max(-change, 0)) / window
    if (at >= window - 1) out[at] = strengthOf(gains[at] as number, losses[at] as number)
  }
  return out
}
