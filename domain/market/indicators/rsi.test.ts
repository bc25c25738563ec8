/** RSI: bar 0 counts as no change, 100 without a loss, silent until its window is full. */
import { expect, test } from 'vitest'
import { pushRsi, rsiOf, rsiSeries } from '#domain/market/indicators/rsi.ts'
import { closesOf, testLaws } from '../../../tests/support/indicator-laws.ts'

testLaws({
  init: rsiOf,
  push: (rsi, { close }, window) => pushRsi(rsi, close, window),
  batch: (bars, window) => rsiSeries(closesOf(bars), window),
})

test.each([
  { closes: [1, 2, 3], expected: 100 },
  { closes: [3, 2, 1], expected: 0 },
  { closes: [2, 2, 2], expected: 100 }, // no loss at all
  { closes: [2, 3, 2], expected: 33.333333 },
])('after $closes it is $expected', ({ closes, expected }) => {
  const rsi = rsiOf()
  const [first, , last] = closes.map((close) => pushRsi(rsi, close, 2))
  expect(first).toBeNaN()
  expect(last).toBeCloseTo(expected, 6)
})
