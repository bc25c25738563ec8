/** The strategy `microprice`: a fair price from book pressure, leaned against inventory, with a spread from volatility and horizon. */
// After Avellaneda and Stoikov (2008), in basis points: prices of one quote's size, so that one set of knobs fits every coin.
import { fromNumber, toNumber } from '#domain/fixed-point.ts'
import { midE8 } from '#domain/market/order-book.ts'
import { inventoryUsd } from '#domain/strategies/maker/inventory.ts'
import type { CoinParams } from '#domain/strategies/maker/params.ts'
import { type PriceModel, planWith } from '#domain/strategies/maker/plan.ts'
import type { MakerFacts, MakerStrategy } from '#domain/strategies/maker/quoting.ts'

/** Mid, leaned towards where the book is thin; `weight` 0 is the mid, 1 the microprice. USD, float. */
export function fairPrice(facts: Pick<MakerFacts, 'touch' | 'bidSzE8' | 'askSzE8'>, weight: number): number {
  if (facts.touch === null) return 0
  const mid = toNumber(midE8(facts.touch))
  const bidSz = toNumber(facts.bidSzE8)
  const askSz = toNumber(facts.askSzE8)
  if (bidSz + askSz === 0) return mid
  const { bidE8, askE8 } = facts.touch
  const micro = (toNumber(bidE8) * askSz + toNumber(askE8) * bidSz) / (bidSz + askSz)
  return mid + weight * (micro - mid)
}

export interface Reservation {
  /** Shift of the reservation price against the fair price, basis points; negative while long. */
  shiftBps: number
  halfSpreadBps: number
}

/**
 * Reservation shift −q·γ·σ²·T and half spread γ·σ²·T / 2 + ln(1 + γ/k) / γ, where γ is the risk aversion for a move of one basis
 * point on one quote, σ² the variance of returns per second in basis points², q the inventory in quotes.
 */
export function reservation(
  inventory: number,
  varianceBps2: number,
  params: Pick<
    CoinParams,
    | 'risk_aversion'
    | 'horizon_s'
    | 'fill_decay_per_bps'
    | 'size_notional_usd'
    | 'min_half_spread_bps'
    | 'max_half_spread_bps'
  >,
): Reservation {
  const gamma = params.risk_aversion * params.size_notional_usd * 1e-4
  const risk = gamma * varianceBps2 * params.horizon_s
  const quotes = inventory / params.size_notional_usd
  const k = params.fill_decay_per_bps
  const patience = gamma > 1e-9 ? Math.log(1 + gamma / k) / gamma : 1 / k
  const half = risk / 2 + patience
  return {
    shiftBps: quotes === 0 ? 0 : -quotes * risk,
    halfSpreadBps: Math.min(Math.max(half, params.min_half_spread_bps), params.max_half_spread_bps),
  }
}

const aroundReservation: PriceModel = ({ state, facts, params }) => {
  const fair = fairPrice(facts, params.book_pressure_weight)
  const { shiftBps, halfSpreadBps } = reservation(inventoryUsd(facts), state.vol?.variance ?? 0, params)
  const at = (bps: number): bigint => fromNumber(Math.max(fair * (1 + bps / 10_000), 0))
  return {
    prices: { bidE8: at(shiftBps - halfSpreadBps), askE8: at(shiftBps + halfSpreadBps) },
    skewTicks: 0,
    inputs: { fair: round(fair), shift_bps: round(shiftBps), half_spread_bps: round(halfSpreadBps) },
  }
}

const round = (value: number): number => Math.round(value * 1e6) / 1e6

export const microprice: MakerStrategy = (was, facts, params, limits) =>
  planWith(aroundReservation, was, facts, params, limits)
