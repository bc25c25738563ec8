/** Decimals survive every way through fixed point exactly, and nothing inexact gets in. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  absE8,
  divE8,
  formatFixed,
  formatWire,
  fromNumber,
  maxE8,
  minE8,
  mulE8,
  ONE_E8,
  parseFixed,
  signE8,
  toNumber,
} from './fixed-point.ts'

const anyFixed = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n })

test('format and parse are inverse', () => {
  fc.assert(
    fc.property(anyFixed, (value) => {
      expect(parseFixed(formatFixed(value))).toBe(value)
      expect(parseFixed(formatWire(value))).toBe(value)
    }),
  )
})

test.each([
  ['1.5', 150_000_000n],
  ['-0.00000001', -1n],
  ['0', 0n],
  ['007', 700_000_000n],
  ['1.500000000000', 150_000_000n], // zeros beyond eight places say nothing
])('"%s" is %s', (text, value) => {
  expect(parseFixed(text)).toBe(value)
})

test.each(['', ' ', '1e5', '.5', '5.', '+1', '1,5', 'NaN', '0.000000001', '--1', '1.2.3'])(
  '"%s" is no decimal',
  (text) => {
    expect(() => parseFixed(text)).toThrow(/no decimal/)
  },
)

test('the shortest text has no trailing zeros; the wire keeps one decimal', () => {
  expect(formatFixed(150_000_000n)).toBe('1.5')
  expect(formatFixed(1_500n * ONE_E8)).toBe('1500')
  expect(formatWire(1_500n * ONE_E8)).toBe('1500.0')
  expect(formatFixed(-1n)).toBe('-0.00000001')
})

test('products and quotients are cut off toward zero, on both sides of it', () => {
  expect(mulE8(parseFixed('0.00000003'), parseFixed('0.5'))).toBe(1n)
  expect(mulE8(parseFixed('-0.00000003'), parseFixed('0.5'))).toBe(-1n)
  expect(divE8(parseFixed('1'), parseFixed('3'))).toBe(33_333_333n)
  expect(divE8(parseFixed('-1'), parseFixed('3'))).toBe(-33_333_333n)
  expect(() => divE8(ONE_E8, 0n)).toThrow(RangeError)
})

test('comparison helpers agree with bigint comparison', () => {
  fc.assert(
    fc.property(anyFixed, anyFixed, (a, b) => {
      expect(minE8(a, b) <= maxE8(a, b)).toBe(true)
      expect(minE8(a, b) + maxE8(a, b)).toBe(a + b)
      expect(absE8(a)).toBe(a < 0n ? -a : a)
      expect(BigInt(signE8(a)) * absE8(a)).toBe(a)
    }),
  )
})

test('a float comes in rounded to eight places; what is not finite is refused', () => {
  expect(fromNumber(0.1)).toBe(10_000_000n)
  expect(fromNumber(1e-9)).toBe(0n)
  expect(toNumber(parseFixed('97123.45'))).toBe(97_123.45)
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) expect(() => fromNumber(bad)).toThrow(/finite/)
})

test('a float becomes what its text at eight places says', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.double({ min: -1e15, max: 1e15, noNaN: true }),
        fc.integer(),
        fc.double({ min: -2, max: 2, noNaN: true }),
      ),
      (value) => {
        expect(fromNumber(value)).toBe(parseFixed(value.toFixed(8)))
      },
    ),
  )
  expect(fromNumber(-0)).toBe(0n)
  expect(() => fromNumber(1e21 + 0.5)).toThrow(/no decimal/)
})
