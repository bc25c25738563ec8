/** From what a strategy wants to what the venue accepts: limit price on the tick, size on the lot, or the gate that forbids it. */
// Not here: wishes (strategy.ts), names of orders and the account's limits (domain/session).
import type { Side } from '#domain/events.ts'
import { toNumber } from '#domain/fixed-point.ts'
import { MIN_ORDER_USD_E8 } from '#domain/market/instrument.ts'
import {
  ceilSizeForUsd,
  floorSizeForUsd,
  floorSizeNumber,
  roundAwayNumber,
} from '#domain/market/round-number.ts'
import type {
  ClosingIntention,
  Intention,
  OpeningIntention,
  StrategyInput,
} from '#domain/strategies/strategy.ts'

const MIN_USD = toNumber(MIN_ORDER_USD_E8)

export type PlanGate = 'NO_TOUCH' | 'MIN_NOTIONAL' | 'NO_SIZE' | 'NO_POSITION' | 'PENDING' | 'STALE_DATA'

/** One order in numbers that are exactly on tick and lot. */
export interface PlannedOrder {
  side: Side
  px: number
  sz: number
  opens: boolean
  purpose: Intention['kind']
  leverage: number | null
}

/** The order for one intention, or why there is none. Every order is an IOC at the touch plus the allowed slippage. */
export function planOrder(intention: Intention, input: StrategyInput): PlannedOrder | PlanGate {
  if ('usd' in intention) return planOpening(intention, input)
  return planClosing(intention, input)
}

/** Worst price to take: the touch of the other side moved by the allowed slippage, on the tick; null without a touch. */
export function takerLimit(input: StrategyInput, side: Side, slippageBps: number): number | null {
  const touch = side === 'buy' ? input.ask : input.bid
  if (touch === null) return null
  const factor = side === 'buy' ? 1 + slippageBps / 10_000 : 1 - slippageBps / 10_000
  const limit = roundAwayNumber(touch * factor, side, input.sizeDecimals)
  return limit > 0 ? limit : null
}

function planOpening(wanted: OpeningIntention, input: StrategyInput): PlannedOrder | PlanGate {
  if (input.pending) return 'PENDING'
  if (input.stale) return 'STALE_DATA'
  const px = takerLimit(input, wanted.side, wanted.slippageBps)
  if (px === null) return 'NO_TOUCH'
  if (wanted.usd < wanted.minUsd && !wanted.bump) return 'MIN_NOTIONAL'
  const sz = openingSize(px, wanted, input.sizeDecimals)
  if (sz <= 0) return 'NO_SIZE'
  if (sz * px < wanted.minUsd * (1 - 1e-12)) return 'MIN_NOTIONAL'
  const { kind: purpose, leverage, side } = wanted
  return { side, px, sz, opens: true, purpose, leverage }
}

/**
 * Coins on the lot: what `usd` buys, at least what the minimum needs (only with `bump`), at most what the maximum allows; 0 when minimum and
 * maximum exclude each other. Source: the engine's order size rule.
 */
export function openingSize(
  px: number,
  wanted: { usd: number; minUsd: number; maxUsd: number | null; bump: boolean },
  sizeDecimals: number,
): number {
  const target = floorSizeForUsd(wanted.usd, px, sizeDecimals)
  const least = wanted.bump ? ceilSizeForUsd(wanted.minUsd, px, sizeDecimals) : 0
  if (wanted.maxUsd === null) return Math.max(least, target)
  const most = wanted.maxUsd > 0 ? floorSizeForUsd(wanted.maxUsd, px, sizeDecimals) : 0
  return most <= 0 || least > most ? 0 : Math.max(least, Math.min(target, most))
}

function planClosing(wanted: ClosingIntention, input: StrategyInput): PlannedOrder | PlanGate {
  const held = Math.abs(input.position)
  if (held === 0) return 'NO_POSITION'
  const side: Side = input.position > 0 ? 'sell' : 'buy'
  const px = takerLimit(input, side, wanted.slippageBps)
  if (px === null) return 'NO_TOUCH'
  const sz = wanted.kind === 'exit' ? held : reducingSize(px, { sz: wanted.sz, held }, input.sizeDecimals)
  if (sz <= 0) return 'NO_SIZE'
  return { side, px, sz, opens: false, purpose: wanted.kind, leverage: null }
}

/**
 * Coins on the lot: what is asked, raised to what the venue's smallest order needs; the whole position where that, or what would remain,
 * is less. 0 for less than a lot. Source: the engine's exit size rule.
 */
export function reducingSize(px: number, wanted: { sz: number; held: number }, sizeDecimals: number): number {
  const asked = floorSizeNumber(wanted.sz, sizeDecimals)
  if (asked <= 0) return 0
  const sz = Math.max(asked, ceilSizeForUsd(MIN_USD, px, sizeDecimals))
  return sz >= wanted.held || (wanted.held - sz) * px < MIN_USD ? wanted.held : sz
}
