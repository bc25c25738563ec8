/** Spread gates: break-even, guard, quantile and dynamic floor, with the worked numbers and both sides of each limit. */
import { expect, test } from 'vitest'
import { knobsOf } from '#tests/support/maker-facts.ts'
import { breakEven, dynamicFloor, guardedMinSpread, quantile, spreadGate } from './gates.ts'
import { recentOf } from './recent.ts'
import { firstState } from './state.ts'

test('worked example 5: quantiles between neighbours', () => {
  expect(quantile([9, 2, 7, 3.5, 4], 0.6)).toBeCloseTo(5.2, 9)
  expect(quantile([2, 3.5, 4, 7, 9], 0.9)).toBeCloseTo(8.2, 9)
  expect(quantile([], 0.5)).toBe(0)
})

test('worked example 11: break-even of fees 1.2 and 4.0', () => {
  expect(breakEven({ makerBps: 1.2, takerBps: 4 })).toEqual({ maker: 2.4, mixed: 5.2, taker: 8 })
  expect(breakEven({ makerBps: -0.1, takerBps: 2 }).maker).toBe(-0.2)
})

test.each([
  [1.2, 2.5, 0.75, 3.15],
  [1.2, 2.5, 0.05, 2.5],
  [-0.1, 0, 1.5, 1.3],
])('worked example 11: maker fee %f, gate %f, buffer %f: %f', (makerBps, min, buffer, is) => {
  const params = knobsOf({
    ...{ min_spread_guard_enabled: true, min_spread_bps: min, min_spread_guard_buffer_bps: buffer },
  })
  expect(guardedMinSpread(params, { makerBps, takerBps: 4 })).toBe(is)
})

const DYNAMIC = { dynamic_min_spread_enabled: true, dynamic_min_spread_lookback_loops: 50 }
const floor = (spreads: number[], passes: number, was: number | null, change = {}): number =>
  dynamicFloor(
    { ...firstState(), spreads: recentOf(spreads), passes, floorBps: was },
    knobsOf({ ...DYNAMIC, ...change }),
    3,
  )

test('the floor begins at the least spread and needs ten samples, or a fifth of the lookback', () => {
  expect(floor(Array(9).fill(8), 20, null)).toBe(3)
  expect(floor(Array(10).fill(8), 20, null)).toBe(8)
  expect(floor(Array(19).fill(8), 20, null, { dynamic_min_spread_lookback_loops: 100 })).toBe(3)
  expect(floor(Array(20).fill(8), 20, null, { dynamic_min_spread_lookback_loops: 100 })).toBe(8)
})

test('it moves only in passes that are due, by more than the dead band, and not below the least spread', () => {
  expect(floor(Array(50).fill(8), 21, 3)).toBe(3)
  expect(floor(Array(50).fill(3.5), 20, 3)).toBe(3)
  expect(floor(Array(50).fill(3.51), 20, 3)).toBe(3.51)
  expect(floor(Array(50).fill(1), 20, 5)).toBe(3)
})

test('a spread exactly as wide as needed is open', () => {
  const fees = { makerBps: 1.5, takerBps: 4.5 }
  const state = { ...firstState(), spreads: recentOf([3]) }
  expect(spreadGate(state, knobsOf({ min_spread_bps: 3 }), fees).open).toBe(true)
  expect(spreadGate(state, knobsOf({ min_spread_bps: 3.01 }), fees).open).toBe(false)
})
