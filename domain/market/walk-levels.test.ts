/** A book is taken from its best level on, within the limit, at the average of what was taken. */
import { expect, test } from 'vitest'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { walkLevels } from './walk-levels.ts'

const asks = [
  { px: '100', sz: '1', n: 1 },
  { px: '102', sz: '1', n: 1 },
  { px: '110', sz: '5', n: 1 },
]
const walk = (limit: string, sz: string, side: 'buy' | 'sell' = 'buy') => {
  const { szE8, pxE8 } = walkLevels(asks, side, parseFixed(limit), parseFixed(sz))
  return [formatFixed(szE8), formatFixed(pxE8)]
}

test.each([
  { limit: '99.99', sz: '1', is: ['0', '0'] },
  { limit: '100', sz: '0.5', is: ['0.5', '100'] },
  { limit: '100', sz: '2', is: ['1', '100'] },
  { limit: '102', sz: '2', is: ['2', '101'] },
  { limit: '109.99', sz: '9', is: ['2', '101'] },
  { limit: '110', sz: '3', is: ['3', '104'] },
])('buying $sz up to $limit takes $is', ({ limit, sz, is }) => expect(walk(limit, sz)).toEqual(is))

test('a seller takes bids down to its limit, and an empty book gives nothing', () => {
  expect(walk('101', '1', 'sell')).toEqual(['0', '0']) // the best bid of 100 is below it
  expect(walk('99', '1', 'sell')).toEqual(['1', '100'])
  expect(walkLevels([], 'buy', parseFixed('1'), parseFixed('1')).szE8).toBe(0n)
})
