/** Tests of traders with streams of their own: orders are told at once, and fills find what the tape missed. */
import { expect, it } from 'vitest'
import type { FillEvent, OrderEvent, TradeEvent } from '#domain/events.ts'
import { PositionBook } from '#domain/traders/position-book.ts'
import { BLUR_MS } from '#domain/traders/reconcile.ts'
import { createPinnedTraders } from '#streamers/traders-pinned.ts'
import type { TraderOrderNews } from '#streamers/traders-recorder.ts'

const START = 1_700_000_000_000
let tids = 0
const trade = (buyer: string, seller: string, ts: number, sz = '1'): TradeEvent => ({
  ...{
    kind: 'trade',
    coin: 'BTC',
    ts,
    tid: ++tids,
    side: 'buy',
    px: '100',
    sz,
    hash: '',
    buyer,
    seller,
    receivedTs: ts,
  },
})
const fill = (startPosition: string, sz: string, ts: number, over: Partial<FillEvent> = {}): FillEvent => ({
  ...{
    kind: 'fill',
    account: '0xa',
    coin: 'BTC',
    ts,
    tid: 1,
    oid: 1,
    cloid: '',
    side: 'buy',
    px: '100',
    sz,
    startPosition,
  },
  ...{
    direction: 'Open Long',
    closedPnl: '0',
    fee: '0',
    crossed: true,
    hash: '',
    snapshot: false,
    receivedTs: ts,
  },
  ...over,
})

function world() {
  const news: TraderOrderNews[] = []
  const pinned = createPinnedTraders((each) => news.push(...each))
  const book = new PositionBook()
  book.take([trade('0xz', '0xy', START)])
  book.track(['0xa'])
  book.take([trade('0xz', '0xy', START + 60_000)])
  book.reconcile('0xa', { ts: START + 30_000, positions: [] })
  return { book, news, pinned }
}

it('agrees while the tape shows every fill', () => {
  const { book, pinned } = world()
  book.take([trade('0xa', '0xz', START + 70_000)])
  pinned.take([fill('0', '1', START + 70_000)], '0xa')
  expect(pinned.check(book)).toEqual([]) // not settled yet
  book.take([trade('0xz', '0xy', START + 70_000 + BLUR_MS)])
  expect(pinned.check(book)).toEqual([])
  expect(pinned.counts()).toMatchObject({ fills: 1, missed: 0 })
})

it('finds a trade that the tape has missed, and wants the venue to be asked', () => {
  const { book, pinned } = world()
  pinned.take([fill('0', '1', START + 70_000)], '0xa')
  book.take([trade('0xz', '0xy', START + 70_000 + BLUR_MS)])
  expect(pinned.check(book)).toEqual(['0xa'])
  expect(book.trader('0xa')?.isBlurred).toBe(true)
  expect(pinned.check(book)).toEqual([])
})

it('does not take the snapshot of a new stream for news, nor a fill that a later state holds', () => {
  const { book, pinned } = world()
  pinned.take([fill('0', '1', START + 70_000, { snapshot: true })], '0xa')
  pinned.take([fill('5', '1', START + 20_000)], '0xa')
  book.take([trade('0xz', '0xy', START + 90_000)])
  expect(pinned.check(book)).toEqual([])
})

it('tells order changes with the venue own word', () => {
  const { news, pinned } = world()
  const order: OrderEvent = {
    ...{
      kind: 'order',
      account: '0xa',
      coin: 'ETH',
      oid: 5,
      cloid: '',
      side: 'sell',
      limitPx: '10',
      sz: '2',
      originalSz: '3',
    },
    ...{ status: 'canceled', word: 'selfTradeCanceled', ts: START, receivedTs: START },
  }
  pinned.take([order], '0xa')
  expect(news).toMatchObject([
    { address: '0xa', oid: 5, status: 'canceled', word: 'selfTradeCanceled', source: 'stream', sz: '2' },
  ])
})
