/** MACD histogram: first known at bar 33, 0 where the price stands still. */
import { expect, test } from 'vitest'
import { MACD_FIRST_BAR, macdOf, macdSeries, pushMacd } from '#domain/market/indicators/macd.ts'
import { closesOf, testLaws } from '../../../tests/support/indicator-laws.ts'

testLaws({
  init: macdOf,
  push: (macd, { close }) => pushMacd(macd, close),
  batch: (bars) => macdSeries(closesOf(bars)),
})

test('bar 32 is unknown, bar 33 is the first', () => {
  const macd = macdOf()
  const values = Array.from({ length: 35 }, () => pushMacd(macd, 100))
  expect(MACD_FIRST_BAR).toBe(33)
  expect(values.slice(32)).toEqual([Number.NaN, 0, 0])
})
