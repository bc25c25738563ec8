/** What the venue charges: fee tiers, fee of a notional, funding of a position. One maths for the paper exchange and for backtests. */
// Not here: whose volume decides the tier (exchange/paper/engine/fees.ts), when funding is due.

/** Rates (fees, funding) are integers of 1e-10. */
export const RATE_ONE = 10_000_000_000

/** Rates in 1e-10 of the notional. Source: venue docs, "Fees"; wire contract §7. */
export const FEE_TIERS = [
  { cutoffUsd: 0, cross: 4_500_000, add: 1_500_000, spotCross: 7_000_000, spotAdd: 4_000_000 },
  { cutoffUsd: 5_000_000, cross: 4_000_000, add: 1_200_000, spotCross: 6_000_000, spotAdd: 3_000_000 },
  { cutoffUsd: 25_000_000, cross: 3_500_000, add: 800_000, spotCross: 5_000_000, spotAdd: 2_000_000 },
  { cutoffUsd: 100_000_000, cross: 3_000_000, add: 400_000, spotCross: 4_000_000, spotAdd: 1_000_000 },
  { cutoffUsd: 500_000_000, cross: 2_800_000, add: 0, spotCross: 3_500_000, spotAdd: 0 },
  { cutoffUsd: 2_000_000_000, cross: 2_600_000, add: 0, spotCross: 3_000_000, spotAdd: 0 },
  { cutoffUsd: 7_000_000_000, cross: 2_400_000, add: 0, spotCross: 2_500_000, spotAdd: 0 },
] as const
export type FeeTier = (typeof FEE_TIERS)[number]

/** The tier of a 14-day volume, USD: one has to be over the cutoff. */
export function feeTier(volumeUsd: number): FeeTier {
  let tier: FeeTier = FEE_TIERS[0]
  for (const candidate of FEE_TIERS) if (volumeUsd > candidate.cutoffUsd) tier = candidate
  return tier
}

/** a × b / c, cut off toward zero, exact for every safe a, b, c whose quotient is safe. c > 0. */
export function mulDiv(a: number, b: number, c: number): number {
  const product = a * b
  if (product > Number.MAX_SAFE_INTEGER || product < -Number.MAX_SAFE_INTEGER) {
    return Number((BigInt(a) * BigInt(b)) / BigInt(c))
  }
  const size = Math.abs(product)
  let quotient = Math.floor(size / c)
  // The quotient of two integers may be rounded up to the next one: step back.
  if (quotient * c > size) quotient--
  return product < 0 && quotient !== 0 ? -quotient : quotient
}

/** Fee of a notional, micro-dollars, cut off toward zero. @param rate 1e-10 of the notional; negative for a rebate */
export const feeOf = (notionalMicro: number, rate: number): number => mulDiv(notionalMicro, rate, RATE_ONE)

/**
 * What an account receives (above 0) or pays for one funding: −size · price · rate; longs pay when the rate is positive.
 * @param notionalMicro signed size × price, micro-dollars. Source: venue docs, "Funding"
 */
export const fundingOf = (notionalMicro: number, rate: number): number =>
  -mulDiv(notionalMicro, rate, RATE_ONE) + 0
