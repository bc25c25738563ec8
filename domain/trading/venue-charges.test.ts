/** Fees and funding: tiers from over their cutoff, cut off toward zero at a micro-dollar, exact for every safe number. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { feeOf, feeTier, fundingOf, mulDiv } from '#domain/trading/venue-charges.ts'

test.each([
  { volume: 0, cross: 4_500_000 },
  { volume: 5_000_000, cross: 4_500_000 },
  { volume: 5_000_001, cross: 4_000_000 },
  { volume: 8_000_000_000, cross: 2_400_000 },
])('a volume of $volume USD pays $cross', ({ volume, cross }) => {
  expect(feeTier(volume).cross).toBe(cross)
})

test.each([
  { notional: 402_402_000, rate: 4_500_000, fee: 181_080 }, // 181 080.9 cut off
  { notional: -402_402_000, rate: 4_500_000, fee: -181_080 },
  { notional: 1_000_000, rate: -100_000, fee: -10 },
])('$notional micro-dollars at $rate cost $fee', ({ notional, rate, fee }) => {
  expect(feeOf(notional, rate)).toBe(fee)
})

test.each([
  { notional: 425_000_000, rate: 125_000, usd: -5_312 },
  { notional: -425_000_000, rate: 125_000, usd: 5_312 }, // a short receives
  { notional: 425_000_000, rate: -400_000, usd: 17_000 },
])('a position of $notional at a rate of $rate gets $usd', ({ notional, rate, usd }) => {
  expect(fundingOf(notional, rate)).toBe(usd)
})

test('products that leave the safe range stay exact', () => {
  const safe = fc.maxSafeInteger()
  fc.assert(
    fc.property(safe, fc.integer({ min: -1e7, max: 1e7 }), (a, b) => {
      expect(mulDiv(a, b, 10_000_000_000)).toBe(Number((BigInt(a) * BigInt(b)) / 10_000_000_000n))
    }),
  )
})
