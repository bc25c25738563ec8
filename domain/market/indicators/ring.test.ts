/** Ring: the last values, their mean without drift, readable backwards. */
import { expect, test } from 'vitest'
import { pushRing, ringMean, ringOf, ringValue, smaOf } from '#domain/market/indicators/ring.ts'
import { closesOf, testLaws } from '../../../tests/support/indicator-laws.ts'

testLaws({
  init: ringOf,
  push: (ring, { close }) => {
    pushRing(ring, close)
    return ringMean(ring)
  },
  batch: (bars, window) => smaOf(closesOf(bars), window),
})

test('the window can be read backwards', () => {
  const ring = ringOf(3)
  for (const value of [1, 2, 3, 4]) pushRing(ring, value)
  expect([0, 1, 2].map((back) => ringValue(ring, back))).toEqual([4, 3, 2])
})

test('after a million values its sum is as exact as at the start', () => {
  const ring = ringOf(20)
  for (let at = 0; at < 1_000_000; at += 1) pushRing(ring, 90_000 + (at % 7) / 10)
  for (let at = 0; at < 20; at += 1) pushRing(ring, 0.1)
  expect(ringMean(ring)).toBeCloseTo(0.1, 12)
})
