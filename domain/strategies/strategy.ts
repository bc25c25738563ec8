/** The contract of strategies on candles: what they may know, what they answer, and the five functions that make one. */
// Not here: rounding, order names and the gates of account and venue (plan.ts, step.ts, domain/session/control-candles.ts).
import type { ZodType } from 'zod'
import type { Side } from '#domain/events.ts'
import type { Decimal } from '#domain/fixed-point.ts'
import type { ClosedCandle, Decision, GateReading, TimeInForce } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'

/** What the caller knows of one coin; all of it is in the snapshot that history keeps. Absent facts are unknown, never zero. */
export interface Standing {
  /** Signed coins. */
  positionSz: Decimal
  entryPx: Decimal
  bid: Decimal | null
  ask: Decimal | null
  sizeDecimals: number
  markPx?: Decimal | null
  oraclePx?: Decimal | null
  /** Hourly, as a fraction: 0.0000125 means that longs pay 0.00125 % of the notional an hour. */
  fundingRate?: number | null
  /** Largest leverage that the venue allows for the coin. */
  leverageMax?: number | null
  /** An opening order of this coin is on its way, resting, or of unknown fate: nothing new is opened. */
  pending?: boolean
  /** The coin's prices are too old to open anything on them. */
  stale?: boolean
}

/** What guides all coins of a session at one bar. */
export interface BarContext {
  /** BTC's close is above its EMA(50); null while unknown. */
  btcBullish: boolean | null
  /** Share of coins whose trend points up, percent; null while unknown. */
  breadthPct: number | null
}

/** The same in the numbers that a decision computes with, and what is shared by all coins of the session. */
export interface StrategyInput extends BarContext {
  candle: ClosedCandle
  /** End of the candle: the decision's own time, equal in live, backtest and replay. */
  nowTs: EpochMs
  /** Signed coins. */
  position: number
  entryPx: number
  bid: number | null
  ask: number | null
  markPx: number | null
  oraclePx: number | null
  fundingRate: number | null
  sizeDecimals: number
  leverageMax: number | null
  pending: boolean
  stale: boolean
  /** Of the account, USD; null while unknown. */
  equityUsd: number | null
  /** Coins held by the session, and those that were just decided on in this bar. */
  openPositions: number
  /** Margin behind them, USD: notional at mark / leverage. */
  marginUsedUsd: number
  /** Entries and adds already decided in this bar, all coins. */
  entriesThisBar: number
}

/** Opens or enlarges. `usd` is raised to `minUsd` with `bump` and lowered to `maxUsd`; below `minUsd` without `bump` it is refused. */
export interface OpeningIntention {
  kind: 'entry' | 'add'
  side: Side
  usd: number
  minUsd: number
  maxUsd: number | null
  bump: boolean
  /** To be set at the venue before the order; null leaves what is set. */
  leverage: number | null
  slippageBps: number
}

/** Closes `sz` coins of the position (`reduce`, never more than all of it), or the whole of it to the last lot (`exit`). */
export type ClosingIntention =
  | { kind: 'reduce'; sz: number; slippageBps: number }
  | { kind: 'exit'; slippageBps: number }

/** What a strategy wants done; sizes and prices are made exact by plan.ts, orders get their names from the coordinator. */
export type Intention = OpeningIntention | ClosingIntention

/** What `decide` answers. `reason` is the first of `reasons`; `gate` the first gate that stopped an entry, or ''. */
export interface Move<State> {
  state: State
  kind: 'enter' | 'add' | 'reduce' | 'exit' | 'flip' | 'hold' | 'move_stop'
  reason: string
  gate: string
  /** In the order in which they are to be sent: a flip is an exit, then an entry. */
  intentions: readonly Intention[]
  /** Where the protective stop has to lie at the venue while a position is held, USD per coin; null for none. */
  stopPx: number | null
  /** Where a reduce-only take-profit order has to lie at the venue; null where the strategy watches its target itself. */
  targetPx: number | null
}

/** Why a move was made, in full: only asked for where it is stored, so a sweep does not pay for it. */
export interface Explanation {
  /** Every reason that held, the deciding one first. */
  reasons: readonly string[]
  /** Every gate with its number and its limit, passed or not. */
  gates: readonly GateReading[]
  inputs: Decision['inputs']
}

/**
 * A strategy. All functions are pure: no clock, no randomness, no IO; time is `nowTs`. A state is plain JSON (no NaN, no Infinity, no
 * undefined) and is handed over: `observe` and `decide` may change `was` and give it back, so the caller must not use it again.
 */
export interface CandleStrategy<Params, State> {
  name: string
  /** Every parameter with unit, range and default. Contains `strategy` (the name) and `interval`. */
  schema: ZodType<Params>
  /** How many closed candles it wants to see before its first decision. */
  warmUpBars(params: Params): number
  /** Coins whose candles it reads without trading them, e.g. BTC as a guide. */
  contextCoins?(params: Params): readonly string[]
  init(params: Params): State
  /** Takes one closed candle into the indicators. Called for each candle once, in order, during warm-up and over gaps too. */
  observe(was: State, candle: ClosedCandle, params: Params): State
  /** Decides on the candle that was observed last. */
  decide(was: State, input: StrategyInput, params: Params): Move<State>
  /** The facts and reasons behind the move that `decide` just gave. Without it the record holds the reason alone. */
  explain?(state: State, input: StrategyInput, move: Move<State>, params: Params): Explanation
  /**
   * Parameters have changed: the averages of `fresh`, which has seen the past with the new ones, and what `was` remembers of the open
   * position. Without it a change of parameters makes the strategy forget how it came into its position.
   */
  carryOver?(fresh: State, was: State, params: Params): State
  /** Among coins without position, larger goes first; equal ones by name. */
  rank?(state: State, context: BarContext, params: Params): number
  /** +1 up, −1 down, 0 neither, null unknown: what the breadth of the market is counted from. */
  trend?(state: State): -1 | 0 | 1 | null
  /** Leverage of the position held, for the margin in use; 1 without it. */
  leverage?(state: State): number
}

/** An order as wanted; the coordinator names it. `leg` tells two orders of one decision apart. */
export interface OrderPlan {
  coin: string
  side: Side
  px: Decimal
  sz: Decimal
  tif: TimeInForce
  reduce_only: boolean
  purpose: 'entry' | 'add' | 'reduce' | 'exit'
  /** Position of the order in its decision: 0 an entry or add, 1 an exit or reduction. */
  leg: number
  /** To be set at the venue first; absent leaves what is set. */
  leverage?: number
}

/** A decision before the coordinator numbers and stamps it. */
export type Verdict = Pick<Decision, 'kind' | 'reason' | 'gate' | 'inputs' | 'reasons' | 'gates'>

/** One coin's step as the coordinator gets it: exact decimals, on tick and lot. */
export interface CandleStep<State = unknown> {
  state: State
  verdict: Verdict
  orders: readonly OrderPlan[]
  /** Where the protective stop has to lie while a position is held; null for none. */
  stopPx: Decimal | null
  /** Where a reduce-only take-profit order for the whole position has to lie; null for none. */
  targetPx: Decimal | null
}
