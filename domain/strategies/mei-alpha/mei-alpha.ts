/** Strategy mei_alpha_v1: trend entries behind many gates, adds, part profits, and exits by stop, indicator and target. */
// Not here: its parts (signal, sizing, entry-gates, pyramid, exits), the record of a decision (explain.ts), its parameters (params.ts).
import { firstBit } from '#domain/strategies/mei-alpha/bits.ts'
import { ENTRY_GATES, entryGates } from '#domain/strategies/mei-alpha/entry-gates.ts'
import { type Exit, judgeExit } from '#domain/strategies/mei-alpha/exits.ts'
import { explain } from '#domain/strategies/mei-alpha/explain.ts'
import {
  entryTarget,
  onTick,
  openingOf,
  pendingEntry,
  priceOf,
  reasonOf,
  sizeOf,
} from '#domain/strategies/mei-alpha/opening.ts'
import { MeiAlphaParams, warmUpBars } from '#domain/strategies/mei-alpha/params.ts'
import { ADD_GATES, addGates, addUsd } from '#domain/strategies/mei-alpha/pyramid.ts'
import { pushCandle } from '#domain/strategies/mei-alpha/row.ts'
import { analyse } from '#domain/strategies/mei-alpha/signal.ts'
import { SIGNAL_GATES } from '#domain/strategies/mei-alpha/signal-gates.ts'
import { EXIT_REASONS } from '#domain/strategies/mei-alpha/smart-exits.ts'
import { better, type MeiAlphaState, noOrder, openState, settle } from '#domain/strategies/mei-alpha/state.ts'
import type {
  BarContext,
  CandleStrategy,
  Intention,
  Move,
  OpeningIntention,
  StrategyInput,
} from '#domain/strategies/strategy.ts'

type State = MeiAlphaState
type Params = MeiAlphaParams

const GUIDE = 'BTC'

export const meiAlpha: CandleStrategy<Params, State> = {
  name: 'mei_alpha_v1',
  schema: MeiAlphaParams,
  warmUpBars,
  contextCoins: ({ filters }) => (filters.require_btc_alignment ? [GUIDE] : []),
  init: openState,
  observe(was, candle, params) {
    was.coin = candle.coin
    pushCandle(was.row, was.own, candle, params)
    return was
  },
  decide(was, input, params) {
    settle(was, input)
    was.entryClosed = 0
    was.addClosed = 0
    was.exitReasons = 0
    const isWarm = was.row.bars >= was.coldBars
    if (isWarm) read(was, input, params)
    if (was.held.side !== 0) return whenHolding(was, input, params, isWarm)
    return isWarm ? whenFlat(was, input, params) : hold(was, 'WARMING_UP', 'WARMING_UP')
  },
  explain,
  rank(state, context, params) {
    if (state.row.bars < state.coldBars || state.held.side !== 0) return -1
    read(state, context, params)
    return state.signal.side === 0 ? -1 : state.signal.confidence * 100 + state.row.adx
  },
  trend({ row }) {
    if (row.emaFast <= 0 || row.emaSlow <= 0) return null
    return row.emaFast > row.emaSlow ? 1 : -1
  },
  leverage: ({ held }) => held.leverage,
  carryOver(fresh, was) {
    const { row, own, signal, coldBars, coin } = fresh
    return { ...was, row, own, signal, coldBars, coin }
  },
}

function read(state: State, context: BarContext, params: Params): void {
  const { btcBullish, breadthPct } = context
  analyse(state.signal, state.row, { isBtc: state.coin === GUIDE, btcBullish, breadthPct }, params)
}

const NOTHING: readonly Intention[] = []

const hold = (state: State, reason: string, gate = ''): Move<State> => ({
  state,
  kind: 'hold',
  reason,
  gate,
  intentions: NOTHING,
  stopPx: state.held.stopPx || null,
  targetPx: null,
})

function whenFlat(state: State, input: StrategyInput, params: Params): Move<State> {
  const { signal } = state
  if (signal.side === 0) return hold(state, 'NEUTRAL', neutralGate(state))
  const size = sizeOf(state, input, params)
  state.entryClosed = entryGates(state, input, size, input, params)
  if (state.entryClosed !== 0 || size === null) {
    return hold(state, reasonOf(state), firstBit(ENTRY_GATES, state.entryClosed))
  }
  const entry = openingOf(state, size, params)
  state.pending = pendingEntry(state, input, size.leverage, params)
  return {
    state,
    kind: 'enter',
    reason: reasonOf(state),
    gate: '',
    intentions: [entry],
    stopPx: state.pending.stopPx || null,
    targetPx: entryTarget(state, input, params),
  }
}

