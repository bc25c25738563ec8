/** Levels: stop multiples, break-even, trailing and target, and that no level ever moves against the position. The worked examples: exits.test.ts. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { heldOf, meiParams, rowOf } from '../../../tests/support/mei.ts'
import { at, isAgainst, stopLevel, targetLevel, trailingLevel } from './levels.ts'

test('without an ATR at entry half a percent of the entry stands in', () => {
  expect(at(heldOf({ entryAtr: 0 }), 20, 20.2, null)).toMatchObject({ atr: 0.1, funding: 0 })
})

test.each([
  { what: 'plain', row: {}, funding: 0, price: 20, stop: 19.2 },
  { what: 'falling ADX under water', row: { adxSlope: -0.1 }, funding: 0, price: 19.9, stop: 19.36 },
  { what: 'falling ADX in profit', row: { adxSlope: -0.1 }, funding: 0, price: 20.1, stop: 19.2 },
  { what: 'funding received', row: {}, funding: -0.00006, price: 20, stop: 19.04 },
  { what: 'too little funding received', row: {}, funding: -0.00005, price: 20, stop: 19.2 },
  { what: 'a strong trend, half an ATR away', row: { adx: 41 }, funding: 0, price: 20.21, stop: 19.08 },
  { what: 'a very strong trend', row: { adx: 46 }, funding: 0, price: 20, stop: 19.12 },
])('$what: the stop lies at $stop', ({ row, funding, price, stop }) => {
  const held = heldOf()
  expect(stopLevel(at(held, 20, price, funding), rowOf(row), held, meiParams())).toBeCloseTo(stop, 9)
})

test.each([
  { side: 1, price: 20.27, stop: 19.2 },
  { side: 1, price: 20.28, stop: 20.02 },
  { side: -1, price: 19.72, stop: 19.98 },
])('side $side at $price: break-even puts the stop at $stop', ({ side, price, stop }) => {
  const held = heldOf({ side })
  expect(stopLevel(at(held, 20, price, 0), rowOf(), held, meiParams())).toBeCloseTo(stop, 9)
})

test('low confidence may trail by values of its own', () => {
  const low = { trade: { trailing_start_atr_low_conf: 0.5, trailing_distance_atr_low_conf: 1.5 } }
  const held = heldOf({ confidence: 0 })
  expect(trailingLevel(at(held, 20, 20.24, 0), rowOf(), held, meiParams(low))).toBeCloseTo(20.24 - 0.6, 9)
  expect(trailingLevel(at(held, 20, 20.24, 0), rowOf(), held, meiParams())).toBe(0)
})

test('whatever the price does, a trailing stop only moves in the position’s favour', () => {
  const prices = fc.array(fc.double({ min: 15, max: 25, noNaN: true }), { minLength: 2, maxLength: 40 })
  fc.assert(
    fc.property(prices, fc.constantFrom(1, -1), (path, side) => {
      const held = heldOf({ side })
      for (const price of path) {
        const before = held.trailing
        held.trailing = trailingLevel(at(held, 20, price, 0), rowOf(), held, meiParams())
        if (before > 0) expect((held.trailing - before) * side).toBeGreaterThanOrEqual(0)
        if (held.trailing > 0 && held.trailing !== before)
          expect((price - held.trailing) * side).toBeGreaterThan(0)
      }
    }),
  )
})

test.each([
  { side: 1, price: 19, level: 19, is: true },
  { side: 1, price: 19.01, level: 19, is: false },
  { side: -1, price: 21, level: 21, is: true },
  { side: -1, price: 20.99, level: 21, is: false },
])('side $side at $price has reached a stop at $level: $is', ({ side, price, level, is }) => {
  expect(isAgainst(at(heldOf({ side }), 20, price, 0), level)).toBe(is)
})

test('a target lies so many ATR in profit', () => {
  expect(targetLevel(at(heldOf({ side: -1 }), 20, 20, 0), 4)).toBeCloseTo(18.4, 9)
})
