/** Mark, premium and funding follow the venue's formulas. */
import { expect, test } from 'vitest'
import {
  closeHour,
  createPriceState,
  hourlyRate,
  premiumOf,
  samplePremium,
  updateMark,
} from '#exchange/paper/market/mark-price.ts'

test.each([
  // Recorded on mainnet in 2026: premium and the hourly rate it led to (wire contract §7).
  { premium: -0.0004653492, rate: 0.0000043313 },
  { premium: 0.0001446433, rate: 0.0000125 },
  { premium: 0.01, rate: (0.01 - 0.0005) / 8 },
  { premium: -0.01, rate: (-0.01 + 0.0005) / 8 },
  { premium: 1, rate: 0.04 },
  { premium: -1, rate: -0.04 },
])('a mean premium of $premium pays $rate an hour', ({ premium, rate }) => {
  expect(hourlyRate(premium)).toBeCloseTo(rate, 9)
})

test.each([
  { bid: 101, ask: 102, premium: 0.01 },
  { bid: 98, ask: 99, premium: -0.01 },
  { bid: 99, ask: 101, premium: 0 },
])('impact prices $bid and $ask on an oracle of 100 are a premium of $premium', ({ bid, ask, premium }) => {
  expect(premiumOf(100, bid, ask)).toBeCloseTo(premium, 12)
})

test('the mark is the median of oracle + basis, of bid, ask and last, and of the mid', () => {
  const state = createPriceState()
  updateMark(state, 1_000, { bid: 99, ask: 101, last: 100, oracle: 100 })
  expect(state.mark).toBe(100)
  // A last trade far away does not move it beyond the touch, an oracle far away not beyond mid and touch.
  updateMark(state, 4_000, { bid: 99, ask: 101, last: 500, oracle: 100 })
  expect(state.mark).toBe(100)
  updateMark(state, 7_000, { bid: 99, ask: 101, last: 99, oracle: 500 })
  expect(state.mark).toBeLessThanOrEqual(101)
})

test('an hour is closed once, with the mean of its five-second samples, and not before there was one', () => {
  const state = createPriceState()
  const hour = 3_600_000
  expect(closeHour(state, 10 * hour)).toBeNull()
  samplePremium(state, 10 * hour + 1, 0.001)
  samplePremium(state, 10 * hour + 2, 0.9) // less than five seconds later
  samplePremium(state, 10 * hour + 5_001, 0.003)
  expect(closeHour(state, 11 * hour - 1)).toBeNull()
  expect(closeHour(state, 11 * hour)).toEqual({ premium: 0.002, rate: hourlyRate(0.002), ts: 11 * hour })
  expect(closeHour(state, 11 * hour + 1)).toBeNull()
})
