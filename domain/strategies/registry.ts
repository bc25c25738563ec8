/** Strategy names of session inputs → the pure code that decides. */
// Not here: maker strategies, which the maker segment calls itself (domain/session/segment-maker.ts).
import { HoldfastError } from '#domain/errors.ts'
import type { SessionInput } from '#domain/session/input.ts'
import { emaCross } from '#domain/strategies/ema-cross.ts'
import type { CandleStrategy } from '#domain/strategies/strategy.ts'

type CandleParams = Extract<SessionInput, { engine: 'candles' }>['params']

/** A strategy whose state only it understands; the coordinator carries it as plain JSON. */
export type AnyCandleStrategy = CandleStrategy<CandleParams, unknown>

const CANDLE_STRATEGIES: Readonly<Record<CandleParams['strategy'], AnyCandleStrategy>> = {
  ema_cross: emaCross as AnyCandleStrategy,
}

/** @throws HoldfastError UNKNOWN_STRATEGY */
export function candleStrategy(name: string): AnyCandleStrategy {
  if (Object.hasOwn(CANDLE_STRATEGIES, name)) return CANDLE_STRATEGIES[name as CandleParams['strategy']]
  throw new HoldfastError(`there is no candle strategy "${name}"`, {
    code: 'UNKNOWN_STRATEGY',
    retryable: false,
    hint: `use one of ${Object.keys(CANDLE_STRATEGIES).join(', ')}`,
  })
}
