/** Tests of rounding by the exact binary value. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { roundTo, textTo } from '#domain/traders/rounding.ts'

it('rounds exact ties to the even digit, and everything else to the nearest', () => {
  expect([0.125, 0.375, -0.125, 2.5, 0.5, 1.5].map((value, at) => roundTo(value, at < 3 ? 2 : 0))).toEqual([
    0.12, 0.38, -0.12, 2, 0, 2,
  ])
  expect(roundTo(1.005, 2)).toBe(1) // the double lies below 1.005
  expect(roundTo(55.775, 2)).toBe(55.77)
})

it('lets what is no number pass', () => {
  expect(roundTo(Number.NaN, 2)).toBeNaN()
  expect(roundTo(Number.POSITIVE_INFINITY, 2)).toBe(Number.POSITIVE_INFINITY)
})

it('keeps trailing zeros in text', () => {
  expect([textTo(-0.02, 4), textTo(250_000, 0), textTo(0.4, 4)]).toEqual(['-0.0200', '250000', '0.4000'])
})

it('is never further from the value than half a unit', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.integer({ min: 0, max: 6 }),
      (value, digits) => {
        expect(Math.abs(roundTo(value, digits) - value)).toBeLessThanOrEqual(0.5000001 * 10 ** -digits)
      },
    ),
  )
})
