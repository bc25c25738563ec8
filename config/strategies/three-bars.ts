/** Example of a strategy of your own: three closes in a row in one direction, out after three against it, with an ATR stop. */
import { z } from 'zod'
import { type Atr, atrOf, pushAtr } from '#domain/market/indicators/atr.ts'
import type { CandleStrategy, Move } from '#domain/strategies/strategy.ts'

const Params = z.strictObject({
  strategy: z.literal('three_bars'),
  interval: z.literal(['1m', '5m', '15m', '1h', '4h', '1d']).default('1h').describe('candle length'),
  order_usd: z.number().min(10).default(500).describe('notional of an entry, USD'),
  stop_atr: z.number().positive().default(2).describe('distance of the stop, ATR(14)'),
})
type Params = z.infer<typeof Params>

interface State {
  atr: Atr
  atrNow: number
  close: number
  /** Closes in a row: +3 is three up, −2 is two down. */
  run: number
  stopPx: number | null
}

const answer = (state: State, kind: Move<State>['kind'], reason: string, gate = ''): Move<State> => ({
  state,
  kind,
  reason,
  gate,
  intentions: [],
  stopPx: state.stopPx,
  targetPx: null,
})

export const strategy: CandleStrategy<Params, State> = {
  name: 'three_bars',
  schema: Params,
  warmUpBars: () => 70,
  init: () => ({ atr: atrOf(), atrNow: 0, close: 0, run: 0, stopPx: null }),
  observe(state, candle) {
    state.atrNow = pushAtr(state.atr, candle, 14)
    const step = state.close === 0 ? 0 : Math.sign(candle.close - state.close)
    state.run = step !== 0 && step === Math.sign(state.run) ? state.run + step : step
    state.close = candle.close
    return state
  },
  decide(state, input, params) {
    if (state.atrNow === 0) return answer(state, 'hold', 'WARMING_UP', 'WARMING_UP')
    const side = Math.sign(input.position)
    if (side !== 0) {
      if (state.run * side > -3) return answer(state, 'hold', 'TREND_HOLDS')
      return { ...answer(state, 'exit', 'THREE_AGAINST'), intentions: [{ kind: 'exit', slippageBps: 20 }] }
    }
    state.stopPx = null
    if (Math.abs(state.run) < 3) return answer(state, 'hold', 'NO_RUN', 'NO_RUN')
    const up = state.run > 0
    state.stopPx = state.close - Math.sign(state.run) * params.stop_atr * state.atrNow
    const entry = { kind: 'entry', side: up ? 'buy' : 'sell', usd: params.order_usd } as const
    const rules = { minUsd: 10, maxUsd: null, bump: false, leverage: null, slippageBps: 20 } as const
    return { ...answer(state, 'enter', up ? 'THREE_UP' : 'THREE_DOWN'), intentions: [{ ...entry, ...rules }] }
  },
}
