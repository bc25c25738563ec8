/** The contract of maker strategies: a pure step from state, market facts, inventory and knobs to the quotes of one coin, with the reason. */
// Not here: keeping quotes at the venue (domain/session/segment-maker.ts), exits (domain/strategies/maker/exits), the risk gate.
import type { Side } from '#domain/events.ts'
import type { FixedE8 } from '#domain/fixed-point.ts'
import type { Touch } from '#domain/market/order-book.ts'
import type { SessionLimits, TouchParams } from '#domain/session/input.ts'
import { microprice } from '#domain/strategies/maker/microprice.ts'
import type { CoinParams } from '#domain/strategies/maker/params.ts'
import { spread } from '#domain/strategies/maker/spread.ts'
import { firstState, type MakerState } from '#domain/strategies/maker/state.ts'
import type { Verdict } from '#domain/strategies/strategy.ts'
import { planQuotes as planTouch, type Quote } from '#domain/strategies/touch-maker.ts'
import type { EpochMs } from '#domain/time.ts'

export type { Quote } from '#domain/strategies/touch-maker.ts'

/** Everything a pass may know. Nothing in it is looked up later, so that live, simulator and replay decide alike. */
export interface MakerFacts {
  coin: string
  ts: EpochMs
  /** The market's touch without our own quotes (market-touch.ts); null while a side is empty, or locked or crossed. */
  touch: Touch | null
  /** Coins × 1e8 at the best bid and ask, own quotes left out. */
  bidSzE8: FixedE8
  askSzE8: FixedE8
  /** Milliseconds since the last frame. */
  ageMs: number
  /** What the risk gate values a position at, USD × 1e8; null while unknown. */
  markE8: FixedE8 | null
  /** Signed coins × 1e8. */
  positionE8: FixedE8
  sizeDecimals: number
  accountStreamUp: boolean
  closeOnly: boolean
  /** Own fills since the last pass. */
  fills: readonly { side: Side; maker: boolean; ts: EpochMs }[]
  /** The account's fee rates, basis points; a rebate is negative. */
  fees: { makerBps: number; takerBps: number }
  portfolio: PortfolioFacts
  /** What session PnL decided (domain/session-pnl/mode.ts); null leaves the knobs alone. */
  mode: { distanceBps: number; levels: number } | null
  /** Why no new quotes may be shown now, from exits, pauses and budgets; null for free. */
  blocked: string | null
  /** False while the request budget is low: then quotes are not improved. */
  mayImprove: boolean
}

/** The session beside this coin. */
export interface PortfolioFacts {
  /** USD that the other coins hold and might come to hold through what rests. */
  otherGrossUsd: number
  maxGrossUsd: number
  /** What free collateral allows on one side of this coin, USD; null for no cap. */
  marginUsdMax: number | null
}

/** The quotes of one coin, best level first. Prices and sizes are valid at the venue, and no own bid reaches an own ask. */
export interface MakerPlan {
  bids: readonly Quote[]
  asks: readonly Quote[]
  verdict: Verdict
}

export interface MakerStep {
  state: MakerState
  plan: MakerPlan
}

/** One maker strategy: everything that differs between ideas of a fair price. */
export type MakerStrategy = (
  was: MakerState,
  facts: MakerFacts,
  params: CoinParams,
  limits: SessionLimits,
) => MakerStep

const STRATEGIES: Readonly<Record<CoinParams['strategy'], MakerStrategy>> = { spread, microprice }

export const initMaker = (): MakerState => firstState()

/** What should rest for this coin now. Without a trustworthy picture of market and account: nothing, and the gate says why. */
export function planQuotes(
  was: MakerState,
  facts: MakerFacts,
  params: CoinParams | TouchParams,
  limits: SessionLimits,
): MakerStep {
  if (params.strategy !== 'touch') return STRATEGIES[params.strategy](was, facts, params, limits)
  const { bid, ask, verdict } = planTouch(facts, params, limits)
  return { state: was, plan: { bids: bid ? [bid] : [], asks: ask ? [ask] : [], verdict } }
}
