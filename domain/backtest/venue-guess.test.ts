/** Lots of coins without metadata: the known ones, else a lot worth about a dollar. */
import { expect, test } from 'vitest'
import { guessSizeDecimals } from './venue-guess.ts'

test.each([
  { coin: 'BTC', px: 1, decimals: 5 },
  { coin: 'NEW', px: 91_000, decimals: 5 },
  { coin: 'NEW', px: 150, decimals: 3 },
  { coin: 'NEW', px: 0.5, decimals: 0 },
  { coin: 'NEW', px: 0, decimals: 0 },
])('$coin at $px has $decimals', ({ coin, px, decimals }) => {
  expect(guessSizeDecimals(coin, px)).toBe(decimals)
})
