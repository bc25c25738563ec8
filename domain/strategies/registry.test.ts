/** A strategy is found by the name that session inputs use, and by no other. */
import { expect, test } from 'vitest'
import { HoldfastError } from '#domain/errors.ts'
import { EmaCrossParams } from '#domain/strategies/ema-cross-params.ts'
import { candleStrategy } from './registry.ts'

test('the name that a session input accepts leads to the strategy of that name', () => {
  const name = EmaCrossParams.shape.strategy.value
  expect(candleStrategy(name).name).toBe(name)
})

test.each(['touch', 'EMA_CROSS', '', 'toString'])(
  '"%s" is no candle strategy, and the refusal names those there are',
  (name) => {
    const refusal = (): unknown => {
      try {
        return candleStrategy(name)
      } catch (error) {
        return error
      }
    }
    expect(refusal()).toBeInstanceOf(HoldfastError)
    expect(refusal()).toMatchObject({
      code: 'UNKNOWN_STRATEGY',
      retryable: false,
      hint: 'use one of ema_cross, mei_alpha_v1, user',
    })
  },
)
