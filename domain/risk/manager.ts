/** The risk manager: what stops an opening order besides its own size: stale data, price, pace, losses, and what is held in all. */
// Not here: size and per-coin limits (limits.ts), the limits of pace themselves (pace.ts), kills and lease (domain/session/submit.ts).
import { absE8, type FixedE8, fromNumber, maxE8, mulE8, parseFixed } from '#domain/fixed-point.ts'
import { shiftBps } from '#domain/market/instrument.ts'
import { LIMIT_DEFAULTS, type SessionLimits } from '#domain/risk/limit-input.ts'
import { PACE_GATES, paceGate } from '#domain/risk/pace.ts'
import { dayPnlE8, drawdown, type RiskStanding } from '#domain/risk/standing.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'

export const MANAGER_GATES = [
  'RISK_STALE_DATA',
  'RISK_SLIPPAGE',
  'RISK_PRICE_BAND',
  'RISK_DAILY_LOSS',
  'RISK_LOSS_STREAK',
  'RISK_GROSS',
  'RISK_ACCOUNT',
  'RISK_COINS_HELD',
  ...PACE_GATES,
] as const
export type ManagerGate = (typeof MANAGER_GATES)[number]

/** Everything an order is judged on, at this moment. Money and prices × 1e8. */
export interface RiskFacts {
  ts: EpochMs
  /** Milliseconds since the coin's last frame. */
  ageMs: number
  bidE8: FixedE8 | null
  askE8: FixedE8 | null
  /** Null while unknown: then the band does not apply. */
  oracleE8: FixedE8 | null
  /** USD: every position of the session with all its opening orders filled, this order left out. */
  grossE8: FixedE8
  /** USD: positions of the account in coins that are not the session's. */
  othersE8: FixedE8
  /** Coins of the session with a position or an opening order, and whether this order's coin is one. */
  coinsHeld: number
  isCoinHeld: boolean
  /** True when the order only makes the position smaller. */
  shrinks: boolean
  netPnlE8: FixedE8
}

/** The first gate that stops the order, or null. What only reduces passes: a limit must never trap us in a position. */
export function managerGate(
  order: OrderIntent,
  facts: RiskFacts,
  limits: SessionLimits,
  standing: RiskStanding,
): ManagerGate | null {
  if (order.reduce_only) return null
  return (
    priceGate(order, facts, limits) ??
    lossGate(facts, limits, standing) ??
    sumGate(order, facts, limits) ??
    paceGate(order, facts, limits, standing)
  )
}

function priceGate(order: OrderIntent, facts: RiskFacts, limits: SessionLimits): ManagerGate | null {
  if (facts.ageMs > (limits.stale_ms_max ?? LIMIT_DEFAULTS.staleMs)) return 'RISK_STALE_DATA'
  const px = parseFixed(order.px)
  const isBuy = order.side === 'buy'
  const touch = isBuy ? facts.askE8 : facts.bidE8
  if (order.tif !== 'alo' && touch !== null) {
    const bps = limits.slippage_bps_max ?? LIMIT_DEFAULTS.slippageBps
    const worst = shiftBps(touch, isBuy ? bps : -bps)
    if (isBuy ? px > worst : px < worst) return 'RISK_SLIPPAGE'
  }
  if (facts.oracleE8 === null) return null
  const band = limits.oracle_band_bps ?? LIMIT_DEFAULTS.oracleBandBps
  const isInside = px >= shiftBps(facts.oracleE8, -band) && px <= shiftBps(facts.oracleE8, band)
  return isInside ? null : 'RISK_PRICE_BAND'
}

function lossGate(facts: RiskFacts, limits: SessionLimits, standing: RiskStanding): ManagerGate | null {
  const { daily_loss_usd_max, loss_streak_max } = limits
  if (daily_loss_usd_max !== undefined) {
    if (dayPnlE8(standing, facts.netPnlE8) <= -fromNumber(daily_loss_usd_max)) return 'RISK_DAILY_LOSS'
  }
  if (loss_streak_max === undefined || standing.lossStreak < loss_streak_max) return null
  const pauseMs = (limits.loss_streak_pause_min ?? LIMIT_DEFAULTS.lossStreakPauseMin) * 60_000
  return facts.ts - standing.lastLossTs < pauseMs ? 'RISK_LOSS_STREAK' : null
}

function sumGate(order: OrderIntent, facts: RiskFacts, limits: SessionLimits): ManagerGate | null {
  if (facts.shrinks) return null
  const grossE8 = facts.grossE8 + mulE8(parseFixed(order.sz), parseFixed(order.px))
  const { gross_usd_max, account_usd_max, coins_held_max } = limits
  if (gross_usd_max !== undefined && grossE8 > fromNumber(gross_usd_max)) return 'RISK_GROSS'
  const accountE8 = grossE8 + facts.othersE8
  if (account_usd_max !== undefined && accountE8 > fromNumber(account_usd_max)) return 'RISK_ACCOUNT'
  const isOneMore = !facts.isCoinHeld && coins_held_max !== undefined && facts.coinsHeld >= coins_held_max
  return isOneMore ? 'RISK_COINS_HELD' : null
}

/** Whether the session must die of its drawdown now; reaching the limit is enough. */
export function isDrawnDown(limits: SessionLimits, standing: RiskStanding, netPnlE8: FixedE8): boolean {
  return (
    limits.drawdown_pct_max !== undefined && drawdown(standing, netPnlE8) * 100 >= limits.drawdown_pct_max
  )
}

/** What one coin can come to: the larger of all purchases filled and all sales filled, valued at `pxE8`. USD × 1e8. */
export function worstCaseE8(
  positionE8: FixedE8,
  buyingE8: FixedE8,
  sellingE8: FixedE8,
  pxE8: FixedE8,
): FixedE8 {
  return mulE8(maxE8(absE8(positionE8 + buyingE8), absE8(positionE8 - sellingE8)), pxE8)
}