/** Of a bar without signal: the first gate closed for both sides, else the first of the side that the averages are on. */
function neutralGate({ signal, row }: State): string {
  const side = row.emaFast >= row.emaSlow ? signal.closedLong : signal.closedShort
  return firstBit(SIGNAL_GATES, signal.closed) || firstBit(SIGNAL_GATES, side)
}

function whenHolding(state: State, input: StrategyInput, params: Params, isWarm: boolean): Move<State> {
  const { held, row, signal } = state
  const exit = judgeExit(
    held,
    row,
    {
      coin: state.coin,
      nowTs: input.nowTs,
      price: priceOf(input),
      entryPx: input.entryPx,
      fundingRate: input.fundingRate,
      sizeDecimals: input.sizeDecimals,
      closedTs: state.closedTs,
      tpMult: isWarm ? signal.tpMult : params.trade.tp_atr_mult,
    },
    params,
    isWarm,
  )
  state.exitReasons = exit.reasons
  const before = held.stopPx
  held.stopPx = better(before, onTick(exit.stopPx, held.side, input), held.side)
  if (exit.action !== 'hold') return leave(state, exit, input, params)
  if (isWarm && signal.side === -held.side) return flip(state, input, params)
  if (isWarm && signal.side === held.side) {
    const add = tryAdd(state, input, params)
    if (add) return add
  }
  const target = params.target_at_exchange && !params.trade.enable_partial_tp ? exit.targetPx : null
  if (exit.blockedBy !== '') {
    const wanted = firstBit(EXIT_REASONS, exit.reasons) || 'HOLDING'
    return { ...hold(state, wanted, exit.blockedBy), targetPx: target }
  }
  const gate = state.addClosed === 0 ? '' : firstBit(ADD_GATES, state.addClosed)
  if (held.stopPx === before)
    return { ...hold(state, isWarm ? 'HOLDING' : 'WARMING_UP', gate), targetPx: target }
  return { ...hold(state, 'STOP_TIGHTENED', gate), kind: 'move_stop', targetPx: target }
}

function leave(state: State, exit: Exit, input: StrategyInput, { trade }: Params): Move<State> {
  const isPart = exit.action === 'reduce'
  state.pending = { ...noOrder(), kind: isPart ? 'reduce' : 'exit', ts: input.nowTs }
  const slippageBps = trade.slippage_bps
  return {
    ...hold(state, firstBit(EXIT_REASONS, exit.reasons)),
    kind: isPart ? 'reduce' : 'exit',
    intentions: [isPart ? { kind: 'reduce', sz: exit.reduceSz, slippageBps } : { kind: 'exit', slippageBps }],
  }
}

/** An opposite signal closes; with `flip: reverse` it also enters the other side, if every gate lets it. */
function flip(state: State, input: StrategyInput, params: Params): Move<State> {
  const { trade } = params
  const exit: Intention = { kind: 'exit', slippageBps: trade.slippage_bps }
  const size = params.flip === 'reverse' ? sizeOf(state, input, params) : null
  if (params.flip === 'reverse') {
    const own = (state.held.size * priceOf(input)) / state.held.leverage
    const load = { openPositions: input.openPositions - 1, marginUsedUsd: input.marginUsedUsd - own }
    state.entryClosed = entryGates(state, input, size, load, params)
  }
  if (size === null || state.entryClosed !== 0) {
    state.pending = { ...noOrder(), kind: 'exit', flip: true, ts: input.nowTs }
    return { ...hold(state, 'SIGNAL_FLIP'), kind: 'exit', intentions: [exit] }
  }
  const entry = openingOf(state, size, params)
  state.pending = { ...pendingEntry(state, input, size.leverage, params), flip: true }
  return {
    state,
    kind: 'flip',
    reason: 'SIGNAL_FLIP',
    gate: '',
    intentions: [exit, entry],
    stopPx: state.pending.stopPx || null,
    targetPx: entryTarget(state, input, params),
  }
}

function tryAdd(state: State, input: StrategyInput, params: Params): Move<State> | null {
  const { held, row } = state
  const { trade } = params
  state.addClosed = addGates(state, input, priceOf(input), params)
  if (state.addClosed !== 0) return null
  state.pending = { ...noOrder(), kind: 'add', side: held.side, atr: row.atr, ts: input.nowTs }
  const add: OpeningIntention = {
    kind: 'add',
    side: held.side > 0 ? 'buy' : 'sell',
    usd: addUsd(state, input, priceOf(input), params),
    minUsd: trade.min_notional_usd,
    maxUsd: trade.max_notional_usd_per_order,
    bump: trade.bump_to_min_notional,
    leverage: null,
    slippageBps: trade.slippage_bps,
  }
  return { ...hold(state, 'PYRAMID'), kind: 'add', intentions: [add] }
}
