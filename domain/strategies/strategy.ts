/** The contract of strategies on candles: a pure step from state, candle and standing to the next state, a reasoned decision and its orders. */
// Not here: who calls it (domain/session/control-candles.ts), how orders get their identity (domain/ids.ts) and are sent.
import type { Side } from '#domain/events.ts'
import type { Decimal } from '#domain/fixed-point.ts'
import type { ClosedCandle, Decision, TimeInForce } from '#domain/session/types.ts'

/** What a strategy may know besides its candles; all of it is in the snapshot that history keeps. */
export interface Standing {
  /** Signed coins. */
  positionSz: Decimal
  entryPx: Decimal
  bid: Decimal | null
  ask: Decimal | null
  sizeDecimals: number
}

/** An order as wanted; the coordinator names it. `leg` tells two orders of one decision apart. */
export interface OrderPlan {
  coin: string
  side: Side
  px: Decimal
  sz: Decimal
  tif: TimeInForce
  reduce_only: boolean
  purpose: 'entry' | 'exit'
  leg: number
}

/** A decision before the coordinator numbers and stamps it. */
export type Verdict = Pick<Decision, 'kind' | 'reason' | 'gate' | 'inputs'>

export interface CandleStep<State> {
  state: State
  verdict: Verdict
  orders: readonly OrderPlan[]
  /** Where the protective stop has to lie while a position is held; null for none. */
  stopPx: Decimal | null
}

export interface CandleStrategy<Params, State> {
  name: string
  /** How many closed candles it wants to see before its first decision. */
  warmUpBars(params: Params): number
  init(): State
  step(was: State, candle: ClosedCandle, standing: Standing, params: Params): CandleStep<State>
}
