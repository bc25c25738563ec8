/** Tests of writing the book down and going on from there. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { TradeEvent } from '#domain/events.ts'
import { ONE_E8 } from '#domain/fixed-point.ts'
import { readSnapshot, restoreBook, takeSnapshot } from '#domain/traders/book-snapshot.ts'
import { PositionBook } from '#domain/traders/position-book.ts'

const trade = (tid: number, buyer: string, seller: string, ts: number): TradeEvent => ({
  kind: 'trade',
  coin: tid % 2 ? 'BTC' : 'ETH',
  ts,
  tid,
  side: 'buy',
  px: '100.5',
  sz: '0.125',
  hash: '',
  buyer,
  seller,
  receivedTs: ts,
})
const facts = (book: PositionBook) =>
  [...book.traders()]
    .map(({ address, baseTs, positions }) => ({
      address,
      baseTs,
      positions: [...positions]
        .filter(([, { szE8 }]) => szE8 !== 0n)
        .map(([coin, { szE8, entryPxE8 }]) => `${coin} ${szE8} ${entryPxE8}`)
        .sort(),
    }))
    .filter(({ baseTs, positions }) => baseTs > 0 || positions.length > 0)
    .sort((a, b) => a.address.localeCompare(b.address))

it('is the same book after a kill at any moment, whatever part of the tape is read again', () => {
  const names = ['0xa', '0xb', '0xc', '0xd']
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 0, max: 100 }),
      (count, killAt, back) => {
        const trades = Array.from({ length: count }, (_, at) =>
          trade(
            (at * 7919) % 10_007,
            names[at % 4] as string,
            names[(at * 3 + 1) % 4] as string,
            100_000 + at * 700,
          ),
        )
        const seed = (book: PositionBook) => {
          book.track(['0xa', '0xb'])
          book.reconcile('0xa', {
            ts: 99_000,
            positions: [{ coin: 'BTC', szE8: ONE_E8, entryPxE8: 50n * ONE_E8 }],
          })
        }
        const whole = new PositionBook()
        seed(whole)
        whole.take(trades)
        const first = new PositionBook()
        seed(first)
        first.take(trades.slice(0, killAt))
        const stored: unknown = JSON.parse(JSON.stringify(takeSnapshot(first, 5)))
        const read = readSnapshot(stored)
        expect(read).not.toBeNull()
        if (!read) return
        const second = restoreBook(read)
        second.track(['0xa', '0xb'])
        second.take(trades.slice(Math.max(0, Math.min(killAt, count) - back))) // what is read again counts once
        expect(facts(second)).toEqual(facts(whole))
        expect(second.outages.list()).toEqual(first.outages.list())
      },
    ),
  )
})

it('refuses what is no snapshot', () => {
  expect(readSnapshot({ version: 2 })).toBeNull()
  expect(readSnapshot('[]')).toBeNull()
})
