/** Figures of a book, and when there is no book to speak of. */
import { expect, test } from 'vitest'
import type { BookLevel } from '#domain/events.ts'
import { parseFixed } from '#domain/fixed-point.ts'
import { imbalance, isOrdered, microprice, midE8, spreadBps, sweep, touchOf } from './order-book.ts'

const level = (px: string, sz = '1'): BookLevel => ({ px, sz, n: 1 })

test.each([
  { name: 'no quote yet', bbo: null },
  { name: 'no bid', bbo: { bid: null, ask: level('101') } },
  { name: 'no ask', bbo: { bid: level('99'), ask: null } },
  { name: 'locked', bbo: { bid: level('100'), ask: level('100') } },
  { name: 'crossed', bbo: { bid: level('101'), ask: level('100') } },
])('there is no touch with $name', ({ bbo }) => {
  expect(touchOf(bbo)).toBeNull()
})

test('mid and spread come from the touch', () => {
  const touch = touchOf({ bid: level('99'), ask: level('101') })
  expect(touch).not.toBeNull()
  if (!touch) return
  expect(midE8(touch)).toBe(parseFixed('100'))
  expect(spreadBps(touch)).toBeCloseTo(200, 9)
})

test('the microprice leans to the thin side, and is the mid of an empty touch', () => {
  expect(microprice(level('99', '3'), level('101', '1'))).toBeCloseTo(100.5, 9)
  expect(microprice(level('99', '0'), level('101', '0'))).toBe(100)
})

test('imbalance runs from −1 to 1 and is 0 for an empty book', () => {
  expect(imbalance({ bids: [level('1', '3')], asks: [level('2', '1')] }, 5)).toBe(0.5)
  expect(imbalance({ bids: [], asks: [level('2', '1')] }, 5)).toBe(-1)
  expect(imbalance({ bids: [], asks: [] }, 5)).toBe(0)
  expect(imbalance({ bids: [level('1', '1'), level('0.9', '100')], asks: [level('2', '1')] }, 1)).toBe(0)
})

test('a sweep pays level after level; what is not there cannot be bought', () => {
  const asks = [level('100', '1'), level('102', '1')]
  expect(sweep(asks, parseFixed('1'))).toEqual({ avgPxE8: parseFixed('100'), worstPxE8: parseFixed('100') })
  expect(sweep(asks, parseFixed('2'))).toEqual({ avgPxE8: parseFixed('101'), worstPxE8: parseFixed('102') })
  expect(sweep(asks, parseFixed('2.00000001'))).toBeNull()
})

test('a side is ordered when prices get strictly worse and every size is real', () => {
  expect(isOrdered([level('100'), level('99')], 'bids')).toBe(true)
  expect(isOrdered([level('100'), level('100')], 'bids')).toBe(false)
  expect(isOrdered([level('100'), level('99')], 'asks')).toBe(false)
  expect(isOrdered([level('100', '0')], 'asks')).toBe(false)
  expect(isOrdered([], 'asks')).toBe(true)
})
