/** Tests of following everybody: exactly by the trades, once each, bounded, and sure again after being compared. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { TradeEvent } from '#domain/events.ts'
import { ONE_E8 } from '#domain/fixed-point.ts'
import { type Moved, PositionBook } from '#domain/traders/position-book.ts'

let tids = 0
const trade = (
  buyer: string,
  seller: string,
  sz: string,
  ts: number,
  coin = 'BTC',
  tid = ++tids,
): TradeEvent => ({
  kind: 'trade',
  coin,
  ts,
  tid,
  side: 'buy',
  px: '100',
  sz,
  hash: '',
  buyer,
  seller,
  receivedTs: ts,
})

it('moves buyer and seller by the size of the trade', () => {
  const book = new PositionBook()
  book.take([
    trade('0xa', '0xb', '1.5', 1_000),
    trade('0xb', '0xa', '0.25', 1_001),
    trade('0xc', '0xa', '2', 1_002, 'ETH'),
  ])
  const sizes = [...book.traders()].map(({ address, positions }) => [
    address,
    ...[...positions].map(([coin, { szE8 }]) => `${coin} ${szE8}`),
  ])
  expect(sizes).toEqual([
    ['0xa', 'BTC 125000000', 'ETH -200000000'],
    ['0xb', 'BTC -125000000'],
    ['0xc', 'ETH 200000000'],
  ])
  expect(book.tapeTs).toBe(1_002)
})

it('counts a trade once, and leaves a trade with oneself and one without names alone', () => {
  const book = new PositionBook()
  const once = trade('0xa', '0xb', '1', 1_000)
  book.take([once, once, trade('0xc', '0xc', '5', 1_000), trade('', '', '7', 1_000)])
  book.take([once])
  expect(book.counts).toMatchObject({ trades: 3, repeated: 2, nameless: 1 })
  expect(book.trader('0xa')?.positions.get('BTC')?.szE8).toBe(ONE_E8)
  expect(book.trader('0xc')?.positions.size).toBe(0)
})

it('tells the moves of tracked traders alone', () => {
  const moves: Moved[] = []
  const book = new PositionBook((moved) => moves.push({ ...moved, position: { ...moved.position } }))
  book.track(['0xa'])
  book.take([trade('0xa', '0xb', '1', 1_000), trade('0xb', '0xc', '1', 1_001)])
  expect(
    moves.map(({ address, beforeE8, position, source }) => [address, beforeE8, position.szE8, source]),
  ).toEqual([['0xa', 0n, ONE_E8, 'tape']])
  book.track([])
  book.take([trade('0xa', '0xb', '1', 1_002)])
  expect(moves).toHaveLength(1)
  expect(book.trader('0xa')?.positions.get('BTC')?.szE8).toBe(2n * ONE_E8)
})

it('knows no size before the venue was asked, and every size afterwards', () => {
  const moves: Moved[] = []
  const book = new PositionBook((moved) => moves.push(moved))
  book.take([trade('0xz', '0xy', '1', 1)])
  book.track(['0xa'])
  book.take([trade('0xa', '0xb', '1', 100_000)])
  expect(book.sizeE8('0xa', 'BTC')).toBeNull()
  book.reconcile('0xa', { ts: 50_000, positions: [{ coin: 'BTC', szE8: 4n * ONE_E8, entryPxE8: ONE_E8 }] })
  expect(book.sizeE8('0xa', 'BTC')).toBe(5n * ONE_E8)
  expect(book.sizeE8('0xa', 'ETH')).toBe(0n)
  expect(moves.at(-1)).toMatchObject({ source: 'venue', beforeE8: 0n })
  expect(book.reconcile('0xnobody', { ts: 1, positions: [] })).toBeNull()
})

it('orders by uncertainty: never asked first, then those whose coins were torn, in the given order where equal', () => {
  const book = new PositionBook()
  book.take([trade('0xz', '0xy', '1', 1)])
  book.track(['0xa', '0xb', '0xc', '0xd'])
  book.take([trade('0xa', '0xb', '1', 10_000), trade('0xc', '0xb', '1', 10_001, 'ETH')])
  for (const address of ['0xa', '0xb', '0xc']) book.reconcile(address, { ts: 50_000, positions: [] })
  book.torn(['ETH'], 60_000, 90_000)
  expect(book.byUncertainty(['0xa', '0xb', '0xc', '0xd'], 100_000).map(({ address }) => address)).toEqual([
    '0xd',
    '0xb',
    '0xc',
    '0xa',
  ])
  expect(book.confidence('0xa', 'BTC', 100_000)).toBeGreaterThan(book.confidence('0xc', 'ETH', 100_000))
})

it('forgets the longest silent of those nobody tracks when there are too many', () => {
  const book = new PositionBook(() => {}, { tradersMax: 100 })
  book.track(['0x0'])
  for (let at = 0; at < 150; at++) book.take([trade(`0x${at}`, `0x${at + 1}`, '1', 1_000 + at)])
  expect(book.size).toBeLessThanOrEqual(100)
  expect(book.trader('0x0')).toBeDefined()
  expect(book.trader('0x150')).toBeDefined()
  expect(book.trader('0x1')).toBeUndefined()
  expect(book.counts.forgotten).toBeGreaterThan(0)
})

it('keeps the sum of everybody at zero and everybody at the sum of his trades, in any order and with any repetition', () => {
  const made = fc.record({
    buyer: fc.integer({ min: 0, max: 5 }),
    seller: fc.integer({ min: 0, max: 5 }),
    sz: fc.integer({ min: 1, max: 1_000 }),
    ts: fc.integer({ min: 1, max: 500_000 }),
  })
  fc.assert(
    fc.property(fc.array(made, { maxLength: 80 }), fc.array(fc.nat(), { maxLength: 80 }), (list, again) => {
      const trades = list.map(({ buyer, seller, sz, ts }, at) =>
        trade(`0x${buyer}`, `0x${seller}`, String(sz), ts, 'BTC', at + 1),
      )
      const book = new PositionBook()
      for (const [at, each] of trades.entries()) {
        const repeated = trades[(again[at] ?? 0) % (at + 1)] as TradeEvent
        book.take([each, repeated])
      }
      const expected = new Map<string, bigint>()
      for (const { buyer, seller, sz } of trades) {
        expected.set(buyer, (expected.get(buyer) ?? 0n) + BigInt(sz) * ONE_E8)
        expected.set(seller, (expected.get(seller) ?? 0n) - BigInt(sz) * ONE_E8)
      }
      let sum = 0n
      for (const { address, positions } of book.traders()) {
        const size = positions.get('BTC')?.szE8 ?? 0n
        expect(size).toBe(expected.get(address))
        sum += size
      }
      expect(sum).toBe(0n)
    }),
  )
})
