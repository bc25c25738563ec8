/** ADX: 0 before bar 2 · window − 1, 100 in a straight line, 0 where nothing moves. */
import { expect, test } from 'vitest'
import { adxOf, adxSeries, pushAdx } from '#domain/market/indicators/adx.ts'
import { columnsOf, testLaws } from '../../../tests/support/indicator-laws.ts'

testLaws({ init: adxOf, push: pushAdx, batch: (bars, window) => adxSeries(columnsOf(bars), window) })

test.each([
  { what: 'a straight line up', step: 1, expected: 100 },
  { what: 'a straight line down', step: -1, expected: 100 },
  { what: 'a market that stands still', step: 0, expected: 0 },
])('$what has ADX $expected from bar 2 · window − 1 on', ({ step, expected }) => {
  const adx = adxOf()
  const values = Array.from({ length: 8 }, (_, bar) => {
    const close = 100 + bar * step
    return pushAdx(adx, { high: close, low: close, close }, 3)
  })
  expect(values).toEqual([0, 0, 0, 0, 0, expected, expected, expected])
})
