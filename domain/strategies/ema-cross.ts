/** EMA cross with an ATR stop: in the direction of the fast average, out when it crosses back, protected by a stop that only tightens. */
// Not here: the contract (strategy.ts), parameters with units (EmaCrossParams in domain/session/input.ts).
import type { Side } from '#domain/events.ts'
import { type FixedE8, formatFixed, fromNumber, mulE8, parseFixed } from '#domain/fixed-point.ts'
import {
  ATR_EMPTY,
  type AtrState,
  atrValue,
  type EmaState,
  stepAtr,
  stepEma,
} from '#domain/market/indicators.ts'
import { MIN_ORDER_USD_E8, roundAway, shiftBps, sizeForNotional } from '#domain/market/instrument.ts'
import type { EmaCrossParams } from '#domain/session/input.ts'
import type { ClosedCandle } from '#domain/session/types.ts'
import type { CandleStep, CandleStrategy, OrderPlan, Standing, Verdict } from '#domain/strategies/strategy.ts'

export interface EmaCrossState {
  fast: EmaState | null
  slow: EmaState | null
  atr: AtrState
  /** Candles left without entry. */
  cooldown: number
  /** Sign of the position at the last candle: a change to 0 that we did not decide was the stop. */
  held: -1 | 0 | 1
  /** True after an exit was decided, until the position is gone. */
  exiting: boolean
  /** Of the position held, USD per coin; null without one. */
  stopPx: string | null
}

const warmUpBars = (params: EmaCrossParams): number => Math.max(params.slow_bars, params.atr_bars + 1)

export const emaCross: CandleStrategy<EmaCrossParams, EmaCrossState> = {
  name: 'ema_cross',
  // Twice the window: an average seeded with one price has by then forgotten most of it.
  warmUpBars: (params) => 2 * warmUpBars(params),
  init: () => ({
    fast: null,
    slow: null,
    atr: ATR_EMPTY,
    cooldown: 0,
    held: 0,
    exiting: false,
    stopPx: null,
  }),
  step(was, candle, standing, params) {
    const next = observe(was, candle, params)
    const facts = readFacts(next, candle, standing, params)
    if (facts.atr === null || (next.slow?.seen ?? 0) < warmUpBars(params)) {
      return answer({ ...next, held: facts.held }, facts, {
        kind: 'hold',
        reason: 'WARMING_UP',
        gate: 'WARMING_UP',
      })
    }
    return facts.held === 0 ? whenFlat(next, facts, params) : whenHolding(next, facts, params)
  },
}

/** Everything one decision is taken on. */
interface Facts {
  candle: ClosedCandle
  standing: Standing
  fast: number
  slow: number
  atr: number | null
  /** +1 the fast average is above the slow one, −1 below, 0 equal. */
  trend: -1 | 0 | 1
  held: -1 | 0 | 1
}

function observe(was: EmaCrossState, candle: ClosedCandle, params: EmaCrossParams): EmaCrossState {
  return {
    ...was,
    fast: stepEma(was.fast, candle.close, params.fast_bars),
    slow: stepEma(was.slow, candle.close, params.slow_bars),
    atr: stepAtr(was.atr, candle, params.atr_bars),
  }
}

function readFacts(
  state: EmaCrossState,
  candle: ClosedCandle,
  standing: Standing,
  params: EmaCrossParams,
): Facts {
  const fast = state.fast?.value ?? candle.close
  const slow = state.slow?.value ?? candle.close
  const position = parseFixed(standing.positionSz)
  return {
    candle,
    standing,
    fast,
    slow,
    atr: atrValue(state.atr, params.atr_bars),
    trend: fast > slow ? 1 : fast < slow ? -1 : 0,
    held: position > 0n ? 1 : position < 0n ? -1 : 0,
  }
}

function whenFlat(state: EmaCrossState, facts: Facts, params: EmaCrossParams): CandleStep<EmaCrossState> {
  const left = state.held !== 0
  const cooldown = left ? params.cooldown_bars : state.cooldown
  const next = Math.max(cooldown - 1, 0)
  const flat: EmaCrossState = { ...state, held: 0, exiting: false, stopPx: null, cooldown: next }
  if (cooldown > 0) {
    // Held at the last candle and flat now without an exit of ours: the stop fired.
    const reason = !left ? 'COOLING_DOWN' : state.exiting ? 'EXITED' : 'STOPPED_OUT'
    return answer(flat, facts, { kind: 'hold', reason, gate: 'COOLDOWN' })
  }
  if (facts.trend === 0) return answer(flat, facts, { kind: 'hold', reason: 'NO_TREND', gate: 'NO_TREND' })
  const side: Side = facts.trend > 0 ? 'buy' : 'sell'
  const limitPx = takerLimit(facts.standing, side, params.slippage_bps_max)
  if (limitPx === null) return answer(flat, facts, { kind: 'hold', reason: 'NO_TOUCH', gate: 'NO_TOUCH' })
  const sz = sizeForNotional(fromNumber(params.order_usd), limitPx, facts.standing.sizeDecimals)
  if (mulE8(sz, limitPx) < MIN_ORDER_USD_E8) {
    return answer(flat, facts, { kind: 'hold', reason: 'ORDER_TOO_SMALL', gate: 'MIN_NOTIONAL' })
  }
  const entry = plan(facts, side, limitPx, sz, 'entry')
  const verdict = { kind: 'enter', reason: side === 'buy' ? 'EMA_UP' : 'EMA_DOWN', gate: '' } as const
  // The stop is decided with the entry, so that it can lie at the exchange the moment the entry is filled.
  return answer({ ...flat, stopPx: stopFor(facts, facts.trend, params) }, facts, verdict, [entry])
}

