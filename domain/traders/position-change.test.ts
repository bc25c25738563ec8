/** Tests of naming and weighing changes of positions, against worked examples. */
import { expect, it } from 'vitest'
import { changeConfidence, changeOf, exposureUsd, isWorthARow } from '#domain/traders/position-change.ts'

it.each([
  ['BTC', 2.5, -1.25, -3.75, 'short', 'flip'],
  ['DOGE', 1000, -1000, -2000, 'short', 'flip'],
  ['ETH', -12, -18.5, -6.5, 'short', 'increase'],
  ['HYPE', 0, 40, 40, 'long', 'open'],
  ['SOL', 300, 0, -300, 'flat', 'close'],
  ['BTC', -3, -1, 2, 'short', 'decrease'],
] as const)('%s from %d to %d is %d, %s, %s', (coin, before, now, delta, direction, action) => {
  expect(changeOf(coin, before, now)).toEqual({ coin, size: now, delta, direction, action })
})

it('is no change when the size is the same', () => {
  expect(changeOf('BTC', 1.5, 1.5)).toBeNull()
})

it('signs the exposure, weighs three coins and leaves the others out', () => {
  const held = [
    { coin: 'BTC', size: -1.25, value: 80_000 },
    { coin: 'ETH', size: 18.5, value: 61_000 },
    { coin: 'SOL', size: -10, value: 1_500 },
    { coin: 'DOGE', size: 5, value: 9_999 },
  ]
  expect(exposureUsd(held)).toBeCloseTo(-38_200, 6)
})

it.each([
  [73.4, -3.75, 0.6263],
  [104.2, 26, 1],
  [58.12, 0.004, 0.407],
])('a score of %d and a move of %d are worth %d', (score, delta, confidence) => {
  expect(changeConfidence(score, delta)).toBe(confidence)
})

it('stores openings, closings and flips always, and others from the threshold on', () => {
  expect(isWorthARow(0, 1e-8, 0.01)).toBe(true)
  expect(isWorthARow(1e-8, 0, 0.01)).toBe(true)
  expect(isWorthARow(1, -1, 5)).toBe(true)
  expect(isWorthARow(100, 101, 0.01)).toBe(true)
  expect(isWorthARow(100, 100.9, 0.01)).toBe(false)
  expect(isWorthARow(100, 99, 0.01)).toBe(true)
  expect(isWorthARow(-100, -99.5, 0.01)).toBe(false)
  expect(isWorthARow(7, 7, 0)).toBe(false)
})
