/** The hypothetical account: whatever is ordered, fills chain, positions equal their sum, reduce-only never grows, and equity follows. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { absE8, parseFixed } from '#domain/fixed-point.ts'
import { cloidOf, fakeMarket, intentOf, START_TS } from '#tests/support/session-ports.ts'
import { DryBook } from './dry-book.ts'

function open() {
  const { market, state } = fakeMarket()
  let now = START_TS
  const book = new DryBook({ account: 'unit', clock: { now: () => now++ }, market }, null)
  return { book, state }
}

test('orders in any order and mixture keep the account whole', () => {
  const any = fc.record({
    side: fc.constantFrom('buy' as const, 'sell' as const),
    sz: fc.integer({ min: 1, max: 9 }).map(String),
    px: fc.integer({ min: 95, max: 105 }).map(String),
    tif: fc.constantFrom('ioc' as const, 'gtc' as const, 'alo' as const),
    reduce_only: fc.boolean(),
    move: fc.integer({ min: 95, max: 105 }),
  })
  fc.assert(
    fc.property(fc.array(any, { maxLength: 25 }), (orders) => {
      const { book, state } = open()
      for (const [seq, { move, ...order }] of orders.entries()) {
        const before = parseFixed(book.held()[0]?.sz ?? '0')
        book.place(intentOf({ ...order, cloid: cloidOf({ seq }) }))
        const after = parseFixed(book.held()[0]?.sz ?? '0')
        if (order.reduce_only) expect(absE8(after) <= absE8(before)).toBe(true)
        Object.assign(state, { bid: String(move - 1), ask: String(move + 1), mark: String(move) })
        book.match()
      }
      let chain = 0n
      for (const fill of book.fills) {
        expect(parseFixed(fill.startPosition)).toBe(chain)
        chain += (fill.side === 'buy' ? 1n : -1n) * parseFixed(fill.sz)
      }
      expect(parseFixed(book.held()[0]?.sz ?? '0')).toBe(chain)
      expect(new Set(book.fills.map(({ tid }) => tid)).size).toBe(book.fills.length)
      for (const order of book.openOrders()) expect(parseFixed(order.sz) > 0n).toBe(true)
    }),
    { numRuns: 200 },
  )
})

test('a take-profit fires on the other side of the mark than a stop', () => {
  const { book, state } = open()
  book.place(intentOf({ tif: 'ioc', px: '101', sz: '1' }))
  const target = { tif: 'gtc' as const, side: 'sell' as const, reduce_only: true, px: '99' }
  book.place(intentOf({ ...target, cloid: cloidOf({ seq: 1 }), trigger: { px: '104', kind: 'take_profit' } }))
  Object.assign(state, { mark: '103.9', bid: '103' })
  book.match()
  expect(book.held()).toHaveLength(1)
  Object.assign(state, { mark: '104', bid: '103.5' })
  book.match()
  expect([book.held(), book.fills.at(-1)?.px]).toEqual([[], '103.5'])
})

test('an unknown order is unknown, and cancelling it is not news', () => {
  const { book } = open()
  expect([book.statusOf('0xno'), book.cancel('0xno')]).toMatchObject([
    { status: 'unknown' },
    { status: 'gone' },
  ])
})
