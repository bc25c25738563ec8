/** Figures of the worked examples N3 and N7 that the tests of their rules do not name. */
// Not here: the rules themselves (signal.test.ts, exits.test.ts).
import { describe, expect, test } from 'vitest'
import {
  heldOf,
  inputOf,
  meiParams,
  type RowFacts,
  rowOf,
  SHIPPED,
  stateAfter,
} from '../../../tests/support/mei.ts'
import { takerLimit } from '../plan.ts'
import { judgeExit } from './exits.ts'
import { headwindLimit } from './funding-headwind.ts'
import { at } from './levels.ts'
import type { Row } from './row.ts'
import { analyse, openSignal } from './signal.ts'
import { distanceToFast } from './signal-gates.ts'
import type { Held } from './state.ts'

describe('N3', () => {
  test.each([
    { bars: 245, params: {}, name: 'adx', is: 40.81, digits: 2 },
    { bars: 245, params: {}, name: 'hist', is: -0.08408, digits: 5 },
    { bars: 245, params: {}, name: 'hist1', is: -0.07025, digits: 5 },
    { bars: 248, params: {}, name: 'hist', is: -0.055077, digits: 6 },
    { bars: 248, params: {}, name: 'hist1', is: -0.071082, digits: 6 },
    { bars: 249, params: {}, name: 'hist', is: -0.0419, digits: 4 },
    { bars: 250, params: {}, name: 'adx', is: 40.303899, digits: 6 },
    { bars: 270, params: {}, name: 'k', is: 0.062121, digits: 6 },
    { bars: 262, params: SHIPPED, name: 'adx', is: 44.43, digits: 2 },
    { bars: 262, params: SHIPPED, name: 'hist', is: -0.20558, digits: 5 },
    { bars: 262, params: SHIPPED, name: 'hist1', is: -0.251, digits: 5 },
    { bars: 268, params: SHIPPED, name: 'adx', is: 38.22169, digits: 5 },
    { bars: 270, params: {}, name: 'slowSlope', is: -0.0065081, digits: 6 },
  ] as const)('S($bars): $name is $is', ({ bars, params, name, is, digits }) => {
    expect(stateAfter(bars, meiParams(params)).row[name as keyof Row]).toBeCloseTo(is, digits)
  })

  test('S(249) lies 0.012563 from its fast average', () => {
    expect(distanceToFast(stateAfter(249, meiParams()).row)).toBeCloseTo(0.012563, 6)
  })

  test.each([
    { bars: 250, params: {}, long: 52, short: 48, floor: 22 },
    { bars: 268, params: SHIPPED, long: 52.28453, short: 47.715471, floor: 15 },
  ])(
    'S($bars): RSI limits $long and $short, ADX floor $floor',
    ({ bars, params: given, long, short, floor }) => {
      const params = meiParams(given)
      const signal = openSignal()
      analyse(
        signal,
        stateAfter(bars, params).row,
        { isBtc: false, btcBullish: null, breadthPct: null },
        params,
      )
      expect(signal.rsiLong).toBeCloseTo(long, 5)
      expect(signal.rsiShort).toBeCloseTo(short, 5)
      expect(signal.adxFloor).toBe(floor)
    },
  )
})

describe('N7: levels, AVAX long from 20, ATR 0.4', () => {
  const judge = (price: number, row: RowFacts, fundingRate = 0, held: Partial<Held> = {}) =>
    judgeExit(
      heldOf(held),
      rowOf(row),
      {
        ...{ coin: 'AVAX', nowTs: 1_800_000, price, entryPx: 20, fundingRate, sizeDecimals: 2 },
        ...{ closedTs: 0, tpMult: 4 },
      },
      meiParams(),
      true,
    )
  test.each([
    { price: 19.19, row: {}, funding: 0, stop: 19.2 },
    { price: 19.35, row: { adxSlope: -0.2 }, funding: 0, stop: 19.36 },
    { price: 19.03, row: {}, funding: -0.00008, stop: 19.04 },
    { price: 18.98, row: { adx: 46 }, funding: 0, stop: 18.988 },
  ])('at $price with $row and funding $funding the stop is $stop', ({ price, row, funding, stop }) => {
    expect(judge(price, row, funding).stopPx).toBeCloseTo(stop, 9)
  })
  test.each([
    { bid: 19.19, original: 19.17081, px: 19.171 },
    { bid: 21.65, original: 21.62835, px: 21.629 },
  ])(
    'sold at a bid of $bid, 10 bps: at $px, on the tick and never below $original',
    ({ bid, original, px }) => {
      const limit = takerLimit(inputOf({ bid, ask: bid, sizeDecimals: 2 }), 'sell', 10)
      expect(limit).toBe(px)
      expect(px - original).toBeLessThan(0.001)
    },
  )
  test('the target is four ATR away: 21.6', () => {
    expect(judge(21.65, {}).targetPx).toBeCloseTo(21.6, 9)
  })

  const weak = { emaFast: 19.9999, emaSlow: 20, emaMacro: 25, hist: 0.01, adx: 26 }
  test.each([
    { funding: 7e-5, row: weak, ageHours: 0.5, h: 0.25 },
    { funding: 7e-5, row: weak, ageHours: 7, h: 0.35 },
    { funding: 3e-5, row: { ...weak, adx: 36, adxSlope: -0.1 }, ageHours: 0.5, h: 0.63 },
    { funding: 7e-5, row: { ...weak, emaFast: 20.3, adx: 30 }, ageHours: 0.5, h: 0.75 },
  ])('funding of $funding after $ageHours h is borne up to $h ATR', ({ funding, row, ageHours, h }) => {
    const where = at(heldOf(), 20, 19.85, funding)
    expect(headwindLimit({ where, row: rowOf(row), confidence: 1, ageHours })).toBeCloseTo(h, 9)
  })
})
