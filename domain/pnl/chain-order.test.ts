/** Order inside one millisecond: along the chain of start positions, in the given order where it does not tell. */
import { expect, test } from 'vitest'
import { batchOf, type LedgerFill } from '#domain/pnl/batch.ts'
import { chainOrder } from '#domain/pnl/chain-order.ts'
import { Lane } from '#domain/pnl/lane.ts'

const E8 = 100_000_000
const order = (held: number, ...given: [side: 'buy' | 'sell', sz: string, start: string][]): number[] => {
  const fills = given.map(
    ([side, sz, startPosition], at): LedgerFill => ({
      ...{ account: 'a', coin: 'C', ts: 1, tid: at, side, px: '1', sz, startPosition },
      ...{ closedPnl: '0', fee: '0', crossed: true },
    }),
  )
  const { batch } = batchOf(fills)
  const lane = new Lane()
  lane.sz = held * E8
  const rows = new Int32Array(given.length)
  return [...rows.subarray(0, chainOrder(batch, 0, given.length, lane, rows))]
}

test('buys climb, sells descend', () => {
  expect(order(0, ['buy', '2', '3'], ['buy', '3', '0'], ['buy', '1', '5'])).toEqual([1, 0, 2])
  expect(order(5, ['sell', '2', '2'], ['sell', '3', '5'])).toEqual([1, 0])
})

test('both sides in one millisecond are linked one by one, from what is held', () => {
  expect(order(1, ['sell', '4', '3'], ['buy', '2', '1'], ['buy', '5', '-1'])).toEqual([1, 0, 2])
})

test('a chain that is broken keeps the given order', () => {
  expect(order(0, ['sell', '4', '70'], ['buy', '2', '60'])).toEqual([0, 1])
  expect(order(0, ['buy', '2', '0'])).toEqual([0])
})
