/** The market of a backtest: touch on the tick, fills within their limit, stops after gaps, and which end of a bar comes first. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromNumber } from '../fixed-point.ts'
import { isValidPrice } from '../market/instrument.ts'
import { ceilPriceNumber, floorPriceNumber } from '../market/round-number.ts'
import { askAt, bidAt, fillPrice, reached, stopFillPrice } from './market-model.ts'
import { BacktestOptions } from './options.ts'

const options = BacktestOptions.parse({ spread_bps: 10, slippage_bps: 10, stop_slippage_bps: 10 })

test('half a spread on both sides, away from the price', () => {
  expect([bidAt(20, options, 1), askAt(20, options, 1)]).toEqual([19.99, 20.01])
})

test.each([
  { side: 'buy', limit: 20.1, px: 20.031 }, // ask 20.01 and 10 bps, up to the tick
  { side: 'buy', limit: 20.02, px: 20.02 }, // no worse than its limit
  { side: 'buy', limit: 20.009, px: 0 },
  { side: 'sell', limit: 19.9, px: 19.97 },
  { side: 'sell', limit: 19.991, px: 0 },
] as const)('a $side with limit $limit is filled at $px', ({ side, limit, px }) => {
  expect(fillPrice(side, limit, 20, options, 1)).toBe(px)
})

test.each([
  { side: 1, stop: 19, open: 19.5, px: 18.981 },
  { side: 1, stop: 19, open: 18, px: 17.982 }, // a gap: at the open
  { side: -1, stop: 21, open: 20, px: 21.021 },
  { side: -1, stop: 21, open: 22, px: 22.022 },
])('side $side, stop $stop, open $open: filled at $px', ({ side, stop, open, px }) => {
  expect(stopFillPrice(side, stop, open, options, 1)).toBe(px)
})

test.each([
  {
    side: 1,
    stop: 19,
    target: 21,
    bar: { open: 20, high: 20.9, low: 19.1 },
    path: 'worst',
    expected: 'none',
  },
  {
    side: 1,
    stop: 19,
    target: 21,
    bar: { open: 20, high: 21, low: 19.1 },
    path: 'worst',
    expected: 'target',
  },
  { side: 1, stop: 19, target: 21, bar: { open: 20, high: 21, low: 19 }, path: 'worst', expected: 'stop' },
  {
    side: 1,
    stop: 19,
    target: 21,
    bar: { open: 20.4, high: 21, low: 19 },
    path: 'adaptive',
    expected: 'target',
  },
  {
    side: 1,
    stop: 19,
    target: 21,
    bar: { open: 19.6, high: 21, low: 19 },
    path: 'adaptive',
    expected: 'stop',
  },
  {
    side: -1,
    stop: 21,
    target: 19,
    bar: { open: 19.6, high: 21, low: 19 },
    path: 'adaptive',
    expected: 'target',
  },
  {
    side: 1,
    stop: 19,
    target: 21,
    bar: { open: 21.5, high: 22, low: 18 },
    path: 'worst',
    expected: 'target',
  }, // opened beyond it
  { side: 1, stop: 0, target: 0, bar: { open: 20, high: 90, low: 1 }, path: 'worst', expected: 'none' },
] as const)('side $side in $bar ($path): $expected', ({ side, stop, target, bar, path, expected }) => {
  expect(reached(side, stop, target, bar, path)).toBe(expected)
})

test('every fill is a price of the venue and never better than the touch', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 90_000, noNaN: true }),
      fc.integer({ min: 0, max: 4 }),
      (px, decimals) => {
        const bought = fillPrice('buy', ceilPriceNumber(px * 2, decimals), px, options, decimals)
        const sold = fillPrice('sell', floorPriceNumber(px / 2, decimals), px, options, decimals)
        expect([
          isValidPrice(fromNumber(bought), decimals),
          isValidPrice(fromNumber(sold), decimals) || sold === 0,
        ]).toEqual([true, true])
        expect(bought).toBeGreaterThanOrEqual(askAt(px, options, decimals))
        expect(sold).toBeLessThanOrEqual(bidAt(px, options, decimals))
      },
    ),
  )
})
