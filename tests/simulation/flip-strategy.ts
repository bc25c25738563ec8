/** The EMA cross as a strategy that turns around at once: exit and opposite entry in one decision, and a take-profit at the exchange beside the stop. */
import { z } from 'zod'
import { atrValue } from '#domain/market/indicators/atr.ts'
import { roundAwayNumber } from '#domain/market/round-number.ts'
import { type EmaCrossState, emaCross } from '#domain/strategies/ema-cross.ts'
import { EmaCrossParams } from '#domain/strategies/ema-cross-params.ts'
import type { CandleStrategy, Intention, StrategyInput } from '#domain/strategies/strategy.ts'
import { registerUserStrategies, type UserStrategy } from '#domain/strategies/user.ts'

const MIN_USD = 10

const FlipParams = EmaCrossParams.extend({
  strategy: z.literal('sim_flip'),
  target_atr: z.number().min(0).describe('distance of the take-profit to the close, ATRs; 0 for none'),
})
type FlipParams = z.infer<typeof FlipParams>

export const flipper: CandleStrategy<FlipParams, EmaCrossState> = {
  ...(emaCross as unknown as CandleStrategy<FlipParams, EmaCrossState>),
  name: 'sim_flip',
  schema: FlipParams,
  decide(was, input, params) {
    const { strategy: _, target_atr: __, ...own } = params
    const move = emaCross.decide(was, input, { ...own, strategy: 'ema_cross' })
    const held = Math.sign(input.position)
    const atr = atrValue(move.state.atr, params.atr_bars) ?? 0
    if (move.kind === 'exit') {
      const side = -held
      const stopPx = levelAt(input, -side * params.stop_atr * atr, side > 0 ? 'sell' : 'buy')
      return {
        ...move,
        kind: 'flip',
        reason: 'SIGNAL_FLIP',
        intentions: [...move.intentions, entryOf(side, params)],
        stopPx,
      }
    }
    const opens = move.intentions[0]?.kind === 'entry' ? move.intentions[0] : null
    const side = opens ? (opens.side === 'buy' ? 1 : -1) : held
    if (side === 0 || params.target_atr === 0 || atr === 0) return move
    return { ...move, targetPx: levelAt(input, side * params.target_atr * atr, side > 0 ? 'buy' : 'sell') }
  },
}

const entryOf = (side: number, params: FlipParams): Intention => ({
  kind: 'entry',
  side: side > 0 ? 'buy' : 'sell',
  usd: params.order_usd,
  minUsd: MIN_USD,
  maxUsd: null,
  bump: false,
  leverage: null,
  slippageBps: params.slippage_bps_max,
})

const levelAt = (
  { candle, sizeDecimals }: StrategyInput,
  away: number,
  side: 'buy' | 'sell',
): number | null => roundAwayNumber(candle.close + away, side, sizeDecimals) || null

registerUserStrategies([flipper as unknown as UserStrategy])
