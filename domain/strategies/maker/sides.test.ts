/** Sides: momentum, regimes, votes, bias, own flow and the flip rule, with both sides of each threshold. */
import { expect, test } from 'vitest'
import { fromNumber } from '#domain/fixed-point.ts'
import { factsOf, knobsOf } from '#tests/support/maker-facts.ts'
import { chooseSides, makerShare, momentum, regime } from './sides.ts'
import { firstState, type MakerState } from './state.ts'

const WIDE = { liveBps: 10, floorBps: 1 }
const AUTO = { single_sided_mode: 'auto', ss_ma_no_quote_when_tight: false }
const choose = (state: Partial<MakerState>, change = {}, facts = {}, spread = WIDE) =>
  chooseSides({ ...firstState(), ...state }, factsOf(facts), knobsOf({ ...AUTO, ...change }), spread)
const side = (...at: Parameters<typeof choose>): string => choose(...at).side.now ?? '-'
const flow = (makerBuys: number, makerSells: number, taker = 0) => ({
  ...{ makerBuys, makerSells, maker: makerBuys + makerSells, taker, ts: 1 },
})
const trend = (count: number, stepBps: number): number[] =>
  Array.from({ length: count }, (_, at) => 100 * (1 + stepBps / 10_000) ** at)

test('fixed modes quote one side, off both', () => {
  const shown = (mode: string) => {
    const { bid, ask } = choose({}, { single_sided_mode: mode })
    return [bid, ask]
  }
  expect([shown('off'), shown('bid'), shown('ask')]).toEqual([
    [true, true],
    [true, false],
    [false, true],
  ])
})

test('momentum needs ten points and more than 5 bps, and fades the move', () => {
  expect(momentum(trend(9, 5))).toBeNull()
  expect(momentum(trend(10, 2))).toBeNull()
  expect(momentum(trend(30, 2))?.side).toBe('A')
  expect(momentum(trend(30, -2))?.side).toBe('B')
})

test('regimes by deviation and share of upward steps', () => {
  const zigzag = (bps: number) => Array.from({ length: 21 }, (_, at) => 100 + (at % 2) * (bps / 100))
  expect(regime(trend(19, 1))).toBe('unknown')
  expect(regime(trend(20, 1))).toBe('stable')
  expect(regime(zigzag(20))).toBe('choppy')
  expect(regime(zigzag(60))).toBe('volatile')
  const jumpy = trend(21, 1).map((mid, at) => mid * (1 + (at % 5 === 0 ? 0.004 : 0)))
  expect(['choppy', 'trending', 'volatile', 'stable']).toContain(regime(jumpy))
})

test('without votes the bid quotes; inventory asks to leave', () => {
  expect(side({})).toBe('B')
  expect(side({}, {}, { positionE8: fromNumber(1) })).toBe('A')
  expect(side({}, {}, { positionE8: fromNumber(-1) })).toBe('B')
})

test('flow of own maker fills picks its side beyond the ratio', () => {
  expect(side({ flow: flow(1.16, 1) })).toBe('B')
  expect(side({ flow: flow(1, 1.16) })).toBe('A')
  expect(side({ flow: flow(1, 1.15) })).toBe('B')
})

test('worked example 11: maker B, B, A and one taker: share 0.75, the bid', () => {
  expect(makerShare({ maker: 3, taker: 1 })).toBe(0.75)
  expect(side({ flow: flow(2, 1, 1) })).toBe('B')
})

test('the maker share is judged from ten fills on', () => {
  expect(side({ flow: flow(0, 0, 9.9) })).toBe('B')
  expect(side({ flow: flow(0, 0, 10) })).toBe('N')
  expect(side({ flow: flow(3.5, 2, 4.5) })).toBe('B') // 0.55 exactly
})

test('a tight market quotes nothing, from the excess over the floor on', () => {
  const tight = { ss_ma_no_quote_when_tight: true }
  expect(side({}, tight, {}, { liveBps: 1.49, floorBps: 1 })).toBe('N')
  expect(side({}, tight, {}, { liveBps: 1.5, floorBps: 1 })).toBe('B')
})

test.each([
  ['long', 500, 2, 'B'],
  ['long', 60, 2, 'A'], // 49 of 60 × 0.75
  ['short', 500, -2, 'A'],
  ['short', 60, -2, 'B'],
  ['long', 0, 2, 'A'],
  ['short', 0, -2, 'B'],
])('a bias %s of %f USD holding %f coins quotes %s', (bias_side, target_inventory_usd, sz, is) => {
  const aware = { single_sided_market_aware: false }
  expect(side({}, { bias_side, target_inventory_usd, ...aware }, { positionE8: fromNumber(sz) })).toBe(is)
})

test('a flip waits for its cooldown; nothing to quote does not, and the first answer never', () => {
  const on = (passes: number): Partial<MakerState> => ({ passes, side: { now: 'B', changedPass: 10 } })
  const long = { positionE8: fromNumber(1) }
  expect(side(on(59), {}, long)).toBe('B')
  expect(side(on(60), {}, long)).toBe('A')
  expect(side({ ...on(11), flow: flow(0, 0, 20) })).toBe('N')
  expect(side({ passes: 1 }, {}, long)).toBe('A')
})
