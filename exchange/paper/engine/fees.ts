/** Fees of a fill: tier by 14-day volume, maker rebate by maker share, discounts; cut off at a micro-dollar. */
// Not here: who trades and how much (account.ts).

import type { EpochMs } from '#domain/time.ts'
import { FEE_TIERS, feeTier } from '#domain/trading/venue-charges.ts'
import { type Account, volumeOf14Days } from '#exchange/paper/engine/account.ts'
import { USD } from '#exchange/paper/engine/units.ts'

/** Maker share of the exchange's 14-day maker volume from which a rebate is paid. */
const MAKER_TIERS = [
  { fraction: 0.005, add: -100_000 },
  { fraction: 0.015, add: -200_000 },
  { fraction: 0.03, add: -300_000 },
] as const

const STAKING_TIERS = [
  { bpsOfMaxSupply: '0.0', discount: 0 },
  { bpsOfMaxSupply: '0.0001', discount: 0.05 },
  { bpsOfMaxSupply: '0.001', discount: 0.1 },
  { bpsOfMaxSupply: '0.01', discount: 0.15 },
  { bpsOfMaxSupply: '0.1', discount: 0.2 },
  { bpsOfMaxSupply: '1.0', discount: 0.3 },
  { bpsOfMaxSupply: '5.0', discount: 0.4 },
] as const

export const FEE_SCHEDULE = {
  tiers: FEE_TIERS,
  makerTiers: MAKER_TIERS,
  stakingTiers: STAKING_TIERS,
  referralDiscount: 0.04,
} as const

/** Discounts given to one account by the administrator of the exchange, as fractions. */
export interface Discounts {
  staking: number
  referral: number
  /** Share of the exchange's maker volume, set by hand: a paper exchange has no other makers to compare with. */
  makerFraction: number
}
export const NO_DISCOUNTS: Discounts = { staking: 0, referral: 0, makerFraction: 0 }

export interface FeeRates {
  /** 1e-10 of the notional; `add` may be negative. */
  cross: number
  add: number
}

const REFERRAL_ENDS = 25_000_000 * USD
const DAY_MS = 86_400_000

/** Rates that an account pays now. Discounts lower fees, never enlarge rebates; the referral one ends at $25M of volume. */
export function feeRates(account: Account, now: EpochMs, discounts: Discounts): FeeRates {
  const isReferred = account.cumVolume < REFERRAL_ENDS
  // The volume that decides ends with yesterday: within a day only these can change the rates.
  const key = Math.floor(now / DAY_MS) * 2 + (isReferred ? 1 : 0)
  const kept = account.rates
  if (kept !== null && kept.key === key && kept.discounts === discounts) return kept
  const [taker, maker] = volumeOf14Days(account, now)
  const volumeUsd = (taker + maker) / USD
  const tier = feeTier(volumeUsd)
  let rebate = 0
  for (const candidate of MAKER_TIERS)
    if (discounts.makerFraction > candidate.fraction) rebate = candidate.add
  const factor = (1 - discounts.staking) * (1 - (isReferred ? discounts.referral : 0))
  const add = rebate < 0 ? rebate : Math.round(tier.add * factor)
  account.rates = { key, discounts, cross: Math.round(tier.cross * factor), add }
  return account.rates
}
