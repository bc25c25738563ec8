/** A market feed against a server that cuts, stalls, lies and refuses: it comes back, and says exactly what it missed. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '#config/clock.ts'
import type { MarketEvent, TradeEvent } from '#domain/events.ts'
import type { MarketSubscription } from '#exchange/wire/frames.ts'
import type { Gap } from '#streamers/continuity.ts'
import { createMarketFeed } from '#streamers/market-feed.ts'
import type { MarketFeed, MarketFeedOptions } from '#streamers/market-feed-port.ts'
import { startVenueStandIn, type VenueStandIn } from './venue-stand-in.ts'

const TRADES: MarketSubscription = { type: 'trades', coin: 'BTC' }
const BOOK: MarketSubscription = { type: 'l2Book', coin: 'BTC' }
const BBO: MarketSubscription = { type: 'bbo', coin: 'BTC' }
const trade = (tid: number, time = tid) => ({ coin: 'BTC', side: 'B', px: '100.5', sz: '1.0', time, tid })
const book = (time: number) => ({ coin: 'BTC', time, levels: [[], []] })

let venue: VenueStandIn
let feed: MarketFeed | null
let events: MarketEvent[]
let gaps: Gap[]
let warnings: string[]

const log = {
  info: () => {},
  warn: (_facts: unknown, message: string) => void warnings.push(message),
  error: (_facts: unknown, message: string) => void warnings.push(message),
}

beforeEach(async () => {
  venue = await startVenueStandIn()
  events = []
  gaps = []
  warnings = []
  feed = null
})
afterEach(async () => {
  await feed?.close()
  await venue.close()
})

async function follow(
  subscriptions: MarketSubscription[],
  more: Partial<MarketFeedOptions> = {},
): Promise<MarketFeed> {
  feed = createMarketFeed({
    url: venue.url,
    subscriptions,
    clock: systemClock,
    log,
    staleMs: 5_000,
    seed: 1,
    onEvents: (some) => events.push(...some),
    onGap: (gap) => gaps.push({ ...gap }),
    ...more,
  })
  await feed.start()
  return feed
}
const tids = (): number[] =>
  events.filter((event): event is TradeEvent => event.kind === 'trade').map(({ tid }) => tid)
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 8_000, interval: 5 })

test('start resolves only after every subscription is acknowledged', async () => {
  venue.deaf.add('bbo')
  let isStarted = false
  const starting = follow([TRADES, BBO]).then(() => {
    isStarted = true
  })
  await soon(() => expect(venue.requests).toHaveLength(2))
  expect(isStarted).toBe(false)
  expect(feed?.status().text).toBe('0/1 connected')
  venue.deaf.clear()
  venue.cut() // the next connection is heard
  await starting
  expect(feed?.status()).toMatchObject({ text: '1/1 connected', connects: 2 })
})

test('a coin that the venue does not know is reported and does not hold up the others', async () => {
  venue.unknownCoins.add('NOPE')
  const started = await follow([TRADES, { type: 'trades', coin: 'NOPE' }])
  expect(started.status()).toMatchObject({
    text: '1/1 connected',
    refused: { 'trades|NOPE||': 'Invalid subscription {"type":"trades","coin":"NOPE"}' },
  })
})

describe('after a cut', () => {
  test('everything is subscribed again, and the gap runs from the last event before it to the first after it', async () => {
    await follow([TRADES, BOOK])
    venue.publish(TRADES, 'trades', [trade(1), trade(2)])
    venue.publish(BOOK, 'l2Book', book(5))
    await soon(() => expect(events).toHaveLength(3))
    venue.cut()
    await soon(() => expect(gaps).toHaveLength(2))
    await soon(() => expect(feed?.status().text).toBe('1/1 connected'))
    venue.publish(TRADES, 'trades', [trade(7), trade(8)])
    venue.publish(BOOK, 'l2Book', book(9))
    await soon(() => expect(gaps).toHaveLength(4))
    expect(gaps).toEqual([
      {
        channel: 'trades',
        coin: 'BTC',
        openedTs: 2,
        closedTs: 0,
        reason: 'disconnect',
        rowsRecovered: 0,
        status: 'open',
      },
      {
        channel: 'l2Book',
        coin: 'BTC',
        openedTs: 5,
        closedTs: 0,
        reason: 'disconnect',
        rowsRecovered: 0,
        status: 'open',
      },
      {
        channel: 'trades',
        coin: 'BTC',
        openedTs: 2,
        closedTs: 7,
        reason: 'disconnect',
        rowsRecovered: 0,
        status: 'closed',
      },
      {
        channel: 'l2Book',
        coin: 'BTC',
        openedTs: 5,
        closedTs: 9,
        reason: 'disconnect',
        rowsRecovered: 0,
        status: 'closed',
      },
    ])
    expect(venue.requests.filter((each) => each === 'subscribe trades|BTC||')).toHaveLength(2)
  })

  test('repeated trades that reach back to the last known one prove that nothing is missing', async () => {
    await follow([TRADES])
    venue.publish(TRADES, 'trades', [trade(1), trade(2)])
    await soon(() => expect(tids()).toEqual([1, 2]))
    venue.onSubscribe = () => ({ channel: 'trades', data: [trade(1), trade(2), trade(3), trade(4)] })
    venue.cut()
    await soon(() => expect(gaps.at(-1)?.status).toBe('recovered'))
    expect(gaps.at(-1)).toMatchObject({ openedTs: 2, closedTs: 3, rowsRecovered: 2 })
    expect(tids()).toEqual([1, 2, 1, 2, 3, 4])
  })

  test('a feed that never had data has no gap', async () => {
    await follow([TRADES, BBO])
    venue.publish(TRADES, 'trades', [trade(1)])
    await soon(() => expect(events).toHaveLength(1))
    venue.cut()
    await soon(() => expect(feed?.status()).toMatchObject({ text: '1/1 connected', connects: 2 }))
    expect(gaps.map(({ channel }) => channel)).toEqual(['trades'])
  })

  test('a venue that refuses connections is tried again and again', async () => {
    await follow([TRADES])
    venue.isDown = true
    venue.cut()
    await soon(() =>
      expect(warnings.filter((each) => each.startsWith('socket down')).length).toBeGreaterThanOrEqual(3),
    )
    expect(venue.connects).toBe(1)
    venue.isDown = false
    await soon(() => expect(feed?.status().text).toBe('1/1 connected'))
  })
})

describe('silence', () => {
  test('of a whole connection, pongs included, cuts it', async () => {
    await follow([TRADES], { staleMs: 150 })
    venue.publish(TRADES, 'trades', [trade(1)])
    await soon(() => expect(events).toHaveLength(1))
    venue.answersPings = false
    await soon(() => expect(venue.connects).toBeGreaterThanOrEqual(2))
    expect(gaps[0]).toMatchObject({ channel: 'trades', reason: 'stale', status: 'open' })
  })

  test('of trades alone on a living connection is no fault: pings keep it', async () => {
    await follow([TRADES], { staleMs: 300 })
    venue.publish(TRADES, 'trades', [trade(1), trade(2), trade(3), trade(4)])
    await soon(() => expect(venue.pings).toBeGreaterThanOrEqual(8)) // more than two times stale
    expect(venue.connects).toBe(1)
    expect(gaps).toEqual([])
  })

  test('of an active book is asked for again on the same connection, and the gap ends with newer data only', async () => {
    await follow([BOOK, TRADES], { staleMs: 300 })
    for (const time of [1, 2, 3]) venue.publish(BOOK, 'l2Book', book(time))
    await soon(() => expect(gaps).toHaveLength(1))
    expect(gaps[0]).toMatchObject({ channel: 'l2Book', openedTs: 3, reason: 'stall', status: 'open' })
    await soon(() =>
      expect(venue.requests.slice(-2)).toEqual(['unsubscribe l2Book|BTC||', 'subscribe l2Book|BTC||']),
    )
    expect(venue.connects).toBe(1)
    venue.publish(BOOK, 'l2Book', book(3)) // the same snapshot again proves nothing
    venue.publish(BOOK, 'l2Book', book(6))
    await soon(() => expect(gaps).toHaveLength(2))
    expect(gaps[1]).toMatchObject({ openedTs: 3, closedTs: 6, status: 'closed' })
  })

  test('that a new subscription does not end cuts the connection', async () => {
    await follow([BOOK], { staleMs: 100 })
    for (const time of [1, 2, 3]) venue.publish(BOOK, 'l2Book', book(time))
    await soon(() => expect(venue.connects).toBe(2))
    expect(gaps.filter(({ status }) => status === 'open')).toHaveLength(1)
  })

  test('of a halted market, which sent one snapshot, is no fault', async () => {
    venue.onSubscribe = () => ({ channel: 'l2Book', data: book(1) })
    await follow([BOOK], { staleMs: 300 })
    await soon(() => expect(venue.pings).toBeGreaterThanOrEqual(8))
    expect(venue.requests).toEqual(['subscribe l2Book|BTC||'])
    expect(gaps).toEqual([])
  })
})

test('more can be subscribed while it runs, on the same connection, and comes back with the rest after a cut', async () => {
  const started = await follow([TRADES])
  await started.add([TRADES, BBO])
  expect(venue.requests).toEqual(['subscribe trades|BTC||', 'subscribe bbo|BTC||'])
  expect(started.status()).toMatchObject({ text: '1/1 connected', subscriptions: 2, connects: 1 })
  venue.publish(BBO, 'bbo', { coin: 'BTC', time: 5, bbo: [null, null] })
  await soon(() => expect(events).toHaveLength(1))
  venue.cut()
  await soon(() => expect(venue.requests.slice(2)).toEqual(['subscribe trades|BTC||', 'subscribe bbo|BTC||']))
  expect(gaps.map(({ channel }) => channel)).toEqual(['bbo'])
})

test('a feed that begins with nothing opens its socket with the first subscription', async () => {
  const started = await follow([])
  expect(venue.connects).toBe(0)
  await started.add([TRADES])
  expect(started.status().text).toBe('1/1 connected')
})

test('malformed frames are counted by kind and sampled, and the frames around them arrive', async () => {
  const started = await follow([TRADES])
  venue.publish(TRADES, 'trades', [trade(1)])
  for (let i = 0; i < 50; i++) venue.publish(TRADES, 'trades', [{ ...trade(2), px: i }])
  venue.sendRaw('{"channel":')
  venue.sendRaw('{"channel":"gossip","data":1}')
  venue.publish(TRADES, 'trades', [trade(3)])
  await soon(() => expect(tids()).toEqual([1, 3]))
  expect(started.status().faultsByKind).toEqual({
    'MALFORMED_FRAME trades data[*].px': 50,
    MALFORMED_FRAME: 1,
    'UNKNOWN_CHANNEL gossip': 1,
  })
  expect(started.status().faults).toBe(52)
  expect(warnings).toHaveLength(3 + 1 + 1) // the first three of a kind
})

test('a process that starts anew owns up to the gap since the reach of the last one, for feeds it still follows', async () => {
  await follow([TRADES], {
    from: [
      { channel: 'trades', coin: 'BTC', ts: 10, tid: 10 },
      { channel: 'trades', coin: 'GONE', ts: 10, tid: 10 },
    ],
  })
  expect(gaps).toEqual([
    {
      channel: 'trades',
      coin: 'BTC',
      openedTs: 10,
      closedTs: 0,
      reason: 'restart',
      rowsRecovered: 0,
      status: 'open',
    },
  ])
  venue.publish(TRADES, 'trades', [trade(15)])
  await soon(() => expect(gaps).toHaveLength(2))
  expect(gaps[1]).toMatchObject({ openedTs: 10, closedTs: 15, status: 'closed' })
  expect(feed?.reach()).toEqual([{ channel: 'trades', coin: 'BTC', ts: 15, tid: 15 }])
})

test('a paused feed reads nothing, is not called stale, and loses nothing when it goes on', async () => {
  const started = await follow([TRADES], { staleMs: 100 })
  started.pause()
  for (let tid = 1; tid <= 500; tid++) venue.publish(TRADES, 'trades', [trade(tid)])
  await systemClock.sleep(300) // three times stale; nothing is there to be awaited
  expect(tids().length).toBeLessThan(500)
  started.resume()
  await soon(() => expect(tids()).toHaveLength(500))
  expect(tids()).toEqual(Array.from({ length: 500 }, (_, index) => index + 1))
  expect(venue.connects).toBe(1)
})
