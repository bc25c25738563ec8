/** The one risk gate: whether an order may be sent, given what is held, what rests and what is on its way. */
// Not here: kills and the lease (domain/session/submit.ts asks them too), the venue's own margin rules.
import { type Side, sideSign } from '#domain/events.ts'
import { absE8, type FixedE8, fromNumber, maxE8, mulE8, parseFixed, signE8 } from '#domain/fixed-point.ts'
import { MIN_ORDER_USD_E8 } from '#domain/market/instrument.ts'
import type { SessionLimits } from '#domain/session/input.ts'
import type { OrderIntent } from '#domain/session/types.ts'

export type RiskGate =
  | 'RISK_BAD_SIZE'
  | 'RISK_MIN_NOTIONAL'
  | 'RISK_ORDER_NOTIONAL'
  | 'RISK_MAX_POSITION'
  | 'RISK_OPEN_ORDERS'
  | 'KILL_CLOSE_ONLY'

/** One coin's exposure at this moment. */
export interface Exposure {
  /** Signed coins × 1e8: fills folded and fills reported. */
  positionE8: FixedE8
  /** What may still open: own orders that rest, are on their way, or whose fate is unknown; reduce-only ones left out. */
  opening: readonly { side: Side; remainingE8: FixedE8 }[]
  /** All own orders that rest, are on their way or are unknown, protective stops included. */
  openOrders: number
  /** USD per coin × 1e8; null while unknown. */
  markE8: FixedE8 | null
}

/**
 * The first gate that stops the order, or null. Reduce-only orders pass every gate but a malformed size: they can only
 * shrink a position, and a limit must never trap us in one.
 */
export function riskGate(
  order: OrderIntent,
  exposure: Exposure,
  limits: SessionLimits,
  options: { closeOnly: boolean },
): RiskGate | null {
  const sz = parseFixed(order.sz)
  const px = parseFixed(order.px)
  if (sz <= 0n || px <= 0n) return 'RISK_BAD_SIZE'
  if (order.reduce_only) return null
  if (options.closeOnly) return 'KILL_CLOSE_ONLY'
  const notional = mulE8(sz, px)
  if (notional < MIN_ORDER_USD_E8) return 'RISK_MIN_NOTIONAL'
  if (notional > fromNumber(limits.order_usd_max)) return 'RISK_ORDER_NOTIONAL'
  if (exposure.openOrders >= limits.open_orders_max) return 'RISK_OPEN_ORDERS'
  const after = positionAfterE8(exposure, order.side, sz)
  if (onlyShrinks(exposure.positionE8, after)) return null
  const valuedAt = maxE8(px, exposure.markE8 ?? 0n)
  return mulE8(absE8(after), valuedAt) > fromNumber(limits.position_usd_max) ? 'RISK_MAX_POSITION' : null
}

/** Where the position ends when this order and everything that rests on its side fill, and nothing on the other side does. */
function positionAfterE8(exposure: Exposure, side: Side, sz: FixedE8): FixedE8 {
  const sameSide = exposure.opening.filter((order) => order.side === side)
  const filling = sameSide.reduce((total, order) => total + order.remainingE8, sz)
  return exposure.positionE8 + BigInt(sideSign(side)) * filling
}

/** True when the position gets smaller without changing sides: a limit must not stop the way back under it. */
function onlyShrinks(before: FixedE8, after: FixedE8): boolean {
  return absE8(after) < absE8(before) && (after === 0n || signE8(after) === signE8(before))
}
