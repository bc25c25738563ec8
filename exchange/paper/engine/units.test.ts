/** Integer units agree with exact decimals. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatWire, parseFixed } from '#domain/fixed-point.ts'
import { mulDiv } from '#domain/trading/venue-charges.ts'
import {
  formatUnits,
  isTickPrice,
  parseUnits,
  parseUnitsCut,
  roundToTick,
} from '#exchange/paper/engine/units.ts'

test.each([
  ['1500.0', 1, 15_000],
  ['0.00001', 5, 1],
  ['0.000010', 5, 1],
  ['0.000011', 5, null],
  ['-1.5', 1, -15],
  ['1e5', 1, null],
  ['1.', 1, null],
  ['.5', 1, null],
  ['', 1, null],
  ['NaN', 1, null],
  ['Infinity', 1, null],
  ['1.2.3', 4, null],
  ['99999999999999999999', 0, null],
])('"%s" at %i decimals is %s', (text, decimals, units) => {
  expect(parseUnits(text, decimals)).toBe(units)
})

test('what is finer than a lot is cut off when it comes from a market, and never guessed when it is no number', () => {
  expect(parseUnitsCut('0.000019', 5)).toBe(1)
  expect(parseUnitsCut('nonsense', 5)).toBe(0)
})

const Decimals = fc.integer({ min: 0, max: 6 })
const Units = fc.integer({ min: -9_000_000_000_000, max: 9_000_000_000_000 })

describe('for all units', () => {
  test('text and back is the same, and the text is the one the exact decimals write', () => {
    fc.assert(
      fc.property(Units, Decimals, (units, decimals) => {
        const text = formatUnits(units, decimals)
        expect(parseUnits(text, decimals)).toBe(units)
        expect(formatWire(parseFixed(text))).toBe(text)
      }),
    )
  })

  test('a product divided is what bigint says, cut off toward zero', () => {
    const Any = fc.maxSafeInteger()
    fc.assert(
      fc.property(
        Any,
        fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }),
        fc.integer({ min: 1, max: 10_000_000_000 }),
        (a, b, c) => {
          const exact = (BigInt(a) * BigInt(b)) / BigInt(c)
          fc.pre(exact <= BigInt(Number.MAX_SAFE_INTEGER) && exact >= -BigInt(Number.MAX_SAFE_INTEGER))
          expect(mulDiv(a, b, c)).toBe(Number(exact))
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('a price rounded to the tick is a tick price on the asked side, at most one tick away', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99_999_999 }), Decimals, fc.boolean(), (px, decimals, up) => {
        const rounded = roundToTick(px, decimals, up)
        fc.pre(rounded > 0)
        expect(isTickPrice(rounded, decimals)).toBe(true)
        expect(up ? rounded >= px : rounded <= px).toBe(true)
        expect(Math.abs(rounded - px)).toBeLessThan(Math.max(1, px / 1_000))
      }),
    )
  })
})

test.each([
  ['five significant figures', 12_345, 4, true],
  ['six of them', 123_456, 4, false],
  ['trailing zeros do not count', 1_234_500, 4, true],
  ['a whole price may have more', 1_234_560, 1, true],
  ['one decimal beyond is too much', 1_234_561, 1, false],
])('%s', (_name, px, decimals, fine) => {
  expect(isTickPrice(px, decimals)).toBe(fine)
})
