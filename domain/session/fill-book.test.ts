/** The segment's ledger follows the stream while its chain holds, and the venue's list when it does not. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FillEvent } from '#domain/events.ts'
import { firstCheckpoint } from '#domain/trading/checkpoint.ts'
import { COIN } from '#tests/simulation/market.ts'
import { START_TS } from '#tests/support/session-stage.ts'
import { FillBook } from './fill-book.ts'

const fill = (ts: number, sz: string, startPosition: string, coin = COIN): FillEvent => ({
  kind: 'fill',
  account: 'sim',
  coin,
  ts,
  tid: ts,
  oid: 1,
  cloid: '',
  side: 'buy',
  px: '100',
  sz,
  startPosition,
  direction: '',
  closedPnl: '0',
  fee: '0',
  crossed: false,
  hash: '',
  snapshot: false,
  receivedTs: ts,
})

function openBook(): FillBook {
  const book = new FillBook(firstCheckpoint(1, START_TS), [COIN])
  book.foldList([], book.readFrom()) // a new segment asks before it believes
  return book
}

test('a book that starts does not know whether fills are missing', () => {
  expect(new FillBook(firstCheckpoint(1, START_TS), [COIN]).missing).toBe('ask')
  expect(openBook().missing).toBe('none')
})

test('fills that continue the chain are folded; repeats and other coins are not', () => {
  const book = openBook()
  expect(book.take(fill(1, '2', '0'))).toBe(true)
  expect(book.take(fill(1, '2', '0'))).toBe(false)
  expect(book.take(fill(2, '9', '0', 'ELSE'))).toBe(false)
  expect([book.position(COIN).sz, book.missing]).toEqual(['2', 'none'])
})

test('a broken chain folds nothing more until the whole list has been read from where both agreed', () => {
  const book = openBook()
  book.take(fill(1, '2', '0'))
  expect(book.take(fill(3, '1', '5'))).toBe(false) // fill 2, of 3 coins, never came
  expect(book.take(fill(4, '1', '6'))).toBe(false)
  expect([book.missing, book.readFrom()]).toEqual(['refold', 0])
  const list = [fill(1, '2', '0'), fill(2, '3', '2'), fill(3, '1', '5'), fill(4, '1', '6')]
  expect(book.foldList(list, 0).map(({ ts }) => ts)).toEqual([2, 3, 4])
  expect([book.position(COIN).sz, book.missing]).toEqual(['7', 'none'])
})

test('a list that lags behind the stream, or was asked for before the chain broke, is not believed', () => {
  const book = openBook()
  book.take(fill(1, '2', '0'))
  book.take(fill(3, '1', '5'))
  expect(book.foldList([], 0)).toEqual([])
  expect(book.foldList([fill(3, '1', '5')], 1)).toEqual([]) // from fill 1 on: fill 2 may be missing in it
  expect(book.missing).toBe('refold')
})

test('the venue’s word is taken where nothing else helps, and PnL stays', () => {
  const book = openBook()
  book.take(fill(1, '2', '0'))
  book.adopt(COIN, { sz: '-1', entryPx: '90' })
  expect(book.position(COIN)).toMatchObject({ sz: '-1', entryPx: '90', fills: 1 })
  book.settle()
  expect(book.readFrom()).toBe(1)
})

/** Buys that follow one another from zero, and any of them in any order and number, as the stream may bring them. */
const arriving = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 })
  .map((sizes) =>
    sizes.map((sz, at) => {
      const before = sizes.slice(0, at).reduce((total, each) => total + each, 0)
      return fill(START_TS + at, String(sz), String(before))
    }),
  )
  .chain((fills) => fc.tuple(fc.constant(fills), fc.array(fc.constantFrom(...fills), { maxLength: 12 })))

// Missed fills that sum to zero leave no mark in the chain; hence one direction.
test('in whatever order and however often fills arrive, the list makes the ledger whole, each fill counted once', () => {
  fc.assert(
    fc.property(arriving, ([fills, arrivals]) => {
      const book = openBook()
      const news = arrivals.filter((each) => book.take(each))
      news.push(...book.foldList(fills, book.readFrom()))
      const total = fills.reduce((sum, { sz }) => sum + Number(sz), 0)
      expect([book.position(COIN).sz, book.position(COIN).fills]).toEqual([String(total), fills.length])
      expect([news.length, new Set(news.map(({ tid }) => tid)).size]).toEqual([fills.length, fills.length])
    }),
    { numRuns: 300 },
  )
})
