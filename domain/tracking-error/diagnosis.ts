/** Why a wanted position is missing, and which day's targets a position on the wrong side follows. Spec 000 §6.7. */
// Not here: which mismatch it is (weights.ts), what it cost (attribution.ts).
import type { Mismatch } from '#domain/tracking-error/weights.ts'

/** What orders of one coin became in the hours before. */
export interface OrderTrace {
  status: string
  reduceOnly: boolean
}

/** How far back orders are looked at: one daily rebalance and half of the next. */
export const ORDERS_LOOKBACK_MS = 36 * 3_600_000
/** The venue refuses smaller orders. */
export const MIN_NOTIONAL_USD = 10

export type MissingReason =
  | 'no_price'
  | 'below_min_usd'
  | 'reduce_only_only'
  | 'orders_rejected'
  | 'orders_canceled'
  | 'open_order_no_pos'
  | 'filled_but_no_pos'
  | 'no_order_unknown'

/**
 * What orders tell goes before what the size and the market tell, as an order is the better witness.
 * @param targetUsd |target| × equity
 */
export function missingReason(
  targetUsd: number,
  hasPrice: boolean,
  orders: readonly OrderTrace[],
): MissingReason {
  if (orders.length > 0) {
    if (orders.every(({ reduceOnly }) => reduceOnly)) return 'reduce_only_only'
    const words = orders.map(({ status }) => status.toLowerCase())
    if (words.some((word) => word === 'filled')) return 'filled_but_no_pos'
    if (words.every((word) => word.includes('reject'))) return 'orders_rejected'
    if (words.every((word) => isGone(word))) return 'orders_canceled'
    // An order's states are all here: one that is gone was open before.
    return words.some(isGone) ? 'orders_canceled' : 'open_order_no_pos'
  }
  if (!hasPrice) return 'no_price'
  return targetUsd < MIN_NOTIONAL_USD ? 'below_min_usd' : 'no_order_unknown'
}

const isGone = (word: string): boolean =>
  word.includes('cancel') || word.includes('reject') || word === 'expired'

export type FlipReason = 'follows_day_before' | 'follows_day_after' | 'unexplained'

/**
 * Which neighbouring day's target has the side that is held.
 * @param newer target that is a day younger than the one that should be held, @param older a day older; undefined without targets
 */
export function flipReason(actual: number, newer: number | undefined, older: number | undefined): FlipReason {
  if (newer !== undefined && newer * actual > 0) return 'follows_day_after'
  return older !== undefined && older * actual > 0 ? 'follows_day_before' : 'unexplained'
}

/** The reason of one coin's mismatch; '' where there is nothing to explain. */
export function reasonOf(
  mismatch: Mismatch,
  facts: {
    target: number
    actual: number
    equity: number
    hasPrice: boolean
    orders: readonly OrderTrace[]
    newer: number | undefined
    older: number | undefined
  },
): string {
  if (mismatch === 'missing')
    return missingReason(Math.abs(facts.target) * facts.equity, facts.hasPrice, facts.orders)
  return mismatch === 'sign_flip' ? flipReason(facts.actual, facts.newer, facts.older) : ''
}
