/** The touch of others: own quotes are taken out, level by level, and never improved upon. */
import { expect, test } from 'vitest'
import { formatFixed, fromNumber } from '#domain/fixed-point.ts'
import { othersTouch } from './market-touch.ts'

const level = (px: string, sz: string) => ({ px, sz, n: 1 })
const BBO = { bid: level('100', '5'), ask: level('100.4', '5') }
const BOOK = {
  bids: [level('100', '5'), level('99.9', '7'), level('99.8', '9')],
  asks: [level('100.4', '5'), level('100.5', '3')],
}
const own = (side: 'buy' | 'sell', px: number, sz: number) => ({
  ...{ side, pxE8: fromNumber(px), remainingE8: fromNumber(sz) },
})
const shown = (...quotes: ReturnType<typeof own>[]): string => {
  const { touch, bidSzE8, askSzE8 } = othersTouch(BBO, BOOK, quotes)
  const [bid, ask] = touch ? [formatFixed(touch.bidE8), formatFixed(touch.askE8)] : ['-', '-']
  return `${formatFixed(bidSzE8)}@${bid} ${formatFixed(askSzE8)}@${ask}`
}

test('without own quotes it is the touch', () => {
  expect(shown()).toBe('5@100 5@100.4')
})

test('a share of the best level leaves the rest of it', () => {
  expect(shown(own('buy', 100, 2))).toBe('3@100 5@100.4')
})

test('a best level that is ours alone gives way to the next one of others', () => {
  expect(shown(own('buy', 100, 5))).toBe('7@99.9 5@100.4')
  expect(shown(own('buy', 100, 5), own('buy', 99.9, 7))).toBe('9@99.8 5@100.4')
  expect(shown(own('sell', 100.4, 5))).toBe('5@100 3@100.5')
})

test('a book that shows nobody else leaves the best price as it is', () => {
  expect(shown(own('sell', 100.4, 5), own('sell', 100.5, 3))).toBe('5@100 5@100.4')
})

test('an empty, locked or crossed market is no touch', () => {
  expect(othersTouch(null, BOOK, []).touch).toBeNull()
  expect(othersTouch({ bid: null, ask: level('1', '1') }, null, []).touch).toBeNull()
  expect(othersTouch({ bid: level('1', '1'), ask: level('1', '1') }, null, []).touch).toBeNull()
})
