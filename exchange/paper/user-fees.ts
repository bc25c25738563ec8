/** The userFees answer: the venue's schedule, and what one account pays under it. */
// Not here: the rates themselves (engine/fees.ts).
import { FEE_SCHEDULE, feeRates, NO_DISCOUNTS } from '#exchange/paper/engine/fees.ts'
import { formatUsd } from '#exchange/paper/engine/units.ts'
import type { InfoHandler } from '#exchange/paper/info-handler.ts'
import { rateText } from '#exchange/paper/market/coin-market-data.ts'
import { address } from '#exchange/paper/read-json.ts'

const fraction = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value))

const FEE_TABLE = {
  cross: '0.00045',
  add: '0.00015',
  spotCross: '0.0007',
  spotAdd: '0.0004',
  tiers: {
    vip: FEE_SCHEDULE.tiers.slice(1).map((tier) => ({
      ntlCutoff: `${tier.cutoffUsd}.0`,
      cross: rateText(tier.cross),
      add: rateText(tier.add),
      spotCross: rateText(tier.spotCross),
      spotAdd: rateText(tier.spotAdd),
    })),
    mm: FEE_SCHEDULE.makerTiers.map((tier) => ({
      makerFractionCutoff: String(tier.fraction),
      add: rateText(tier.add),
    })),
  },
  referralDiscount: String(FEE_SCHEDULE.referralDiscount),
  stakingDiscountTiers: FEE_SCHEDULE.stakingTiers.map((tier) => ({
    bpsOfMaxSupply: tier.bpsOfMaxSupply,
    discount: fraction(tier.discount),
  })),
}

const DAY_MS = 86_400_000

export const userFees: InfoHandler = (request, deps) => {
  const user = address(request.user)
  const account = deps.account(user)
  const now = deps.now()
  const discounts = deps.engine.state.discounts.get(user) ?? NO_DISCOUNTS
  const rates = account
    ? feeRates(account, now, discounts)
    : { cross: FEE_SCHEDULE.tiers[0].cross, add: FEE_SCHEDULE.tiers[0].add }
  const today = Math.floor(now / DAY_MS)
  const staking = FEE_SCHEDULE.stakingTiers.findLast((tier) => tier.discount <= discounts.staking)
  return {
    dailyUserVlm: Array.from({ length: 15 }, (_, index) => {
      const day = today - 14 + index
      const [cross, add] = account?.volume.get(day) ?? [0, 0]
      const everyone = [...deps.engine.state.accounts.values()].reduce(
        (sum, one) => sum + (one.volume.get(day)?.[0] ?? 0),
        0,
      )
      return {
        date: new Date(day * DAY_MS).toISOString().slice(0, 10),
        userCross: formatUsd(cross),
        userAdd: formatUsd(add),
        exchange: formatUsd(everyone),
      }
    }),
    feeSchedule: FEE_TABLE,
    userCrossRate: rateText(rates.cross),
    userAddRate: rateText(rates.add),
    userSpotCrossRate: '0.0007',
    userSpotAddRate: '0.0004',
    activeReferralDiscount: fraction(discounts.referral),
    trial: null,
    feeTrialEscrow: '0.0',
    nextTrialAvailableTimestamp: null,
    stakingLink: null,
    activeStakingDiscount: {
      bpsOfMaxSupply: staking?.bpsOfMaxSupply ?? '0.0',
      discount: fraction(discounts.staking),
    },
  }
}
