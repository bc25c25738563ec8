/** Stochastic RSI on the scale 0–1 with its smoothed lines K and D; NaN before its windows are full and where the RSI did not move. */
// Source: spec of the candle engine, "Indicators". One window for the RSI, its lowest and its highest.
import { pushRing, type Ring, ringOf, smaOf } from '#domain/market/indicators/ring.ts'
import { pushRsi, type Rsi, rsiOf, rsiSeries } from '#domain/market/indicators/rsi.ts'

/** What stands for NaN in a state, which has to survive JSON: no value of the scale is negative. */
const UNKNOWN = -1
/** RSI points: a range smaller than this is rounding noise of an RSI that stands still, so 0 / 0. */
const STILL = 1e-9

export interface StochRsi {
  rsi: Rsi
  recent: Ring
  raw: Ring
  k: Ring
  /** Last line K, −1 while unknown. */
  kNow: number
  /** Last line D, −1 while unknown. */
  dNow: number
}

export const stochRsiOf = (window: number, smooth1: number, smooth2: number): StochRsi => ({
  rsi: rsiOf(),
  recent: ringOf(window),
  raw: ringOf(smooth1),
  k: ringOf(smooth2),
  kNow: UNKNOWN,
  dNow: UNKNOWN,
})

/** Takes a close. @returns line K, NaN while unknown */
export function pushStochRsi(stoch: StochRsi, close: number): number {
  const window = stoch.recent.values.length
  const strength = pushRsi(stoch.rsi, close, window)
  if (Number.isNaN(strength)) return strength
  pushRing(stoch.recent, strength)
  if (stoch.recent.seen < window) return Number.NaN
  pushRing(stoch.raw, positionIn(stoch.recent.values, strength))
  if (stoch.raw.seen < stoch.raw.values.length) return Number.NaN
  stoch.kNow = meanKnown(stoch.raw)
  pushRing(stoch.k, stoch.kNow)
  if (stoch.k.seen >= stoch.k.values.length) stoch.dNow = meanKnown(stoch.k)
  return stoch.kNow === UNKNOWN ? Number.NaN : stoch.kNow
}

function positionIn(values: readonly number[], value: number): number {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let at = 0; at < values.length; at += 1) {
    const each = values[at] as number
    if (each < low) low = each
    if (each > high) high = each
  }
  return high - low < STILL ? UNKNOWN : (value - low) / (high - low)
}

/** Mean of a short ring, unknown when any of its values is. */
function meanKnown({ values }: Ring): number {
  let sum = 0
  for (let at = 0; at < values.length; at += 1) {
    const each = values[at] as number
    if (each === UNKNOWN) return UNKNOWN
    sum += each
  }
  return sum / values.length
}

/** Raw, K and D of a whole series. */
export function stochRsiSeries(
  closes: ArrayLike<number>,
  window: number,
  smooth1: number,
  smooth2: number,
): { raw: Float64Array; k: Float64Array; d: Float64Array } {
  const strength = rsiSeries(closes, window)
  const raw = new Float64Array(closes.length).fill(Number.NaN)
  for (let at = 2 * window - 2; at < closes.length; at += 1) {
    const recent = strength.subarray(at - window + 1, at + 1)
    const low = Math.min(...recent)
    const range = Math.max(...recent) - low
    if (range >= STILL) raw[at] = ((strength[at] as number) - low) / range
  }
  const k = smaOf(raw, smooth1)
  return { raw, k, d: smaOf(k, smooth2) }
}
