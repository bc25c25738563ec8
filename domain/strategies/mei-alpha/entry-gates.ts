/** What may still stop a signal of mei_alpha_v1 before it becomes an entry: confidence, cool-downs, filters, budget, margin. */
// Not here: the gates of the signal itself (signal.ts), the account's limits (domain/risk).
import type { MeiAlphaParams } from '#domain/strategies/mei-alpha/params.ts'
import type { TradeParams } from '#domain/strategies/mei-alpha/params-trade.ts'
import type { Row } from '#domain/strategies/mei-alpha/row.ts'
import { rankOf } from '#domain/strategies/mei-alpha/signal.ts'
import type { Signal } from '#domain/strategies/mei-alpha/signal-gates.ts'
import type { Size } from '#domain/strategies/mei-alpha/sizing.ts'
import type { MeiAlphaState } from '#domain/strategies/mei-alpha/state.ts'
import type { StrategyInput } from '#domain/strategies/strategy.ts'

/** In the order in which the first one that stops is named. */
export const ENTRY_GATES = {
  CONFIDENCE: 1,
  MAX_OPEN_POSITIONS: 2,
  REENTRY_COOLDOWN: 4,
  SSF: 8,
  REEF: 16,
  ENTRY_COOLDOWN: 32,
  ENTRY_BUDGET: 64,
  NO_EQUITY: 128,
  MARGIN_CAP: 256,
  MIN_NOTIONAL: 512,
} as const

/** What the account carries at this moment, the position that a flip closes left out. */
export interface Load {
  openPositions: number
  marginUsedUsd: number
}

/** All gates that are closed for this entry, as bits. */
export function entryGates(
  state: MeiAlphaState,
  input: StrategyInput,
  size: Size | null,
  load: Load,
  params: MeiAlphaParams,
): number {
  const { row, signal } = state
  const { trade } = params
  let closed = 0
  if (signal.confidence < rankOf(trade.entry_min_confidence)) closed |= ENTRY_GATES.CONFIDENCE
  if (trade.max_open_positions > 0 && load.openPositions >= trade.max_open_positions) {
    closed |= ENTRY_GATES.MAX_OPEN_POSITIONS
  }
  if (isTooEarly(state, input.nowTs, trade)) closed |= ENTRY_GATES.REENTRY_COOLDOWN
  if (trade.enable_ssf_filter && row.hist * signal.side < 0) closed |= ENTRY_GATES.SSF
  if (trade.enable_reef_filter && isOverextended(row, signal, trade)) closed |= ENTRY_GATES.REEF
  closed |= rateGates(state, input, trade)
  if (size === null) return closed | ENTRY_GATES.NO_EQUITY
  const cap = (input.equityUsd ?? 0) * trade.max_total_margin_pct
  if (load.marginUsedUsd + size.marginUsd > cap) closed |= ENTRY_GATES.MARGIN_CAP
  if (size.notionalUsd < trade.min_notional_usd && !trade.bump_to_min_notional) {
    closed |= ENTRY_GATES.MIN_NOTIONAL
  }
  return closed
}

/** Cool-down of the coin and budget of the bar: for entries and adds alike. */
export function rateGates(state: MeiAlphaState, input: StrategyInput, trade: TradeParams): number {
  let closed = 0
  const since = input.nowTs - state.lastEntryTs
  if (state.lastEntryTs > 0 && since < trade.entry_cooldown_s * 1_000) closed |= ENTRY_GATES.ENTRY_COOLDOWN
  const budget = trade.max_entry_orders_per_loop
  if (budget > 0 && input.entriesThisBar >= budget) closed |= ENTRY_GATES.ENTRY_BUDGET
  return closed
}

/** Minutes without a new entry of the same side after a close: few in a strong trend, many in a weak one. */
export function reentryMinutes(adx: number, trade: TradeParams): number {
  const { reentry_cooldown_min_mins: least, reentry_cooldown_max_mins: most } = trade
  if (adx >= 40) return least
  if (adx <= 25) return most
  return most + ((adx - 25) / 15) * (least - most)
}

function isTooEarly({ row, signal, ...state }: MeiAlphaState, nowTs: number, trade: TradeParams): boolean {
  if (trade.reentry_cooldown_minutes <= 0 || state.closedTs === 0) return false
  if (state.closedByFlip || state.closedSide !== signal.side) return false
  return nowTs - state.closedTs < reentryMinutes(row.adx, trade) * 60_000
}

/** RSI limits of an entry: the extreme ones in a strong trend. One function for gate and record. */
export function reefLimits(adx: number, trade: TradeParams): { long: number; short: number } {
  return adx >= trade.reef_adx_threshold
    ? { long: trade.reef_long_rsi_extreme_gt, short: trade.reef_short_rsi_extreme_lt }
    : { long: trade.reef_long_rsi_block_gt, short: trade.reef_short_rsi_block_lt }
}

function isOverextended(row: Row, signal: Signal, trade: TradeParams): boolean {
  const isExtreme = row.adx >= trade.reef_adx_threshold
  return signal.side > 0
    ? row.rsi > (isExtreme ? trade.reef_long_rsi_extreme_gt : trade.reef_long_rsi_block_gt)
    : row.rsi < (isExtreme ? trade.reef_short_rsi_extreme_lt : trade.reef_short_rsi_block_lt)
}
