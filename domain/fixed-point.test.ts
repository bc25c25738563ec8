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

test('a text of the safe integers is that of the long ones', () => {
  const digits = (value: bigint): string => {
    const text = (value < 0n ? -value : value).toString().padStart(9, '0')
    const fraction = text.slice(-8).replace(/0+$/, '')
    return `${value < 0n ? '-' : ''}${text.slice(0, -8)}${fraction === '' ? '' : `.${fraction}`}`
  }
  const edge = 2n ** 53n
  const Value = fc.oneof(
    fc.bigInt({ min: -edge - 9n, max: edge + 9n }),
    fc.bigInt({ min: edge - 9n, max: edge + 9n }),
    fc.tuple(fc.integer(), fc.nat(9)).map(([one, zeros]) => BigInt(one) * 10n ** BigInt(zeros)),
  )
  fc.assert(
    fc.property(Value, (value) => {
      expect(formatFixed(value)).toBe(digits(value))
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

test('short and long texts are read alike, up to and beyond what a float holds', () => {
  const Text = fc
    .tuple(fc.constantFrom('', '-'), fc.stringMatching(/^\d{1,12}$/), fc.stringMatching(/^\d{0,8}0{0,2}$/))
    .map(([sign, whole, fraction]) => ({ sign, whole, fraction }))
  fc.assert(
    fc.property(Text, ({ sign, whole, fraction }) => {
      const text = `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}`
      const size = BigInt(whole) * ONE_E8 + BigInt(fraction.slice(0, 8).padEnd(8, '0'))
      expect(parseFixed(text)).toBe(sign === '-' ? -size : size)
    }),
  )
  expect(parseFixed('90071992.54740991')).toBe(2n ** 53n - 1n)
  expect(parseFixed('90071992.54740993')).toBe(2n ** 53n + 1n)
})

test.each(['', ' ', '-', '-.5', '1٣', '1e5', '.5', '5.', '+1', '1,5', 'NaN', '0.000000001', '--1', '1.2.3'])(
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
        // Halfway between two, and a hair to either side of it: where a product's own error would tell.
        fc
          .tuple(fc.integer({ min: -(2 ** 46), max: 2 ** 46 }), fc.integer({ min: -2, max: 2 }))
          .map(([whole, ulps]) => (whole + 0.5) / 1e8 + ulps * 2 ** -53 * Math.abs(whole / 1e8)),
      ),
      (value) => {
        expect(fromNumber(value)).toBe(parseFixed(value.toFixed(8)))
      },
    ),
  )
  expect(fromNumber(-0)).toBe(0n)
  expect(() => fromNumber(1e21 + 0.5)).toThrow(/no decimal/)
})
