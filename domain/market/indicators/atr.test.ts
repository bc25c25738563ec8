/** ATR: the mean of the first window, then Wilder; 0 while it warms up. */
import { expect, test } from 'vitest'
import { atrOf, atrSeries, atrValue, pushAtr } from '#domain/market/indicators/atr.ts'
import { columnsOf, testLaws } from '../../../tests/support/indicator-laws.ts'

testLaws({ init: atrOf, push: pushAtr, batch: (bars, window) => atrSeries(columnsOf(bars), window) })

test('a gap counts into the range, and the first bar has no close before it', () => {
  const atr = atrOf()
  const bars = [
    { high: 11, low: 9, close: 10 },
    { high: 16, low: 15, close: 15 }, // from the close at 10 up to 16
    { high: 16, low: 14, close: 15 },
  ]
  expect(bars.map((bar) => pushAtr(atr, bar, 2))).toEqual([0, 4, 3])
})

test('its value is null until the window is full, then a number, also where nothing moved', () => {
  const atr = atrOf()
  const still = { high: 10, low: 10, close: 10 }
  const values = [1, 2, 3].map(() => {
    pushAtr(atr, still, 2)
    return atrValue(atr, 2)
  })
  expect(values).toEqual([null, 0, 0])
})
