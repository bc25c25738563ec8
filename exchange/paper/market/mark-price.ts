/** Oracle, mark price, premium and funding rate of one coin, from its market alone or helped by what the source knows. */
// Not here: what positions pay (engine/funding.ts).
import type { EpochMs } from '#domain/time.ts'

/** Source: venue docs, "Robust price indices" and "Funding"; wire contract §7. */
export const PRICING = {
  markEveryMs: 3_000,
  basisEmaMs: 150_000,
  /** Without an outside oracle it is taken to follow the mid with this lag. */
  oracleEmaMs: 10_000,
  premiumEveryMs: 5_000,
  hourMs: 3_600_000,
  interestRate: 0.0001,
  clamp: 0.0005,
  hourlyCap: 0.04,
} as const

/** All prices here are floats in ticks: they become integers when they enter the engine. */
export interface PriceState {
  oracle: number
  /** EMA of mid − oracle. */
  basis: number
  mark: number
  updatedTs: EpochMs
  premiumSum: number
  premiumCount: number
  premiumTs: EpochMs
  hour: number
}

export const createPriceState = (): PriceState => ({
  oracle: 0,
  basis: 0,
  mark: 0,
  updatedTs: 0,
  premiumSum: 0,
  premiumCount: 0,
  premiumTs: 0,
  hour: 0,
})

const median = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))

export interface Quote {
  bid: number
  ask: number
  last: number
  /** Outside oracle, ticks; null lets it be derived. */
  oracle: number | null
}

/** Moves oracle and mark to `ts`. mark = median(oracle + EMA(mid − oracle), median(bid, ask, last), mid). */
export function updateMark(state: PriceState, ts: EpochMs, quote: Quote): void {
  const mid = (quote.bid + quote.ask) / 2
  const elapsed = state.updatedTs === 0 ? Number.POSITIVE_INFINITY : Math.max(0, ts - state.updatedTs)
  const follow = (lagMs: number) => 1 - Math.exp(-elapsed / lagMs)
  if (quote.oracle !== null) state.oracle = quote.oracle
  else
    state.oracle =
      state.oracle === 0 ? mid : state.oracle + (mid - state.oracle) * follow(PRICING.oracleEmaMs)
  state.basis += (mid - state.oracle - state.basis) * follow(PRICING.basisEmaMs)
  const touch = quote.last > 0 ? median(quote.bid, quote.ask, quote.last) : mid
  state.mark = median(state.oracle + state.basis, touch, mid)
  state.updatedTs = ts
}

/** Premium of the impact prices over the oracle, as a fraction. */
export function premiumOf(oracle: number, impactBid: number, impactAsk: number): number {
  if (oracle <= 0) return 0
  return (Math.max(impactBid - oracle, 0) - Math.max(oracle - impactAsk, 0)) / oracle
}

/** Adds a premium sample every 5 seconds. */
export function samplePremium(state: PriceState, ts: EpochMs, premium: number): void {
  if (ts - state.premiumTs < PRICING.premiumEveryMs) return
  state.premiumTs = ts
  state.premiumSum += premium
  state.premiumCount += 1
}

/** Hourly rate from the mean premium: (P + clamp(interest − P, ±0.0005)) / 8, capped at ±4 %. */
export function hourlyRate(premium: number): number {
  const clamped = Math.max(-PRICING.clamp, Math.min(PRICING.clamp, PRICING.interestRate - premium))
  return Math.max(-PRICING.hourlyCap, Math.min(PRICING.hourlyCap, (premium + clamped) / 8))
}

export const meanPremium = (state: PriceState): number =>
  state.premiumCount === 0 ? 0 : state.premiumSum / state.premiumCount

/** Ends an hour. @returns its premium and rate when `ts` is in a new hour and the last one had samples, else null */
export function closeHour(
  state: PriceState,
  ts: EpochMs,
): { premium: number; rate: number; ts: EpochMs } | null {
  const hour = Math.floor(ts / PRICING.hourMs)
  if (hour <= state.hour) return null
  const first = state.hour === 0
  const premium = meanPremium(state)
  const sampled = state.premiumCount > 0
  state.hour = hour
  state.premiumSum = 0
  state.premiumCount = 0
  return first || !sampled ? null : { premium, rate: hourlyRate(premium), ts: hour * PRICING.hourMs }
}
