/** How a signal of mei_alpha_v1 becomes an order: price, size, stop and target of what would be opened, and the reason it is given. */
// Not here: whether it may (entry-gates.ts), when it is asked (mei-alpha.ts).
import { roundAwayNumber } from '#domain/market/round-number.ts'
import type { MeiAlphaParams } from '#domain/strategies/mei-alpha/params.ts'
import { type Size, sizeEntry } from '#domain/strategies/mei-alpha/sizing.ts'
import { type MeiAlphaState, noOrder } from '#domain/strategies/mei-alpha/state.ts'
import type { OpeningIntention, StrategyInput } from '#domain/strategies/strategy.ts'

type State = MeiAlphaState
type Params = MeiAlphaParams

/** The mid, else the mark, else the close. */
export function priceOf({ bid, ask, markPx, candle }: StrategyInput): number {
  if (bid !== null && ask !== null) return (bid + ask) / 2
  return markPx ?? candle.close
}

const REASONS = ['NEUTRAL', 'TREND', 'PULLBACK', 'SLOW_DRIFT'].map((mode) => [
  [`${mode}_SELL_LOW`, `${mode}_SELL_MEDIUM`, `${mode}_SELL_HIGH`],
  [`${mode}_BUY_LOW`, `${mode}_BUY_MEDIUM`, `${mode}_BUY_HIGH`],
])

/** e.g. TREND_BUY_MEDIUM. */
export function reasonOf({ signal }: State): string {
  return REASONS[signal.mode]?.[signal.side > 0 ? 1 : 0]?.[signal.confidence] ?? 'NEUTRAL'
}

/** null without a known equity. */
export function sizeOf(state: State, input: StrategyInput, params: Params): Size | null {
  const { equityUsd, leverageMax } = input
  if (equityUsd === null || equityUsd <= 0) return null
  const { row, signal } = state
  const leverageLimit = leverageMax === null ? null : () => leverageMax
  const facts = {
    equityUsd,
    price: priceOf(input),
    confidence: signal.confidence,
    atr: row.atr,
    adx: row.adx,
  }
  return sizeEntry({ ...facts, leverageLimit }, params)
}

/** The intention that enters. */
export function openingOf({ signal }: State, size: Size, { trade }: Params): OpeningIntention {
  return {
    kind: 'entry',
    side: signal.side > 0 ? 'buy' : 'sell',
    usd: size.notionalUsd,
    minUsd: trade.min_notional_usd,
    maxUsd: trade.max_notional_usd_per_order,
    bump: true,
    leverage: size.leverage,
    slippageBps: trade.slippage_bps,
  }
}

/** What the position will be, should the entry be filled; its stop is decided with it. */
export function pendingEntry(
  state: State,
  input: StrategyInput,
  leverage: number,
  params: Params,
): State['pending'] {
  const { row, signal } = state
  const { trade } = params
  const multiple = row.adx > 45 ? 1.1 * trade.sl_atr_mult : trade.sl_atr_mult
  const stop = priceOf(input) - signal.side * multiple * row.atr
  return {
    ...noOrder(),
    kind: 'entry',
    side: signal.side,
    atr: row.atr,
    confidence: signal.confidence,
    threshold: signal.threshold,
    leverage,
    reversed: signal.reversed,
    ts: input.nowTs,
    stopPx: onTick(stop, signal.side, input),
  }
}

/** Where the target would rest at the exchange; null where it does not. */
export function entryTarget({ row, signal }: State, input: StrategyInput, params: Params): number | null {
  if (!params.target_at_exchange || params.trade.enable_partial_tp) return null
  return priceOf(input) + signal.side * signal.tpMult * row.atr
}

/** A stop on the tick, rounded toward the market; 0 for none. */
export function onTick(px: number, side: number, { sizeDecimals }: StrategyInput): number {
  return px > 0 ? roundAwayNumber(px, side > 0 ? 'sell' : 'buy', sizeDecimals) : 0
}
