/** All exits of one coin in one pass, in the order of their claim: take profit, over-cap, bailout, flattening at start. They run whatever quoting does. */
// Not here: the machines (take-profit.ts, bailout.ts, flatten.ts), sending (domain/session/maker-exits.ts), portfolio rules (portfolio.ts).
import type { Side } from '#domain/events.ts'
import { absE8, type FixedE8 } from '#domain/fixed-point.ts'
import { floorSize } from '#domain/market/instrument.ts'
import type { Touch } from '#domain/market/order-book.ts'
import { type BailoutState, noBailout, stepBailout } from '#domain/strategies/maker/exits/bailout.ts'
import { flattenChunk, isOverCap } from '#domain/strategies/maker/exits/flatten.ts'
import { idle, stepTakeProfit, type TakeProfitState } from '#domain/strategies/maker/exits/take-profit.ts'
import type { CoinParams } from '#domain/strategies/maker/params.ts'
import type { EpochMs } from '#domain/time.ts'

/** A reduce-only order that an exit wants, × 1e8. */
export interface ExitOrder {
  side: Side
  pxE8: FixedE8
  szE8: FixedE8
  tif: 'ioc' | 'alo'
}

export interface ExitFacts {
  ts: EpochMs
  touch: Touch | null
  /** Signed coins × 1e8, and the average entry, USD × 1e8. */
  positionE8: FixedE8
  entryPxE8: FixedE8
  sizeDecimals: number
  takerBps: number
  /** True while own quotes of the coin may rest. */
  quotesOpen: boolean
  /** How the last exit order stands: `working` while it rests, is on its way or its fills are not told. */
  last: { phase: 'none' | 'working' | 'done'; reject: 'rate' | 'price' | 'other' | null }
  killed: boolean
}

/** Plain JSON: it travels in the checkpoint, so that a new segment goes on where the old one stood. */
export interface ExitState {
  takeProfit: TakeProfitState
  bailout: BailoutState
  /** True until the position found at start is closed. */
  flattening: boolean
  flattenTs: EpochMs
}

export const firstExits = (flattenOnStart: boolean): ExitState => ({
  takeProfit: idle,
  bailout: noBailout,
  flattening: flattenOnStart,
  flattenTs: 0,
})

export interface ExitStep {
  state: ExitState
  order: ExitOrder | null
  /** A passive exit order has to be cancelled. */
  cancel: boolean
  /** Why no quotes may be shown; null for free. */
  blocked: string | null
  /** What happened, for the journal. */
  events: readonly string[]
}

export function stepExits(was: ExitState, facts: ExitFacts, params: CoinParams): ExitStep {
  const profit = stepTakeProfit(was.takeProfit, facts, params)
  const state = { ...was, takeProfit: profit.state }
  const events = profit.event === null ? [] : [profit.event]
  if (facts.killed) return { state, order: null, cancel: profit.cancel, blocked: 'KILLED', events }
  if (profit.state.phase !== 'IDLE') {
    const blocked = `TAKE_PROFIT_${profit.state.phase}`
    return { state, order: profit.order, cancel: profit.cancel, blocked, events }
  }
  if (isOverCap(facts, params)) return flatten(state, facts, params, 'OVER_CAP', events)
  const bail = stepBailout(was.bailout, facts, params)
  const bailed = { ...state, bailout: bail.state }
  if (bail.event !== null) events.push(bail.event)
  const paused = facts.ts < bail.state.pausedUntilTs
  if (bail.order !== null || paused) {
    return { state: bailed, order: bail.order, cancel: false, blocked: 'BAILOUT', events }
  }
  if (!was.flattening) return { state: bailed, order: null, cancel: false, blocked: null, events }
  if (floorSize(absE8(facts.positionE8), facts.sizeDecimals) === 0n) {
    const done = { ...bailed, flattening: false }
    return { state: done, order: null, cancel: false, blocked: null, events: [...events, 'flat at start'] }
  }
  return flatten(bailed, facts, params, 'FLATTEN_ON_START', events)
}

function flatten(
  state: ExitState,
  facts: ExitFacts,
  params: CoinParams,
  blocked: string,
  events: readonly string[],
): ExitStep {
  const waits = facts.ts - state.flattenTs < params.ioc_throttle_ms || facts.last.phase === 'working'
  const order = waits ? null : flattenChunk(facts, params)
  const next = order === null ? state : { ...state, flattenTs: facts.ts }
  return { state: next, order, cancel: false, blocked, events }
}
