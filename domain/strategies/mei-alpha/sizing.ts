/** How much mei_alpha_v1 wants: margin from equity, confidence, ADX and volatility, and the leverage on it. */
// Not here: lots and the venue's smallest order (domain/strategies/plan.ts), the cap on all margin (entry-gates.ts).
import type { MeiAlphaParams } from '#domain/strategies/mei-alpha/params.ts'
import type { TradeParams } from '#domain/strategies/mei-alpha/params-trade.ts'
import { HIGH, MEDIUM } from '#domain/strategies/mei-alpha/signal.ts'

/** What a size is made from. */
export interface SizeFacts {
  equityUsd: number
  price: number
  /** 0 low, 1 medium, 2 high. */
  confidence: number
  /** USD per coin; 0 while unknown. */
  atr: number
  /** null while unknown. */
  adx: number | null
  /** Largest leverage the venue allows at a notional; null where it says nothing. */
  leverageLimit: ((notionalUsd: number) => number | null) | null
}

export interface Size {
  marginUsd: number
  leverage: number
  notionalUsd: number
}

/** Margin, leverage and notional of an entry. Source: the engine's sizing rule. */
export function sizeEntry(facts: SizeFacts, params: MeiAlphaParams): Size {
  const { trade } = params
  const marginUsd = Math.max(
    facts.equityUsd * trade.allocation_pct * scalars(facts, params),
    trade.min_margin_usd,
  )
  const leverage = leverageFor(facts.confidence, trade)
  const limit = facts.leverageLimit?.(marginUsd * leverage) ?? null
  const allowed = limit !== null && limit < leverage ? Math.max(1, limit) : leverage
  return { marginUsd, leverage: allowed, notionalUsd: marginUsd * allowed }
}

/** Margin of an add, USD: a fraction of an entry's, with the same factors. */
export function sizeAdd(facts: SizeFacts, params: MeiAlphaParams): number {
  const { trade } = params
  const part = facts.equityUsd * trade.allocation_pct * trade.add_fraction_of_base_margin
  return Math.max(part * scalars(facts, params), trade.min_margin_usd)
}

function scalars(facts: SizeFacts, { trade, thresholds }: MeiAlphaParams): number {
  let factor = 1
  if (trade.enable_dynamic_sizing) {
    factor *= confidenceFactor(facts.confidence, trade)
    const least = thresholds.entry.min_adx
    const full = trade.adx_sizing_full_adx
    if (facts.adx !== null && full > least) {
      const u = Math.min(Math.max((facts.adx - least) / (full - least), 0), 1)
      factor *= trade.adx_sizing_min_mult + u * (1 - trade.adx_sizing_min_mult)
    }
  }
  if (facts.atr <= 0) return factor
  const calm = (facts.price * trade.vol_baseline_pct) / facts.atr
  return factor * Math.min(Math.max(calm, trade.vol_scalar_min), trade.vol_scalar_max)
}

function confidenceFactor(confidence: number, trade: TradeParams): number {
  if (confidence >= HIGH) return trade.confidence_mult_high
  return confidence === MEDIUM ? trade.confidence_mult_medium : trade.confidence_mult_low
}

/** At least 1, at most the cap. */
export function leverageFor(confidence: number, trade: TradeParams): number {
  let leverage = trade.leverage
  if (trade.enable_dynamic_leverage) {
    if (confidence >= HIGH) leverage = trade.leverage_high
    else leverage = confidence === MEDIUM ? trade.leverage_medium : trade.leverage_low
  }
  if (trade.leverage_max_cap > 0) leverage = Math.min(leverage, trade.leverage_max_cap)
  return Math.max(leverage, 1)
}
