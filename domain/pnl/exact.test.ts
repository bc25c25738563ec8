/** mulDiv equals the same on big integers, wherever it answers, and says so where it would not be exact. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mulDiv, SAFE } from '#domain/pnl/exact.ts'

const whole = (min: number) =>
  fc.oneof(
    fc.integer({ min, max: 1000 }),
    fc.maxSafeInteger().map((value) => Math.max(min, Math.abs(value) % (SAFE + 1))),
    fc.integer({ min: 0, max: 64 }).map((off) => SAFE - off),
    fc
      .integer({ min: 10, max: 51 })
      .chain((bits) => fc.integer({ min: 0, max: 9 }).map((off) => Math.max(min, 2 ** bits - off))),
  )

test('it is the floor of the exact quotient, or NaN beyond the bound', () => {
  fc.assert(
    fc.property(whole(0), whole(0), whole(1), (a, b, c) => {
      const exact = (BigInt(a) * BigInt(b)) / BigInt(c)
      const quotient = mulDiv(a, b, c)
      if (exact <= BigInt(SAFE)) expect(BigInt(quotient)).toBe(exact)
      else expect(quotient).toBeNaN()
    }),
    { numRuns: 50_000 },
  )
})

test.each([
  [3, 5, 4, 3],
  [0, SAFE, 1, 0],
  [SAFE, SAFE, SAFE, SAFE],
  [SAFE, 2, 2, SAFE],
  [9_007_199_254, 1_000_000_007, 1e8, 90_071_993_170],
])('%d × %d ÷ %d is %d', (a, b, c, expected) => {
  expect(mulDiv(a, b, c)).toBe(Number((BigInt(a) * BigInt(b)) / BigInt(c)))
  if (c !== 1e8) expect(mulDiv(a, b, c)).toBe(expected)
})

test('one more than the bound is NaN', () => {
  expect(mulDiv(SAFE, 2, 1)).toBeNaN()
  expect(mulDiv(SAFE, 1, 1)).toBe(SAFE)
})
