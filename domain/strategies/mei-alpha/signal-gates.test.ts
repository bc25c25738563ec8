/** Signal gates: what a range, a jump and an alignment are, and that each gate has a bit of its own. The gates at their boundaries: signal.test.ts. */
import { expect, test } from 'vitest'
import { meiParams, rowOf } from '../../../tests/support/mei.ts'
import { changeOf, distanceToFast, isAligned, isAnomaly, rangingSigns, SIGNAL_GATES } from './signal-gates.ts'

test('every gate has one bit, and no two the same', () => {
  const bits = Object.values(SIGNAL_GATES)
  expect(bits.every((bit) => (bit & (bit - 1)) === 0)).toBe(true)
  expect(new Set(bits).size).toBe(bits.length)
})

test.each([
  { row: { adx: 20.9, bbWidth: 0.015, rsi: 50 }, signs: 3 },
  { row: { adx: 21, bbWidth: 0.015, rsi: 50 }, signs: 2 },
  { row: { adx: 21, bbWidth: 0.016, rsi: 50 }, signs: 1 }, // a ratio of exactly 0.8 is none
  { row: { adx: 21, bbWidth: 0.016, rsi: 53 }, signs: 0 },
])('$row shows $signs signs of a range', ({ row, signs }) => {
  expect(rangingSigns(rowOf(row), meiParams())).toBe(signs)
})

test.each([
  { row: { close: 22, closePrev: 20 }, is: false },
  { row: { close: 22.1, closePrev: 20 }, is: true },
  { row: { close: 31, closePrev: 31, emaFast: 20.5 }, is: true },
])('$row is a jump: $is', ({ row, is }) => {
  expect(isAnomaly(rowOf(row), meiParams())).toBe(is)
})

test.each([
  { fast: 20.5, slow: 20, macro: 21, macroToo: false, long: true, short: false },
  { fast: 20.5, slow: 20, macro: 21, macroToo: true, long: false, short: false },
  { fast: 19.5, slow: 20, macro: 21, macroToo: true, long: false, short: true },
  { fast: 20, slow: 20, macro: 19, macroToo: false, long: false, short: false },
])(
  'averages $fast, $slow, $macro: long $long, short $short',
  ({ fast, slow, macro, macroToo, long, short }) => {
    const row = rowOf({ emaFast: fast, emaSlow: slow, emaMacro: macro })
    const params = meiParams({ filters: { require_macro_alignment: macroToo } })
    expect([isAligned(row, params, 1), isAligned(row, params, -1)]).toEqual([long, short])
  },
)

test('distances are fractions', () => {
  const row = rowOf({ close: 21, closePrev: 20, emaFast: 20 })
  expect([distanceToFast(row), changeOf(row)]).toEqual([0.05, 0.05])
})
