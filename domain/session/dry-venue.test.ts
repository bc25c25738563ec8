/** A dry_live venue sends nothing, says what it would have sent, and tracks what would have come of it. */
import { describe, expect, test } from 'vitest'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import { checkpointOf, holding } from '#tests/support/segment-inputs.ts'
import { cloidOf, fakeMarket, intentOf, START_TS } from '#tests/support/session-ports.ts'
import { createDryVenue } from './dry-venue.ts'

const buy = (change: Partial<OrderIntent> = {}) => intentOf({ tif: 'ioc', px: '101', sz: '2', ...change })
const stop = (px: string, sz = '2'): OrderIntent =>
  intentOf({
    cloid: cloidOf({ leg: 100 }),
    side: 'sell',
    px: '80',
    sz,
    tif: 'gtc',
    reduce_only: true,
    trigger: { px, kind: 'stop' },
  })

function open(start: Parameters<typeof createDryVenue>[1] = null, rehearsal: string | null = null) {
  const { market, state } = fakeMarket()
  const would: OrderIntent[] = []
  let now = START_TS
  const { venue, events } = createDryVenue(
    {
      account: 'unit',
      clock: { now: () => now },
      market,
      equityUsd: async () => '1000',
      rehearse: async () => rehearsal,
      onWouldSend: (order) => void would.push(order),
    },
    start,
    { next: async () => 'timeout' as const },
  )
  const expiresAfter = START_TS + 1_500
  const place = (...orders: OrderIntent[]) => venue.placeOrders(orders, { expiresAfter })
  const position = async () => (await venue.account()).positions
  const later = (ms: number): void => {
    now += ms
  }
  return { venue, events, state, would, place, position, later, expiresAfter }
}

test('an order that takes is told as filled at the shown prices, with the taker fee, and its position is held', async () => {
  const { place, position, would, venue, events } = open()
  expect(await place(buy())).toMatchObject([{ status: 'filled', sz: '2', avgPx: '101' }])
  expect(would).toHaveLength(1)
  expect(await position()).toEqual([{ coin: 'BTC', sz: '2', entryPx: '101' }])
  const [fill] = await venue.fillsSince(0)
  expect(fill).toMatchObject({ startPosition: '0', fee: formatFixed(parseFixed('0.0909')), crossed: true })
  expect(events.takeAccountEvents().map(({ kind }) => kind)).toEqual(['fill', 'order'])
  // Mark 100: 2 coins lost a dollar each, and the fee.
  expect((await venue.account()).equityUsd).toBe('997.9091')
})

test('no more is filled than is shown; the rest of an IOC is gone', async () => {
  const { place, position, venue } = open()
  expect(await place(buy({ sz: '25' }))).toMatchObject([{ status: 'filled', sz: '10' }])
  expect(await position()).toMatchObject([{ sz: '10' }])
  expect(await venue.openOrders()).toEqual([])
})

describe('is refused as the venue would', () => {
  test.each([
    ['an IOC that meets nothing', buy({ px: '100' }), 'could not immediately match'],
    ['a post-only order that would take', buy({ tif: 'alo' }), 'Post only'],
    ['a reduce-only order without position', buy({ reduce_only: true }), 'Reduce only'],
    ['a stop beyond the mark', { ...stop('100'), reduce_only: false }, 'Invalid TP/SL'],
  ])('%s', async (_, order, says) => {
    const { place } = open()
    const [answer] = await place(order)
    expect(answer).toMatchObject({ status: 'rejected', message: expect.stringContaining(says) })
  })
  test('what was not allowed any more, has expired, or could not be signed, would not have been sent', async () => {
    const { venue, would, later, expiresAfter } = open()
    const no = await venue.placeOrders([buy()], { expiresAfter, stillAllowed: () => 'KILLED' })
    later(1_501)
    const late = await venue.placeOrders([buy()], { expiresAfter })
    const unsigned = await open(null, 'no key').place(buy())
    expect([no, late, unsigned].map(([answer]) => answer && 'message' in answer && answer.message)).toEqual([
      'KILLED',
      'Action already expired',
      'no key',
    ])
    expect(would).toEqual([])
  })
})

test('a resting order waits behind everybody at its price and fills as a maker once the market goes through it', async () => {
  const { place, position, state, venue } = open()
  expect(await place(buy({ tif: 'alo', px: '98' }))).toMatchObject([{ status: 'resting' }])
  state.ask = '98.5'
  expect(await position()).toEqual([])
  state.ask = '98'
  expect(await position()).toEqual([{ coin: 'BTC', sz: '2', entryPx: '98' }])
  expect((await venue.fillsSince(0))[0]).toMatchObject({ crossed: false, px: '98' })
  expect(await venue.orderStatus(cloidOf())).toMatchObject({ status: 'filled' })
})

test('the protective stop fires at the mark and closes at what is shown', async () => {
  const { place, position, state, venue } = open(holding('2'))
  await place(stop('95'))
  state.mark = '95.01'
  expect(await venue.openOrders()).toMatchObject([{ trigger: true, px: '95' }])
  Object.assign(state, { mark: '95', bid: '94' })
  expect(await position()).toEqual([])
  expect((await venue.fillsSince(0))[0]).toMatchObject({ px: '94', sz: '2', startPosition: '2' })
})

test('it begins where the checkpoint stands: position and stop, nothing else', async () => {
  const stops = [{ cloid: cloidOf({ leg: 100 }), coin: 'BTC', side: 'sell' as const, px: '90', sz: '3' }]
  const { venue, position, state } = open({ ...holding('3'), stops })
  expect(await position()).toMatchObject([{ sz: '3', entryPx: '100' }])
  expect(await venue.openOrders()).toMatchObject([{ cloid: stops[0]?.cloid, px: '90', reduceOnly: true }])
  Object.assign(state, { mark: '89', bid: '88.9' })
  expect(await position()).toEqual([])
  expect(await open(checkpointOf()).position()).toEqual([])
})

test('a cancel takes it back, once', async () => {
  const { place, venue, expiresAfter } = open()
  const order = buy({ tif: 'gtc', px: '90' })
  await place(order)
  const cancel = () => venue.cancelOrders([order], { expiresAfter })
  expect([await cancel(), await cancel()]).toMatchObject([[{ status: 'canceled' }], [{ status: 'gone' }]])
})

test('a modify ends what rests and places the new order; where the old one is gone nothing is placed', async () => {
  const { place, venue, would, expiresAfter } = open()
  const quote = (seq: number, px: string) => intentOf({ cloid: cloidOf({ seq }), tif: 'alo', px })
  await place(quote(1, '98'))
  const modify = async (old: number, order: OrderIntent) =>
    venue.modifyOrders?.([{ cloid: cloidOf({ seq: old }), order }], { expiresAfter })
  expect(await modify(1, quote(2, '97'))).toMatchObject([{ cloid: cloidOf({ seq: 2 }), status: 'resting' }])
  expect(await modify(1, quote(3, '96'))).toMatchObject([{ status: 'rejected', code: 'GONE' }])
  expect((await venue.openOrders()).map(({ px }) => px)).toEqual(['97'])
  // Refused, the new order takes the old one with it.
  expect(await modify(2, quote(4, '101'))).toMatchObject([{ status: 'rejected' }])
  expect(await venue.openOrders()).toEqual([])
  expect(would).toHaveLength(4)
})
