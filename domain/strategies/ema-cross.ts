/** EMA cross with an ATR stop: in the direction of the fast average, out when it crosses back, protected by a stop that only tightens. */
// Not here: the contract (strategy.ts), parameters with units (ema-cross-params.ts), rounding of orders (plan.ts).
import type { Side } from '#domain/events.ts'
import { type Atr, atrOf, atrValue, pushAtr } from '#domain/market/indicators/atr.ts'
import { type Ema, emaOf, pushEma } from '#domain/market/indicators/ema.ts'
import { roundAwayNumber } from '#domain/market/round-number.ts'
import { EmaCrossParams } from '#domain/strategies/ema-cross-params.ts'
import type { CandleStrategy, Intention, Move, StrategyInput } from '#domain/strategies/strategy.ts'

/** Smallest notional of an order at the venue, USD. */
const MIN_ORDER_USD = 10

export interface EmaCrossState {
  fast: Ema
  slow: Ema
  atr: Atr
  /** Candles left without entry. */
  cooldown: number
  /** Sign of the position at the last candle: a change to 0 that we did not decide was the stop. */
  held: -1 | 0 | 1
  /** True after an exit was decided, until the position is gone. */
  exiting: boolean
  /** Of the position held, USD per coin on the tick; null without one. */
  stopPx: number | null
}

const barsNeeded = (params: EmaCrossParams): number => Math.max(params.slow_bars, params.atr_bars + 1)

export const emaCross: CandleStrategy<EmaCrossParams, EmaCrossState> = {
  name: 'ema_cross',
  schema: EmaCrossParams,
  // Twice the window: an average seeded with one price has by then forgotten most of it.
  warmUpBars: (params) => 2 * barsNeeded(params),
  init: () => ({
    fast: emaOf(),
    slow: emaOf(),
    atr: atrOf(),
    cooldown: 0,
    held: 0,
    exiting: false,
    stopPx: null,
  }),
  observe(was, candle, params) {
    pushEma(was.fast, candle.close, params.fast_bars)
    pushEma(was.slow, candle.close, params.slow_bars)
    pushAtr(was.atr, candle, params.atr_bars)
    if (was.cooldown > 0) was.cooldown -= 1
    return was
  },
  decide(was, input, params) {
    const held = input.position > 0 ? 1 : input.position < 0 ? -1 : 0
    const atr = atrValue(was.atr, params.atr_bars)
    if (atr === null || was.slow.seen < barsNeeded(params)) {
      was.held = held
      return hold(was, 'WARMING_UP', 'WARMING_UP')
    }
    return held === 0 ? whenFlat(was, input, atr, params) : whenHolding(was, input, { atr, held }, params)
  },
  explain: (state, input, move, params) => ({
    reasons: [move.reason],
    gates: [],
    inputs: {
      open_ts: input.candle.openTs,
      close: input.candle.close,
      fast: state.fast.value,
      slow: state.slow.value,
      atr: atrValue(state.atr, params.atr_bars),
      bars: state.slow.seen,
      position_sz: input.position,
      stop_px: state.stopPx,
      bid: input.bid,
      ask: input.ask,
      cooldown: state.cooldown,
    },
  }),
  trend: (state) => trendOf(state),
  carryOver: ({ fast, slow, atr }, was) => ({ ...was, fast, slow, atr }),
}

/** +1 the fast average is above the slow one, −1 below, 0 equal. */
function trendOf({ fast, slow }: EmaCrossState): -1 | 0 | 1 {
  if (fast.value === slow.value) return 0
  return fast.value > slow.value ? 1 : -1
}

const NO_INTENTIONS: readonly Intention[] = []

const hold = (state: EmaCrossState, reason: string, gate = ''): Move<EmaCrossState> => ({
  state,
  kind: 'hold',
  reason,
  gate,
  intentions: NO_INTENTIONS,
  stopPx: state.stopPx,
  targetPx: null,
})

function whenFlat(
  state: EmaCrossState,
  input: StrategyInput,
  atr: number,
  params: EmaCrossParams,
): Move<EmaCrossState> {
  const left = state.held !== 0
  const exited = state.exiting
  state.held = 0
  state.exiting = false
  state.stopPx = null
  if (left) state.cooldown = params.cooldown_bars
  if (state.cooldown > 0) {
    // Held at the last candle and flat now without an exit of ours: the stop fired.
    const reason = !left ? 'COOLING_DOWN' : exited ? 'EXITED' : 'STOPPED_OUT'
    return hold(state, reason, 'COOLDOWN')
  }
  const trend = trendOf(state)
  if (trend === 0) return hold(state, 'NO_TREND', 'NO_TREND')
  const side: Side = trend > 0 ? 'buy' : 'sell'
  if ((side === 'buy' ? input.ask : input.bid) === null) return hold(state, 'NO_TOUCH', 'NO_TOUCH')
  if (params.order_usd < MIN_ORDER_USD) return hold(state, 'ORDER_TOO_SMALL', 'MIN_NOTIONAL')
  // The stop is decided with the entry, so that it can lie at the exchange the moment the entry is filled.
  state.stopPx = stopFor(input, trend, atr, params)
  const entry: Intention = {
    kind: 'entry',
    side,
    usd: params.order_usd,
    minUsd: MIN_ORDER_USD,
    maxUsd: null,
    bump: false,
    leverage: null,
    slippageBps: params.slippage_bps_max,
  }
  const reason = side === 'buy' ? 'EMA_UP' : 'EMA_DOWN'
  return {
    state,
    kind: 'enter',
    reason,
    gate: '',
    intentions: [entry],
    stopPx: state.stopPx,
    targetPx: null,
  }
}

function whenHolding(
  state: EmaCrossState,
  input: StrategyInput,
  { atr, held }: { atr: number; held: -1 | 1 },
  params: EmaCrossParams,
): Move<EmaCrossState> {
  const before = state.stopPx
  state.stopPx = tighter(state, held, stopFor(input, held, atr, params))
  state.held = held
  if (trendOf(state) === -held) {
    // Still `held`: if the exit does not fill, the next candle tries again; if it does, the flat branch starts the cooldown.
    state.exiting = (held > 0 ? input.bid : input.ask) !== null
    return {
      ...hold(state, held > 0 ? 'EMA_CROSS_DOWN' : 'EMA_CROSS_UP'),
      kind: 'exit',
      intentions: [{ kind: 'exit', slippageBps: params.slippage_bps_max }],
    }
  }
  if (state.stopPx === before) return hold(state, 'TREND_HOLDS')
  return { ...hold(state, 'STOP_TIGHTENED'), kind: 'move_stop' }
}

/** `stop_atr` ATRs behind the close, on the tick, rounded toward the market: never further away than asked. */
function stopFor(input: StrategyInput, side: -1 | 1, atr: number, params: EmaCrossParams): number | null {
  const distance = atr * params.stop_atr
  const px = input.candle.close - side * distance
  if (distance <= 0 || px <= 0) return null
  return roundAwayNumber(px, side > 0 ? 'sell' : 'buy', input.sizeDecimals) || null
}

function tighter(state: EmaCrossState, held: -1 | 1, wanted: number | null): number | null {
  if (state.stopPx === null || state.held === -held) return wanted
  if (wanted === null) return state.stopPx
  return (wanted - state.stopPx) * held > 0 ? wanted : state.stopPx
}
