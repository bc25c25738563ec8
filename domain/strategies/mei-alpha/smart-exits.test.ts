/** Indicator exits: each on both sides of its boundary. Their place in the order: exits.test.ts. */
import { describe, expect, test } from 'vitest'
import { heldOf, meiParams, type RowFacts, rowOf } from '../../../tests/support/mei.ts'
import { allBits } from './bits.ts'
import { at } from './levels.ts'
import { EXIT_REASONS, exhaustionLimit, rsiLimit, smartExits } from './smart-exits.ts'
import type { Held } from './state.ts'

function reasons(
  price: number,
  row: RowFacts = {},
  held: Partial<Held> = {},
  params: Record<string, unknown> = {},
  funding = 0,
) {
  const position = heldOf(held)
  const where = at(position, 20, price, funding)
  return allBits(
    EXIT_REASONS,
    smartExits(where, rowOf(row), position, { coin: 'AVAX', nowTs: 2_000 }, meiParams(params)),
  )
}

describe('trend', () => {
  test.each([
    { row: { emaFast: 20 }, expected: [] }, // level is not broken
    { row: { emaFast: 19.97, adx: 26 }, expected: ['TREND_BREAKDOWN'] }, // 0.15 % below
    { row: { emaFast: 19.99, adx: 26 }, expected: [] },
    { row: { emaFast: 19.99, adx: 25 }, expected: ['TREND_BREAKDOWN'] },
  ])('$row: $expected', ({ row, expected }) => {
    expect(reasons(20.1, row)).toEqual(expected)
  })

  test('a reversed entry begins against the averages and is only broken once they were with it', () => {
    const against = { emaFast: 19.5 }
    expect(reasons(20.1, against, { reversed: true })).toEqual([]) // original: closed at the next check
    expect(reasons(20.1, against, { reversed: true, aligned: true })).toEqual(['TREND_BREAKDOWN'])
  })

  test.each([
    { price: 18.9, macro: true, expected: ['MACRO_BREAKDOWN'] },
    { price: 19.1, macro: true, expected: [] },
    { price: 18.9, macro: false, expected: [] },
  ])('at $price with the large trend asked for ($macro): $expected', ({ price, macro, expected }) => {
    expect(reasons(price, {}, {}, { filters: { require_macro_alignment: macro } })).toEqual(expected)
  })
})

test.each([
  { held: { threshold: 22 }, expected: 22 },
  { held: { threshold: 0, confidence: 1 }, expected: 18 },
  { held: { threshold: 0, confidence: 0 }, expected: 0 },
])('$held is exhausted below $expected', ({ held, expected }) => {
  expect(exhaustionLimit(heldOf(held), meiParams().trade)).toBe(expected)
})

test.each([
  { price: 19.9, atr: 0.28, expected: [] }, // exactly 0.7
  { price: 19.9, atr: 0.279, expected: ['STAGNATION'] },
  { price: 20, atr: 0.2, expected: [] }, // not under water
])('at $price with an ATR of $atr: $expected', ({ price, atr, expected }) => {
  expect(reasons(price, { atr })).toEqual(expected)
})

test.each([
  {
    row: { adx: 50.1, adxSlope: -0.1, hist: 1, hist1: 2, hist2: 3 },
    price: 20.41,
    expected: ['TREND_SATURATION'],
  },
  { row: { adx: 50, adxSlope: -0.1, hist: 1, hist1: 2, hist2: 3 }, price: 20.41, expected: [] },
  { row: { adx: 50.1, adxSlope: 0, hist: 1, hist1: 2, hist2: 3 }, price: 20.41, expected: [] },
  { row: { adx: 50.1, adxSlope: -0.1, hist: 1, hist1: 2, hist2: 2 }, price: 20.41, expected: [] },
  { row: { adx: 36, hist: 1, hist1: 2, hist2: 3, hist3: 4 }, price: 20.61, expected: ['MACD_DIVERGENCE'] },
  { row: { adx: 36, hist: 1, hist1: 2, hist2: 3, hist3: 4 }, price: 20.59, expected: [] },
  { row: { adx: 36, hist: 1, hist1: 2, hist2: 3, hist3: 3 }, price: 20.61, expected: [] },
])('at $price $row: $expected', ({ row, price, expected }) => {
  expect(reasons(price, row)).toEqual(expected)
})

test.each([
  { side: 1, isHigh: false, isLow: false, expected: 80 },
  { side: 1, isHigh: true, isLow: false, expected: 70 },
  { side: -1, isHigh: false, isLow: false, expected: 20 },
  { side: -1, isHigh: true, isLow: false, expected: 30 },
  { side: 1, isHigh: true, isLow: true, expected: 70 }, // 0 means the main value
])(
  'RSI limit of side $side, much profit $isHigh, low confidence $isLow: $expected',
  ({ side, isHigh, isLow, expected }) => {
    expect(rsiLimit(side, isHigh, isLow, meiParams().trade)).toBe(expected)
  },
)

test('a low-confidence limit of its own counts', () => {
  const { trade } = meiParams({ trade: { rsi_exit_ub_lo_profit_low_conf: 65 } })
  expect([rsiLimit(1, false, true, trade), rsiLimit(1, false, false, trade)]).toEqual([65, 80])
})
