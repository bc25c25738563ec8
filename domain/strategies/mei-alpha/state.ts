/** What mei_alpha_v1 remembers of one coin, and how it learns from the position alone what its orders have become. */
// Not here: indicators (row.ts), decisions (mei-alpha.ts).
import { coldBars, type MeiAlphaParams } from '#domain/strategies/mei-alpha/params.ts'
import { type Indicators, openIndicators, openRow, type Row } from '#domain/strategies/mei-alpha/row.ts'
import { openSignal } from '#domain/strategies/mei-alpha/signal.ts'
import type { Signal } from '#domain/strategies/mei-alpha/signal-gates.ts'
import type { StrategyInput } from '#domain/strategies/strategy.ts'

/** An entry, add, reduction or exit that was decided; whether it was filled shows at the next bar. */
export interface PendingOrder {
  kind: 'none' | 'entry' | 'add' | 'reduce' | 'exit'
  side: number
  atr: number
  confidence: number
  threshold: number
  leverage: number
  reversed: boolean
  /** Of an exit: decided because of an opposite signal. */
  flip: boolean
  ts: number
  /** Of an entry: where its stop was decided to lie, USD per coin; 0 for none. */
  stopPx: number
}

/** Context of the position held; meaningless while `side` is 0. */
export interface Held {
  side: number
  /** Coins, unsigned, as last seen. */
  size: number
  entryAtr: number
  /** 0 low, 1 medium, 2 high. */
  confidence: number
  /** ADX below which the trend is exhausted; 0 for none. */
  threshold: number
  leverage: number
  reversed: boolean
  /** True once the averages were on the position's side: a reversed entry begins against them. */
  aligned: boolean
  /** When it was opened; 0 for unknown, as with a position that somebody else opened. */
  openTs: number
  /** USD per coin; 0 for none. */
  trailing: number
  breakEven: boolean
  adds: number
  lastAddTs: number
  tp1: boolean
  /** Where the stop lies at the exchange, USD per coin; 0 for none. It only moves in the position's favour. */
  stopPx: number
}

export interface MeiAlphaState {
  coin: string
  /** Bars before which nothing is traded. */
  coldBars: number
  row: Row
  own: Indicators
  signal: Signal
  held: Held
  pending: PendingOrder
  /** The last full close: when, of which side, and whether a flip did it. */
  closedTs: number
  closedSide: number
  closedByFlip: boolean
  lastEntryTs: number
  /** Bits of the last decision, for its explanation. */
  entryClosed: number
  addClosed: number
  exitReasons: number
}

export const noOrder = (): PendingOrder => ({
  kind: 'none',
  side: 0,
  atr: 0,
  confidence: 0,
  threshold: 0,
  leverage: 1,
  reversed: false,
  flip: false,
  ts: 0,
  stopPx: 0,
})

export const notHeld = (): Held => ({
  side: 0,
  size: 0,
  entryAtr: 0,
  confidence: 0,
  threshold: 0,
  leverage: 1,
  reversed: false,
  aligned: false,
  openTs: 0,
  trailing: 0,
  breakEven: false,
  adds: 0,
  lastAddTs: 0,
  tp1: false,
  stopPx: 0,
})

export const openState = (params: MeiAlphaParams): MeiAlphaState => ({
  coin: '',
  coldBars: coldBars(params),
  row: openRow(),
  own: openIndicators(params),
  signal: openSignal(),
  held: notHeld(),
  pending: noOrder(),
  closedTs: 0,
  closedSide: 0,
  closedByFlip: false,
  lastEntryTs: 0,
  entryClosed: 0,
  addClosed: 0,
  exitReasons: 0,
})

/** Sizes closer than this, relative, are the same: positions come as decimals. */
const SAME = 1e-9

/** What became of the position since the last decision. */
export type Change = 'none' | 'opened' | 'closed' | 'stopped' | 'grown' | 'shrunk'

/** Compares the position with what is remembered, takes over what was filled, and forgets the pending order. */
export function settle(state: MeiAlphaState, input: StrategyInput): Change {
  const { held, pending } = state
  const side = input.position > 0 ? 1 : input.position < 0 ? -1 : 0
  const size = Math.abs(input.position)
  const change = changeOf(held, side, size, pending)
  if (held.side !== 0 && side !== held.side) close(state, input.nowTs)
  if (side !== 0 && side !== held.side) open(state, side, size)
  if (change === 'grown') grow(state, size, input.nowTs)
  // The part of the profit is taken once it was filled, not when it was wished for.
  if (change === 'shrunk' && pending.kind === 'reduce') {
    held.tp1 = true
    held.trailing = better(held.trailing, input.entryPx, held.side)
  }
  held.size = size
  if (!input.pending && pending.kind !== 'none') state.pending.kind = 'none'
  return change
}

function changeOf(held: Held, side: number, size: number, pending: PendingOrder): Change {
  if (held.side === 0) return side === 0 ? 'none' : 'opened'
  if (side !== held.side) return pending.kind === 'exit' || pending.flip ? 'closed' : 'stopped'
  if (size > held.size * (1 + SAME)) return 'grown'
  return size < held.size * (1 - SAME) ? 'shrunk' : 'none'
}

function close(state: MeiAlphaState, nowTs: number): void {
  const { held, pending } = state
  const decided = pending.kind === 'exit' || pending.flip
  // An exit of ours was filled when it was decided; a stop some time within the bar, at the latest now.
  state.closedTs = decided ? pending.ts : nowTs
  state.closedSide = held.side
  state.closedByFlip = decided && pending.flip
  Object.assign(held, NOT_HELD)
}

const NOT_HELD = notHeld()

function open(state: MeiAlphaState, side: number, size: number): void {
  const { held, pending, row } = state
  const ours = pending.kind === 'entry' && pending.side === side
  held.side = side
  held.size = size
  held.entryAtr = ours ? pending.atr : row.atr
  held.confidence = ours ? pending.confidence : 0
  held.threshold = ours ? pending.threshold : 0
  held.leverage = ours ? pending.leverage : 1
  held.reversed = ours && pending.reversed
  held.openTs = ours ? pending.ts : 0
  held.stopPx = ours ? pending.stopPx : 0
  if (ours) state.lastEntryTs = pending.ts
}

function grow(state: MeiAlphaState, size: number, nowTs: number): void {
  const { held, pending, row } = state
  const ours = pending.kind === 'add'
  const added = size - held.size
  const atr = ours ? pending.atr : row.atr
  held.entryAtr = (held.entryAtr * held.size + atr * added) / size
  if (!ours) return
  held.adds += 1
  held.lastAddTs = pending.ts || nowTs
  held.tp1 = false
  state.lastEntryTs = held.lastAddTs
}

/** The stop that is nearer to the market; 0 is none. */
export function better(a: number, b: number, side: number): number {
  if (a === 0 || b === 0) return a || b
  return side > 0 ? Math.max(a, b) : Math.min(a, b)
}
