/** Strategy names of session inputs → the pure code that decides. */
// Not here: maker strategies, which the maker segment calls itself (domain/session/segment-maker.ts).
import { HoldfastError } from '#domain/errors.ts'
import type { Cadence } from '#domain/strategies/cadence.ts'
import { emaCross } from '#domain/strategies/ema-cross.ts'
import { meiAlpha } from '#domain/strategies/mei-alpha/mei-alpha.ts'
import type { CandleStrategy } from '#domain/strategies/strategy.ts'
import { userDefined } from '#domain/strategies/user.ts'

/** What every candle strategy's parameters have in common. */
export interface CommonCandleParams extends Cadence {
  strategy: string
}

/** A strategy whose parameters and state only it understands; the coordinator carries both as plain JSON. */
export type AnyCandleStrategy = CandleStrategy<CommonCandleParams, unknown>

const CANDLE_STRATEGIES: Readonly<Record<string, AnyCandleStrategy>> = {
  ema_cross: emaCross as unknown as AnyCandleStrategy,
  mei_alpha_v1: meiAlpha as unknown as AnyCandleStrategy,
  user: userDefined as unknown as AnyCandleStrategy,
}

/** @throws HoldfastError UNKNOWN_STRATEGY */
export function candleStrategy(name: string): AnyCandleStrategy {
  const found = Object.hasOwn(CANDLE_STRATEGIES, name) ? CANDLE_STRATEGIES[name] : undefined
  if (found) return found
  throw new HoldfastError(`there is no candle strategy "${name}"`, {
    code: 'UNKNOWN_STRATEGY',
    retryable: false,
    hint: `use one of ${Object.keys(CANDLE_STRATEGIES).join(', ')}`,
  })
}
