/** Exits of mei_alpha_v1 on indicators: every reason that holds, as bits in the order in which the first one is named. */
// Not here: stops and targets (levels.ts), the funding threshold (funding-headwind.ts).
import { type Headwind, headwindLimit } from '#domain/strategies/mei-alpha/funding-headwind.ts'
import type { At } from '#domain/strategies/mei-alpha/levels.ts'
import type { MeiAlphaParams } from '#domain/strategies/mei-alpha/params.ts'
import type { TradeParams } from '#domain/strategies/mei-alpha/params-trade.ts'
import type { Row } from '#domain/strategies/mei-alpha/row.ts'
import { LOW } from '#domain/strategies/mei-alpha/signal.ts'
import type { Held } from '#domain/strategies/mei-alpha/state.ts'

/** In the order of evaluation: stops first, then the indicators, then the target. */
export const EXIT_REASONS = {
  STOP_LOSS: 1,
  TRAILING_STOP: 2,
  TREND_BREAKDOWN: 4,
  TREND_EXHAUSTION: 8,
  MACRO_BREAKDOWN: 16,
  STAGNATION: 32,
  FUNDING_HEADWIND: 64,
  TREND_SATURATION: 128,
  MACD_DIVERGENCE: 256,
  RSI_OVEREXTENDED: 512,
  TAKE_PROFIT: 1024,
  TAKE_PROFIT_PARTIAL: 2048,
} as const

/** A coin that hardly moves is never stagnant. */
const NEVER_STAGNANT = 'PAXG'

/** ADX below which the trend of this position is exhausted; 0 for none. */
export function exhaustionLimit(held: Held, trade: TradeParams): number {
  if (held.threshold > 0) return held.threshold
  return held.confidence === LOW
    ? trade.smart_exit_adx_exhaustion_lt_low_conf
    : trade.smart_exit_adx_exhaustion_lt
}

/** All indicator exits that hold, as bits of EXIT_REASONS. */
export function smartExits(
  where: At,
  row: Row,
  held: Held,
  context: { coin: string; nowTs: number },
  params: MeiAlphaParams,
): number {
  const { trade, filters } = params
  const { side, price, profit } = where
  let reasons = 0
  if (hasBrokenDown(row, held)) reasons |= EXIT_REASONS.TREND_BREAKDOWN
  const limit = exhaustionLimit(held, trade)
  if (limit > 0 && row.adx < limit) reasons |= EXIT_REASONS.TREND_EXHAUSTION
  if (filters.require_macro_alignment && row.emaMacro > 0 && side * (price - row.emaMacro) < 0) {
    reasons |= EXIT_REASONS.MACRO_BREAKDOWN
  }
  if (row.atr < 0.7 * where.atr && profit < 0 && context.coin !== NEVER_STAGNANT) {
    reasons |= EXIT_REASONS.STAGNATION
  }
  if (side * where.funding > 0 && profit < 0) {
    const ageHours = held.openTs > 0 ? (context.nowTs - held.openTs) / 3_600_000 : null
    const headwind: Headwind = { where, row, confidence: held.confidence, ageHours }
    if (Math.abs(profit) > headwindLimit(headwind)) reasons |= EXIT_REASONS.FUNDING_HEADWIND
  }
  if (isSaturated(where, row, trade)) reasons |= EXIT_REASONS.TREND_SATURATION
  if (profit > 1.5 && row.adx > 35 && falls(row, side, 4)) reasons |= EXIT_REASONS.MACD_DIVERGENCE
  if (isOverextended(where, row, held, trade)) reasons |= EXIT_REASONS.RSI_OVEREXTENDED
  return reasons
}

/** The fast average is on the wrong side of the slow one, unless only by a hair in a trend. A reversed entry counts from its first alignment on. */
function hasBrokenDown(row: Row, held: Held): boolean {
  const gap = held.side * (row.emaFast - row.emaSlow)
  if (gap > 0) held.aligned = true
  if (gap >= 0 || (held.reversed && !held.aligned)) return false
  return !(Math.abs(gap) / row.emaSlow < 0.001 && row.adx > 25)
}

function isSaturated({ side, profit }: At, row: Row, trade: TradeParams): boolean {
  if (!(row.adx > 50) || !(profit >= trade.tsme_min_profit_atr)) return false
  if (trade.tsme_require_adx_slope_negative && !(row.adx - row.adxPrev < 0)) return false
  return falls(row, side, 3)
}

/** The histogram moved against the position, strictly, over the last `bars` values. */
function falls({ hist, hist1, hist2, hist3 }: Row, side: number, bars: 3 | 4): boolean {
  const three = (hist1 - hist) * side > 0 && (hist2 - hist1) * side > 0
  return three && (bars === 3 || (hist3 - hist2) * side > 0)
}

function isOverextended({ side, profit }: At, row: Row, held: Held, trade: TradeParams): boolean {
  if (!trade.enable_rsi_overextension_exit) return false
  const limit = rsiLimit(side, profit >= trade.rsi_exit_profit_atr_switch, held.confidence === LOW, trade)
  return side > 0 ? row.rsi > limit : row.rsi < limit
}

/** RSI that ends the position; a low-confidence value of 0 means the main one. */
export function rsiLimit(side: number, isHigh: boolean, isLow: boolean, trade: TradeParams): number {
  const pick = (low: number, main: number): number => (isLow && low > 0 ? low : main)
  if (side > 0) {
    return isHigh
      ? pick(trade.rsi_exit_ub_hi_profit_low_conf, trade.rsi_exit_ub_hi_profit)
      : pick(trade.rsi_exit_ub_lo_profit_low_conf, trade.rsi_exit_ub_lo_profit)
  }
  return isHigh
    ? pick(trade.rsi_exit_lb_hi_profit_low_conf, trade.rsi_exit_lb_hi_profit)
    : pick(trade.rsi_exit_lb_lo_profit_low_conf, trade.rsi_exit_lb_lo_profit)
}
