/** Wishes become orders: worked sizes N5, IOC limits N6, every gate, and never an order off tick, lot or minimum. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inputOf } from '../../tests/support/mei.ts'
import { openingSize, planOrder, takerLimit } from './plan.ts'
import type { OpeningIntention } from './strategy.ts'

const entry = (change: Partial<OpeningIntention> = {}): OpeningIntention => ({
  ...{
    kind: 'entry',
    side: 'buy',
    usd: 300,
    minUsd: 10,
    maxUsd: null,
    bump: true,
    leverage: 3,
    slippageBps: 10,
  },
  ...change,
})

describe('order sizes (N5)', () => {
  test.each([
    { coin: 'LINK', px: 19.37, usd: 150, maxUsd: null, decimals: 1, sz: 7.7 },
    { coin: 'LINK', px: 19.37, usd: 5, maxUsd: null, decimals: 1, sz: 0.6 },
    { coin: 'BTC', px: 91_234.5, usd: 250, maxUsd: 120, decimals: 5, sz: 0.00131 },
    { coin: 'AVAX', px: 34.1, usd: 400, maxUsd: 10.1, decimals: 2, sz: 0 },
    { coin: 'AVAX', px: 34.1, usd: 400, maxUsd: 10.3, decimals: 2, sz: 0.3 },
    { coin: 'KPEPE', px: 0.0123, usd: 7, maxUsd: null, decimals: 0, sz: 814 },
  ])('$coin at $px for $usd, at most $maxUsd: $sz', ({ px, usd, maxUsd, decimals, sz }) => {
    expect(openingSize(px, { usd, minUsd: 10, maxUsd, bump: true }, decimals)).toBe(sz)
  })
})

describe('limits (N6): the touch and the allowed slippage, on the tick, never beyond it', () => {
  test.each([
    { side: 'buy', touch: 91_234.5, bps: 100, decimals: 5, px: 92_146, original: 92_147 },
    { side: 'sell', touch: 34.127, bps: 100, decimals: 2, px: 33.786, original: 33.786 },
    { side: 'buy', touch: 0.0123456, bps: 100, decimals: 0, px: 0.012469, original: 0.012469 },
    { side: 'buy', touch: 19.3777, bps: 200, decimals: 1, px: 19.765, original: 19.765 },
  ] as const)(
    '$side at $touch, $bps bps: $px (original $original)',
    ({ side, touch, bps, decimals, px, original }) => {
      const limit = takerLimit(inputOf({ bid: touch, ask: touch, sizeDecimals: decimals }), side, bps)
      expect(limit).toBe(px)
      // The original rounded to the nearest tick, so its limit could lie beyond what was allowed.
      expect(side === 'buy' ? px <= original : px >= original).toBe(true)
    },
  )
})

test.each([
  { what: 'no touch', intention: entry(), input: { ask: null }, gate: 'NO_TOUCH' },
  { what: 'a pending order', intention: entry(), input: { pending: true }, gate: 'PENDING' },
  { what: 'stale prices', intention: entry(), input: { stale: true }, gate: 'STALE_DATA' },
  { what: 'too little', intention: entry({ usd: 9.99, bump: false }), input: {}, gate: 'MIN_NOTIONAL' },
  { what: 'limits that exclude each other', intention: entry({ maxUsd: 9 }), input: {}, gate: 'NO_SIZE' },
  { what: 'nothing to close', intention: { kind: 'exit', slippageBps: 10 }, input: {}, gate: 'NO_POSITION' },
  {
    what: 'less than a lot to reduce',
    intention: { kind: 'reduce', sz: 0.05, slippageBps: 10 },
    input: { position: 3 },
    gate: 'NO_SIZE',
  },
] as const)('$what is the gate $gate', ({ intention, input, gate }) => {
  expect(planOrder(intention, inputOf(input))).toBe(gate)
})

test.each([
  {
    what: 'exits pass stale prices and pending orders',
    intention: { kind: 'exit', slippageBps: 10 },
    sz: 3.25,
  },
  {
    what: 'a reduction is never more than the position',
    intention: { kind: 'reduce', sz: 9, slippageBps: 10 },
    sz: 3.25,
  },
  {
    what: 'a reduction is cut to the lot',
    intention: { kind: 'reduce', sz: 1.29, slippageBps: 10 },
    sz: 1.2,
  },
] as const)('$what', ({ intention, sz }) => {
  const input = inputOf({ position: -3.25, pending: true, stale: true, sizeDecimals: 1 })
  expect(planOrder(intention, input)).toMatchObject({ side: 'buy', sz, opens: false })
})

test('whatever is wished for, an opening order is at least the minimum and at most the maximum', () => {
  const wish = fc.record({
    usd: fc.double({ min: 0.01, max: 1e6, noNaN: true }),
    maxUsd: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
    bump: fc.boolean(),
  })
  fc.assert(
    fc.property(
      wish,
      fc.double({ min: 0.001, max: 100_000, noNaN: true }),
      fc.integer({ min: 0, max: 5 }),
      (wanted, touch, decimals) => {
        const order = planOrder(
          entry({ ...wanted, maxUsd: wanted.maxUsd }),
          inputOf({ bid: touch, ask: touch, sizeDecimals: decimals }),
        )
        if (typeof order === 'string') return
        const usd = order.px * order.sz
        expect(usd).toBeGreaterThanOrEqual(10 * (1 - 1e-9))
        if (wanted.maxUsd !== null) expect(usd).toBeLessThanOrEqual(wanted.maxUsd * (1 + 1e-9))
      },
    ),
  )
})

test('whatever share is asked for, a reduction stays within the position and neither it nor the rest is too small to trade', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 1_000, noNaN: true }),
      fc.double({ min: 0.01, max: 1.5, noNaN: true }),
      fc.double({ min: 0.01, max: 1_000, noNaN: true }),
      (coins, share, touch) => {
        const held = Number(coins.toFixed(2))
        const input = inputOf({ bid: touch, ask: touch, sizeDecimals: 2, position: held })
        const order = planOrder({ kind: 'reduce', sz: held * share, slippageBps: 0 }, input)
        if (typeof order === 'string') return
        expect(order.sz).toBeLessThanOrEqual(held)
        const rest = held - order.sz
        if (rest > 0) expect(Math.min(order.sz, rest) * order.px).toBeGreaterThanOrEqual(10 * (1 - 1e-9))
      },
    ),
  )
})
