/** Tests of comparing two lists of open orders, with the worked example. */
import { expect, it } from 'vitest'
import { diffOrders, type TraderOrder } from '#domain/traders/open-orders.ts'

const order = (oid: number, px: string, sz: string, more: Partial<TraderOrder> = {}): TraderOrder => ({
  ...{ oid, px, sz, originalSz: sz, coin: 'BTC', side: 'buy', reduceOnly: false, openedTs: 1_000 },
  ...more,
})
const words = ({ fresh, changed, missing }: ReturnType<typeof diffOrders>) =>
  [
    ...fresh.map(({ oid }) => `${oid} new`),
    ...changed.map(({ oid, sz, originalSz }) => `${oid} updated ${sz}/${originalSz}`),
    ...missing.map(({ oid, sz }) => `${oid} gone at ${sz}`),
  ].sort()

it('tells new, updated and gone orders as in the worked example', () => {
  const first = diffOrders(new Map(), [order(7, '3000', '2.0'), order(8, '2990.5', '1')])
  expect(words(first)).toEqual(['7 new', '8 new'])
  const second = diffOrders(first.open, [order(7, '3000', '1.25')])
  expect(words(second)).toEqual(['7 updated 1.25/2.0', '8 gone at 1'])
  const third = diffOrders(second.open, [order(7, '3000', '1.25')])
  expect(words(third)).toEqual([])
  expect(words(diffOrders(third.open, []))).toEqual(['7 gone at 1.25'])
})

it('takes a millionth for no difference, and a little more for one', () => {
  const { open } = diffOrders(new Map(), [order(1, '100', '1')])
  expect(words(diffOrders(open, [order(1, '100.000001', '1.000001')]))).toEqual([])
  expect(words(diffOrders(open, [order(1, '100.0000011', '1')]))).toEqual(['1 updated 1/1'])
  expect(words(diffOrders(open, [order(1, '100', '1', { side: 'sell' })]))).toEqual(['1 updated 1/1'])
})
