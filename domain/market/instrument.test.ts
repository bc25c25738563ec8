/** Prices and sizes are what the venue accepts, and rounding never costs us risk. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import {
  ceilPrice,
  floorPrice,
  floorSize,
  isValidPrice,
  PriceRoundsToZeroError,
  roundAway,
  shiftBps,
  sizeForNotional,
  tickE8,
} from './instrument.ts'

/** The rule in the venue's own words, on the text of a number. */
function venueAccepts(text: string, sizeDecimals: number): boolean {
  if (!text.includes('.')) return true // a whole number is always allowed
  const [whole = '', fraction = ''] = text.split('.')
  const significant = `${whole}${fraction}`.replace(/^0+/, '').length
  return fraction.length <= 6 - sizeDecimals && significant <= 5
}

const anyDecimals = fc.integer({ min: 0, max: 5 })
const anyPrice = fc.bigInt({ min: 1n, max: 10n ** 15n })

test('floor and ceil give prices that the venue’s rule accepts, and nothing valid lies between', () => {
  fc.assert(
    fc.property(anyPrice, anyDecimals, (px, decimals) => {
      const low = floorPrice(px, decimals)
      const high = ceilPrice(px, decimals)
      expect(low <= px && px <= high).toBe(true)
      if (low > 0n) expect(venueAccepts(formatFixed(low), decimals), formatFixed(low)).toBe(true)
      expect(venueAccepts(formatFixed(high), decimals), formatFixed(high)).toBe(true)
      if (venueAccepts(formatFixed(px), decimals)) expect([low, high]).toEqual([px, px])
      expect(isValidPrice(px, decimals)).toBe(venueAccepts(formatFixed(px), decimals))
    }),
    { numRuns: 500 },
  )
})

test.each([
  { px: '97123.45', decimals: 5, buy: '97123', sell: '97124' },
  { px: '3412.345', decimals: 4, buy: '3412.3', sell: '3412.4' },
  { px: '123456.7', decimals: 5, buy: '123456', sell: '123457' },
  { px: '0.0123456', decimals: 0, buy: '0.012345', sell: '0.012346' },
  { px: '9999.95', decimals: 2, buy: '9999.9', sell: '10000' },
])('a maker at $px bids $buy and asks $sell with $decimals size decimals', ({ px, decimals, buy, sell }) => {
  expect(formatFixed(roundAway(parseFixed(px), 'buy', decimals))).toBe(buy)
  expect(formatFixed(roundAway(parseFixed(px), 'sell', decimals))).toBe(sell)
})

test('a bid that rounds to nothing is an error, not a free order', () => {
  expect(() => roundAway(1n, 'buy', 5)).toThrow(PriceRoundsToZeroError)
  expect(() => roundAway(tickE8(1n, 5), 'buy', 5)).not.toThrow()
})

test('the size for a notional never exceeds it and misses it by less than one lot', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 10n ** 14n }),
      fc.bigInt({ min: 10n ** 4n, max: 10n ** 13n }),
      anyDecimals,
      (usd, px, decimals) => {
        const sz = sizeForNotional(usd, px, decimals)
        const lot = 10n ** BigInt(8 - decimals)
        expect(sz % lot).toBe(0n)
        expect((sz * px) / 100_000_000n <= usd).toBe(true)
        expect((sz + lot) * px > usd * 100_000_000n - px * 100_000_000n).toBe(true)
      },
    ),
  )
  expect(floorSize(parseFixed('1.99999'), 2)).toBe(parseFixed('1.99'))
})

test('basis points move a price up and down', () => {
  expect(formatFixed(shiftBps(parseFixed('100'), 10))).toBe('100.1')
  expect(formatFixed(shiftBps(parseFixed('100'), -10))).toBe('99.9')
  expect(formatFixed(shiftBps(parseFixed('100'), 0))).toBe('100')
})
