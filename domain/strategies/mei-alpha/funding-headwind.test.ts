/** The funding limit: its steps by rate, its decay with age, and each factor. */
import { expect, test } from 'vitest'
import { heldOf, type RowFacts, rowOf } from '../../../tests/support/mei.ts'
import { headwindLimit } from './funding-headwind.ts'
import { at } from './levels.ts'

/** Nothing helps and nothing hurts: against the trend, below the large average, histogram falling, ADX 26. */
const NEUTRAL: RowFacts = {
  emaFast: 19.9,
  emaSlow: 20,
  emaMacro: 25,
  hist: 0.01,
  hist1: 0.05,
  adx: 26,
  adxSlope: 0.1,
}

function limit(
  rate: number,
  row: RowFacts = {},
  more: { confidence?: number; ageHours?: number | null } = {},
): number {
  const where = at(heldOf(), 20, 19.9, rate)
  return headwindLimit({ where, row: rowOf({ ...NEUTRAL, ...row }), confidence: 1, ageHours: 0.5, ...more })
}

test.each([
  { rate: 1.1e-4, expected: 0.15 },
  { rate: 1e-4, expected: 0.25 },
  { rate: 6.1e-5, expected: 0.25 },
  { rate: 6e-5, expected: 0.4 },
  { rate: 4e-5, expected: 0.6 },
  { rate: 2e-5, expected: 0.8 },
  { rate: 1e-5, expected: 0.8 },
  { rate: 9e-6, expected: 0.95 },
])('at a rate of $rate the limit begins at $expected ATR', ({ rate, expected }) => {
  expect(limit(rate)).toBeCloseTo(expected, 12)
})

test.each([
  { what: 'a wider market', row: { atr: 0.49 }, more: {}, factor: 0.6 },
  { what: 'a falling ADX', row: { adxSlope: -0.1 }, more: {}, factor: 0.75 },
  { what: 'a strong trend', row: { adx: 36 }, more: {}, factor: 1.4 },
  { what: 'high confidence', row: {}, more: { confidence: 2 }, factor: 1.25 },
  { what: 'the right side of the large average', row: { emaMacro: 19 }, more: {}, factor: 1.3 },
  { what: 'an oversold long', row: { rsi: 34 }, more: {}, factor: 1.3 },
  { what: 'an ADX that jumps', row: { adxSlope: 1.1 }, more: {}, factor: 1.4 },
  { what: 'ADX 46', row: { adx: 46 }, more: {}, factor: 1.4 * 1.6 * 1.25 },
  { what: 'a quiet market', row: { atr: 0.039 }, more: {}, factor: 1.25 },
])('$what changes it by $factor', ({ row, more, factor }) => {
  expect(limit(3e-5, row, more)).toBeCloseTo(0.6 * factor, 12)
})

test.each([
  { ageHours: 1, expected: 0.6 },
  { ageHours: 3, expected: 0.6 * (1 - 2 / 11) },
  { ageHours: 7, expected: 0.35 }, // the floor
  { ageHours: 100, expected: 0.35 },
  { ageHours: null, expected: 0.6 }, // unknown age: nothing decays
])('after $ageHours hours it is $expected', ({ ageHours, expected }) => {
  expect(limit(3e-5, {}, { ageHours })).toBeCloseTo(expected, 12)
})

test('an aligned trend holds at least 0.75, an improving histogram half as much again', () => {
  expect(limit(7e-5, { emaFast: 20.3 })).toBeCloseTo(0.75, 12)
  expect(limit(3e-5, { hist: 0.06 })).toBeCloseTo(0.9, 12)
  expect(limit(1.1e-4, { hist: 0.06 })).toBeCloseTo(0.5, 12)
})
