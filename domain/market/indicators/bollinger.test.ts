/** Bollinger width: four population deviations as a fraction of the close. */
import { expect, test } from 'vitest'
import { bollingerOf, bollingerSeries, pushBollinger } from '#domain/market/indicators/bollinger.ts'
import { closesOf, testLaws } from '../../../tests/support/indicator-laws.ts'

testLaws({
  init: bollingerOf,
  push: (ring, { close }) => pushBollinger(ring, close),
  batch: (bars, window) => bollingerSeries(closesOf(bars), window),
})

test('2 and 4 deviate by 1 from their mean: 4 deviations of the close 4 are 1', () => {
  const ring = bollingerOf(2)
  expect([2, 4, 4].map((close) => pushBollinger(ring, close))).toEqual([Number.NaN, 1, 0])
})
