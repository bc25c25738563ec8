/** Sizes: rounded up once to a lot, cut by margin and caps, raised to the least order, and shared by the levels of a side. */
import { expect, test } from 'vitest'
import { formatFixed, fromNumber } from '#domain/fixed-point.ts'
import { factsOf, knobsOf, LIMITS } from '#tests/support/maker-facts.ts'
import { sizeAtLeast, sizeSide, wantedSize } from './sizes.ts'

const wanted = (change: Record<string, unknown>, marginUsdMax: number | null = null): string =>
  formatFixed(
    wantedSize(factsOf({ portfolio: { otherGrossUsd: 0, maxGrossUsd: 1e9, marginUsdMax } }), knobsOf(change)),
  )

test('a size is rounded up to the lot, never twice', () => {
  expect(formatFixed(sizeAtLeast(fromNumber(50), fromNumber(24.52), 2))).toBe('2.04')
  expect(formatFixed(sizeAtLeast(fromNumber(50), fromNumber(25), 2))).toBe('2')
})

test('the margin cap cuts down, and below the least order nothing is quoted', () => {
  expect(wanted({ size_notional_usd: 5_000 }, 250)).toBe('10.19')
  expect(wanted({}, 11)).toBe('0.44')
  expect(wanted({}, 9.9)).toBe('0')
  expect(wanted({}, 0)).toBe('0')
})

test('a small wish is raised to the least order', () => {
  expect(wanted({ size_notional_usd: 2 })).toBe('0.41')
})

const side = (prices: number[], facts = {}, change = {}): string[] =>
  sizeSide(
    'buy',
    prices.map(fromNumber),
    fromNumber(2.04),
    factsOf(facts),
    knobsOf({ max_per_coin_notional: 120, ...change }),
    LIMITS,
  ).map(({ szE8, capped }) => `${formatFixed(szE8)}${capped ? ' capped' : ''}`)

test('levels share the room of their side, the last one gets what is left', () => {
  expect(side([24.5, 24.4, 24.3])).toEqual(['2.04', '2.04', '0.81 capped'])
  expect(side([24.5, 24.4, 24.3], { positionE8: fromNumber(4.5) })).toEqual([])
})

test('levels get smaller by a share of the first, in whole lots, and end at the least order', () => {
  const down = (level_size_decay_pct: number): string[] =>
    side([24.5, 24.4, 24.3], {}, { level_size_decay_pct })
  expect(down(15)).toEqual(['2.04', '1.73', '1.12 capped']) // 0.7 × 2.04 are 1.42; 1.12 is the room that is left
  expect(down(30)).toEqual(['2.04', '1.42', '0.81'])
  expect(down(50)).toEqual(['2.04', '1.02', '0.42'])
})

test('a limit of the session on one order cuts it', () => {
  const [first] = sizeSide('buy', [fromNumber(24.5)], fromNumber(2.04), factsOf(), knobsOf(), {
    ...LIMITS,
    order_usd_max: 30,
  })
  expect(first && formatFixed(first.szE8)).toBe('1.22')
})

test('a session that may only close takes what is held, however little', () => {
  const closing = { closeOnly: true, positionE8: fromNumber(-0.1) }
  expect(side([24.5, 24.4], closing)).toEqual(['0.1'])
  expect(side([24.5], { closeOnly: true, positionE8: fromNumber(1) })).toEqual([])
})
