/** How fast a session may open: orders a minute, in all and per coin, USD within a window, and the gap between two orders. */
// Not here: what else stops an order (manager.ts, limits.ts). What only reduces is never asked about.
import { type FixedE8, formatFixed, fromNumber, mulE8, parseFixed } from '#domain/fixed-point.ts'
import { LIMIT_DEFAULTS, type SessionLimits } from '#domain/risk/limit-input.ts'
import { openTokens, type RiskStanding, type SentOrder, takeOpenToken } from '#domain/risk/standing.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'

export const PACE_GATES = [
  'RISK_ORDER_GAP',
  'RISK_ORDER_RATE',
  'RISK_COIN_ORDER_RATE',
  'RISK_WINDOW_USD',
] as const
export type PaceGate = (typeof PACE_GATES)[number]

const MINUTE_MS = 60_000

/**
 * The first limit of pace that the order breaks, or null. A refused order costs nothing.
 * @param facts.shrinks true when the order only makes the position smaller: then it spends nothing of the window
 */
export function paceGate(
  order: OrderIntent,
  facts: { ts: EpochMs; shrinks: boolean },
  limits: SessionLimits,
  standing: RiskStanding,
): PaceGate | null {
  const { ts } = facts
  if (isTooSoon(ts, limits, standing)) return 'RISK_ORDER_GAP'
  if (openTokens(standing, ts, perMinute(limits)) < 1) return 'RISK_ORDER_RATE'
  const { coin_orders_per_min_max: perCoin, window_usd_max: usd } = limits
  const ofCoin = sentWithin(standing, ts, MINUTE_MS).filter(({ coin }) => coin === order.coin)
  if (perCoin !== undefined && ofCoin.length >= perCoin) return 'RISK_COIN_ORDER_RATE'
  if (usd === undefined || facts.shrinks) return null
  const spentE8 = sentWithin(standing, ts, windowMs(limits)).reduce(
    (sum, sent) => sum + parseFixed(sent.usd),
    0n,
  )
  return spentE8 + usdE8(order) > fromNumber(usd) ? 'RISK_WINDOW_USD' : null
}

/** One opening order goes out: it counts against every limit of pace from now on. */
export function notePace(
  standing: RiskStanding,
  order: OrderIntent,
  ts: EpochMs,
  limits: SessionLimits,
): RiskStanding {
  const taken = takeOpenToken(standing, ts, perMinute(limits))
  if (limits.coin_orders_per_min_max === undefined && limits.window_usd_max === undefined) return taken
  const recent = sentWithin(standing, ts, Math.max(MINUTE_MS, windowMs(limits)))
  return { ...taken, sent: [...recent, { coin: order.coin, ts, usd: formatFixed(usdE8(order)) }] }
}

const perMinute = (limits: SessionLimits): number =>
  limits.orders_per_min_max ?? LIMIT_DEFAULTS.ordersPerMinute

const windowMs = (limits: SessionLimits): number => (limits.window_s ?? LIMIT_DEFAULTS.windowS) * 1_000

const usdE8 = (order: OrderIntent): FixedE8 => mulE8(parseFixed(order.sz), parseFixed(order.px))

/** A clock that was set back must not hold orders up until it has caught up. */
function isTooSoon(ts: EpochMs, limits: SessionLimits, { opened }: RiskStanding): boolean {
  if (limits.order_gap_ms_min === undefined || opened === null) return false
  const gap = ts - opened.ts
  return gap >= 0 && gap < limits.order_gap_ms_min
}

const sentWithin = ({ sent = [] }: RiskStanding, ts: EpochMs, ms: number): readonly SentOrder[] =>
  sent.filter((order) => ts - order.ts < ms)