function whenHolding(state: EmaCrossState, facts: Facts, params: EmaCrossParams): CandleStep<EmaCrossState> {
  const held = facts.held === 0 ? 1 : facts.held
  const next: EmaCrossState = { ...state, held, stopPx: tighter(state, held, stopFor(facts, held, params)) }
  if (facts.trend === -held) {
    const side: Side = held > 0 ? 'sell' : 'buy'
    const limitPx = takerLimit(facts.standing, side, params.slippage_bps_max)
    const reason = held > 0 ? 'EMA_CROSS_DOWN' : 'EMA_CROSS_UP'
    if (limitPx === null) return answer(next, facts, { kind: 'hold', reason, gate: 'NO_TOUCH' })
    const size = parseFixed(facts.standing.positionSz)
    const exit = plan(facts, side, limitPx, size < 0n ? -size : size, 'exit')
    // Still `held`: if the exit does not fill, the next candle tries again; if it does, the flat branch starts the cooldown.
    return answer({ ...next, exiting: true }, facts, { kind: 'exit', reason, gate: '' }, [exit])
  }
  const moved = next.stopPx !== state.stopPx
  return answer(next, facts, {
    kind: moved ? 'move_stop' : 'hold',
    reason: moved ? 'STOP_TIGHTENED' : 'TREND_HOLDS',
    gate: '',
  })
}

/** Worst price to take: the touch of the other side moved by the allowed slippage, on the tick; null without a touch. */
function takerLimit(standing: Standing, side: Side, slippageBps: number): FixedE8 | null {
  const touch = side === 'buy' ? standing.ask : standing.bid
  if (touch === null) return null
  const bounded = shiftBps(parseFixed(touch), side === 'buy' ? slippageBps : -slippageBps)
  return roundAway(bounded, side, standing.sizeDecimals)
}

/** `stop_atr` ATRs behind the close, on the tick, rounded toward the position's side of the market: never further away. */
function stopFor(facts: Facts, direction: -1 | 1, params: EmaCrossParams): string | null {
  const distance = (facts.atr ?? 0) * params.stop_atr
  const px = facts.candle.close - direction * distance
  if (distance <= 0 || px <= 0) return null
  return formatFixed(roundAway(fromNumber(px), direction > 0 ? 'sell' : 'buy', facts.standing.sizeDecimals))
}

function tighter(state: EmaCrossState, held: -1 | 1, wanted: string | null): string | null {
  if (state.stopPx === null || state.held === -held) return wanted
  if (wanted === null) return state.stopPx
  const gain = parseFixed(wanted) - parseFixed(state.stopPx)
  return (held > 0 ? gain > 0n : gain < 0n) ? wanted : state.stopPx
}

function plan(
  facts: Facts,
  side: Side,
  pxE8: FixedE8,
  szE8: FixedE8,
  purpose: OrderPlan['purpose'],
): OrderPlan {
  return {
    coin: facts.candle.coin,
    side,
    px: formatFixed(pxE8),
    sz: formatFixed(szE8),
    tif: 'ioc',
    reduce_only: purpose === 'exit',
    purpose,
    leg: purpose === 'exit' ? 1 : 0,
  }
}

function answer(
  state: EmaCrossState,
  facts: Facts,
  verdict: Omit<Verdict, 'inputs'>,
  orders: readonly OrderPlan[] = [],
): CandleStep<EmaCrossState> {
  const inputs = {
    open_ts: facts.candle.openTs,
    close: facts.candle.close,
    fast: facts.fast,
    slow: facts.slow,
    atr: facts.atr,
    bars: state.slow?.seen ?? 0,
    position_sz: facts.standing.positionSz,
    stop_px: state.stopPx,
    bid: facts.standing.bid,
    ask: facts.standing.ask,
    cooldown: state.cooldown,
  }
  return { state, verdict: { ...verdict, inputs }, orders, stopPx: state.stopPx }
}
