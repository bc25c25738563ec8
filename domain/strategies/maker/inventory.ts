/** What is held, as money, and how much more each side may take. */
// Not here: the risk gate, which asks again before anything is sent (domain/risk/limits.ts).
import type { Side } from '#domain/events.ts'
import { absE8, type FixedE8, fromNumber, maxE8, mulE8, ONE_E8, toNumber } from '#domain/fixed-point.ts'
import { midE8 } from '#domain/market/order-book.ts'
import type { SessionLimits } from '#domain/session/input.ts'
import type { CoinParams } from '#domain/strategies/maker/params.ts'
import type { MakerFacts } from '#domain/strategies/maker/quoting.ts'

/** Signed value of the position at the mid, USD; 0 without a touch. */
export const inventoryUsd = ({ touch, positionE8 }: Pick<MakerFacts, 'touch' | 'positionE8'>): number =>
  touch === null ? 0 : toNumber(mulE8(positionE8, midE8(touch)))

/** True when an order of this side makes the position smaller. */
export const shrinks = (side: Side, positionE8: FixedE8): boolean =>
  side === 'buy' ? positionE8 < 0n : positionE8 > 0n

/**
 * USD × 1e8 that this side may still take until a cap is reached: the coin's, the session limit, the gross of all coins.
 * The side that shrinks the position may go through flat to the other side's cap.
 */
export function roomUsdE8(
  side: Side,
  facts: MakerFacts,
  params: Pick<CoinParams, 'max_per_coin_notional'>,
  limits: SessionLimits,
  pxE8: FixedE8,
): FixedE8 {
  const valuedAt = worthAt(facts, pxE8)
  const { otherGrossUsd, maxGrossUsd } = facts.portfolio
  const gross = Math.max(maxGrossUsd - otherGrossUsd, 0)
  const cap = fromNumber(Math.min(params.max_per_coin_notional, limits.position_usd_max, gross))
  const held = mulE8(absE8(facts.positionE8), valuedAt)
  return maxE8(shrinks(side, facts.positionE8) ? cap + held : cap - held, 0n)
}

/** The dearest of price, mark and ask: the risk gate takes the first two, and no level of a ladder may value a cap lower. */
const worthAt = (facts: MakerFacts, pxE8: FixedE8): FixedE8 =>
  maxE8(maxE8(pxE8, facts.markE8 ?? 0n), facts.touch?.askE8 ?? 0n)

/** The same as coins × 1e8 at the valued price. */
export function roomSzE8(
  side: Side,
  facts: MakerFacts,
  params: Pick<CoinParams, 'max_per_coin_notional'>,
  limits: SessionLimits,
  pxE8: FixedE8,
): FixedE8 {
  const valuedAt = worthAt(facts, pxE8)
  return (roomUsdE8(side, facts, params, limits, pxE8) * ONE_E8) / valuedAt
}

/** What free collateral allows on one side of one coin, USD; null for no cap. Source: spec 004 §6.2. */
export function marginUsdMax(
  knobs: {
    margin_cap_mode: 'auto' | 'off' | 'strict'
    margin_cap_fraction: number
    assumed_leverage: number
    fc_hint_usd: number
  },
  account: { freeUsd: number | null; coins: number; isTest: boolean },
): number | null {
  if (knobs.margin_cap_mode === 'off') return null
  const told = account.freeUsd !== null && account.freeUsd > 0 ? account.freeUsd : null
  const free = told ?? (knobs.fc_hint_usd > 0 ? knobs.fc_hint_usd : null)
  if (free === null) return knobs.margin_cap_mode === 'auto' && account.isTest ? null : 0
  return (
    ((free * Math.min(Math.max(knobs.margin_cap_fraction, 0), 1)) / (2 * account.coins)) *
    knobs.assumed_leverage
  )
}
