/** The segment's ledger follows the stream while its chain holds, and the venue's list when it does not. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FillEvent } from '#domain/events.ts'
import { firstCheckpoint } from '#domain/trading/checkpoint.ts'
import { foldFills } from '#domain/trading/position.ts'
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

const sale = (ts: number, sz: string, startPosition: string): FillEvent => ({
  ...fill(ts, sz, startPosition),
  side: 'sell',
})

function openBook(): FillBook {
  const book = new FillBook(firstCheckpoint(1, START_TS), [COIN])
  book.foldList([], book.request()) // a new segment asks before it believes
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
  const request = book.request()
  expect([book.missing, request.fromTs]).toEqual(['refold', 0])
  const list = [fill(1, '2', '0'), fill(2, '3', '2'), fill(3, '1', '5'), fill(4, '1', '6')]
  expect(book.foldList(list, request).map(({ ts }) => ts)).toEqual([2, 3, 4])
  expect([book.position(COIN).sz, book.missing]).toEqual(['7', 'none'])
})

test('a list that lags behind the stream, or was asked for before the chain broke, is not believed', () => {
  const book = openBook()
  book.take(fill(1, '2', '0'))
  book.take(fill(3, '1', '5'))
  expect(book.foldList([], book.request())).toEqual([])
  expect(book.foldList([fill(3, '1', '5')], { fromTs: 1, gaps: 0 })).toEqual([]) // from fill 1 on: fill 2 may be missing in it
  expect(book.missing).toBe('refold')
})

test('the venue’s word is taken where nothing else helps, and PnL stays', () => {
  const book = openBook()
  book.take(fill(1, '2', '0'))
  book.adopt(COIN, { sz: '-1', entryPx: '90' })
  expect(book.position(COIN)).toMatchObject({ sz: '-1', entryPx: '90', fills: 1 })
  book.settle()
  expect(book.request().fromTs).toBe(1)
})

test('fills missed in a gap that sum to zero are found, though the next one continues the chain', () => {
  const book = openBook()
  book.take(fill(1, '2', '0'))
  book.gap() // fills 2 and 3, a sale of 2 and a purchase of 2, are lost
  expect(book.take(fill(4, '1', '2'))).toBe(false)
  const list = [fill(1, '2', '0'), sale(2, '2', '2'), fill(3, '2', '0'), fill(4, '1', '2')]
  expect(book.foldList(list, book.request()).map(({ ts }) => ts)).toEqual([2, 3, 4])
  expect(book.position(COIN)).toMatchObject({ sz: '3', fills: 4 })
})

test('a fill that waited and is newer than the list is folded behind it', () => {
  const book = openBook()
  book.gap()
  const request = book.request()
  book.take(fill(2, '1', '2'))
  expect(book.foldList([fill(1, '2', '0')], request).map(({ ts }) => ts)).toEqual([1, 2])
  expect([book.position(COIN).sz, book.missing]).toEqual(['3', 'none'])
})

test('a list that was asked for before the stream was cut does not close the gap', () => {
  const book = openBook()
  book.ask()
  const request = book.request()
  book.gap()
  book.foldList([fill(1, '2', '0')], request)
  expect([book.position(COIN).sz, book.missing]).toEqual(['2', 'ask'])
  expect(book.take(fill(4, '1', '2'))).toBe(false)
})

test('a hole that nobody noticed heals when the book is doubted', () => {
  const book = openBook()
  book.take(fill(1, '2', '0'))
  book.take(fill(4, '1', '2')) // the chain holds: 2 and 3 sum to zero
  book.doubt()
  const list = [fill(1, '2', '0'), sale(2, '2', '2'), fill(3, '2', '0'), fill(4, '1', '2')]
  expect(book.foldList(list, book.request()).map(({ ts }) => ts)).toEqual([2, 3])
  expect(book.position(COIN)).toMatchObject({ sz: '3', fills: 4 })
})

/** Purchases and sales that follow one another from zero, and any of them in any order and number, as the stream may bring them. */
const arriving = fc
  .array(
    fc.integer({ min: -3, max: 3 }).filter((sz) => sz !== 0),
    { minLength: 1, maxLength: 10 },
  )
  .map((sizes) =>
    sizes.map((sz, at) => {
      const before = sizes.slice(0, at).reduce((total, each) => total + each, 0)
      const side = sz > 0 ? ('buy' as const) : ('sell' as const)
      const one = fill(START_TS + Math.floor(at / 2), String(Math.abs(sz)), String(before))
      return { ...one, tid: at + 1, side, fee: '0.1', px: String(100 + at) }
    }),
  )
  .chain((fills) => fc.tuple(fc.constant(fills), fc.array(fc.constantFrom(...fills), { maxLength: 14 })))

const whole = (fills: readonly FillEvent[]) =>
  foldFills(firstCheckpoint(1, START_TS), fills).ledger.positions[0]

test('in whatever order and however often fills arrive, with any hole among them, the doubted list makes the ledger whole', () => {
  fc.assert(
    fc.property(arriving, fc.boolean(), ([fills, arrivals], lateList) => {
      const book = openBook()
      const news = arrivals.filter((each) => book.take(each))
      book.doubt()
      const request = book.request()
      if (lateList) news.push(...arrivals.filter((each) => book.take(each)))
      news.push(...book.foldList(fills, request))
      expect([book.position(COIN), book.missing]).toEqual([whole(fills), 'none'])
      expect([news.length, new Set(news.map(({ tid }) => tid)).size]).toEqual([fills.length, fills.length])
    }),
    { numRuns: 500 },
  )
})

test('wherever the stream is cut, whatever it lost, the list from the cursor on makes PnL and fees whole', () => {
  const cut = fc.tuple(arriving, fc.nat(10), fc.nat(10), fc.nat(10))
  fc.assert(
    fc.property(cut, ([[fills], from, lost, listed]) => {
      const book = openBook()
      const before = fills.slice(0, from)
      const after = fills.slice(from + lost)
      for (const each of before) book.take(each)
      book.gap()
      const request = book.request()
      for (const each of after) book.take(each)
      // The answer shows the venue as it was when it was asked: everything the cut lost, and perhaps some of what came later.
      book.foldList(fills.slice(0, Math.max(from + lost, fills.length - listed)), request)
      expect([book.position(COIN), book.missing]).toEqual([whole(fills), 'none'])
    }),
    { numRuns: 500 },
  )
})
