/** EMA: seeded with the first value, silent until its window is full, the same bar by bar and in one go. */
import { expect, test } from 'vitest'
import { emaOf, emaSeries, pushEma } from '#domain/market/indicators/ema.ts'
import { closesOf, testLaws } from '../../../tests/support/indicator-laws.ts'

testLaws({
  init: emaOf,
  push: (ema, { close }, window) => pushEma(ema, close, window),
  batch: (bars, window) => emaSeries(closesOf(bars), window),
})

test('of values that stand still it is exactly that value', () => {
  const ema = emaOf()
  const spoken = Array.from({ length: 200 }, () => pushEma(ema, 0.1, 7)).slice(6)
  expect(new Set(spoken)).toEqual(new Set([0.1]))
})

test('a window of 3 weighs half, and speaks with the third value', () => {
  const ema = emaOf()
  expect([8, 4, 2, 1].map((value) => pushEma(ema, value, 3))).toEqual([Number.NaN, Number.NaN, 4, 2.5])
})
