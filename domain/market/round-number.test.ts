/** Rounding in numbers gives exactly what the decimals give, at any price, size and lot. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { divE8, formatFixed, fromNumber, toNumber } from '#domain/fixed-point.ts'
import { ceilPrice, floorPrice, floorSize } from '#domain/market/instrument.ts'
import {
  ceilPriceNumber,
  ceilSizeForUsd,
  floorPriceNumber,
  floorSizeForUsd,
  floorSizeNumber,
  roundAwayNumber,
} from '#domain/market/round-number.ts'

const anyDecimals = fc.integer({ min: 0, max: 5 })
/** Prices of every size, among them such as lie on a tick, a hair beside it, or half way to the next unit. */
const anyPrice = fc
  .tuple(
    fc.integer({ min: 1, max: 99_999_999 }),
    fc.integer({ min: -6, max: 4 }),
    fc.constantFrom(0, 4.9e-9, 5e-9, 5.1e-9, -5e-9, 1e-12),
  )
  .map(([digits, exponent, beside]) => digits * 10 ** exponent + beside)
  .filter((px) => px > 1e-6)

test('prices: down and up to the tick as the exact decimals do it', () => {
  fc.assert(
    fc.property(anyPrice, anyDecimals, (px, decimals) => {
      expect(floorPriceNumber(px, decimals)).toBe(toNumber(floorPrice(fromNumber(px), decimals)))
      expect(ceilPriceNumber(px, decimals)).toBe(toNumber(ceilPrice(fromNumber(px), decimals)))
    }),
    { numRuns: 2_000 },
  )
})

test('a rounded price survives the way through decimal text', () => {
  fc.assert(
    fc.property(anyPrice, anyDecimals, (px, decimals) => {
      const rounded = roundAwayNumber(px, 'buy', decimals)
      expect(Number(formatFixed(fromNumber(rounded)))).toBe(rounded)
    }),
  )
})

test('sizes: what an amount buys, down to the lot, as the exact decimals do it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), anyPrice, anyDecimals, (cents, anyPx, decimals) => {
      const usd = cents / 100
      const px = ceilPriceNumber(anyPx, decimals)
      const exact = floorSize(divE8(fromNumber(usd), fromNumber(px)), decimals)
      expect(floorSizeForUsd(usd, px, decimals)).toBeCloseTo(toNumber(exact), 8)
    }),
    { numRuns: 2_000 },
  )
})

describe('order sizes of the worked examples (N5)', () => {
  test.each([
    { px: 19.37, usd: 150, decimals: 1, down: 7.7, up: 7.8 },
    { px: 19.37, usd: 10, decimals: 1, down: 0.5, up: 0.6 },
    { px: 91_234.5, usd: 120, decimals: 5, down: 0.00131, up: 0.00132 },
    { px: 34.1, usd: 10.3, decimals: 2, down: 0.3, up: 0.31 },
    { px: 0.0123, usd: 10, decimals: 0, down: 813, up: 814 },
    { px: 20, usd: 10, decimals: 1, down: 0.5, up: 0.5 }, // on the lot there is nothing to round
  ])('$usd USD at $px buy $down, and need $up', ({ px, usd, decimals, down, up }) => {
    expect([floorSizeForUsd(usd, px, decimals), ceilSizeForUsd(usd, px, decimals)]).toEqual([down, up])
  })

  // The original cut binary floats off: 0.29 became 0.28, 8.03 became 8.02.
  test.each([
    { coins: 0.29, decimals: 2, down: 0.29 },
    { coins: 8.03, decimals: 2, down: 8.03 },
    { coins: 8.039, decimals: 2, down: 8.03 },
    { coins: 0.009, decimals: 2, down: 0 },
  ])('$coins with $decimals decimals stays $down', ({ coins, decimals, down }) => {
    expect(floorSizeNumber(coins, decimals)).toBe(down)
  })
})
