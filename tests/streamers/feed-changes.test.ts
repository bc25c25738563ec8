/** A feed whose subscriptions change while it runs: packed over few sockets within the venue's limits, left ones asked for no more. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '#config/clock.ts'
import type { MarketEvent } from '#domain/events.ts'
import { createMessageBudget, LIMITS as MESSAGES } from '#exchange/client/message-budget.ts'
import type { MarketSubscription } from '#exchange/wire/frames.ts'
import { createConnectGate } from '#streamers/back-off.ts'
import type { Gap } from '#streamers/continuity.ts'
import { createMarketFeed } from '#streamers/market-feed.ts'
import type { MarketFeed, MarketFeedOptions } from '#streamers/market-feed-port.ts'
import { silentLog } from './fakes.ts'
import { startVenueStandIn, type VenueStandIn } from './venue-stand-in.ts'

let venue: VenueStandIn
let feed: MarketFeed
let events: MarketEvent[]
let gaps: Gap[]

const make = (more: Partial<MarketFeedOptions> = {}): MarketFeed =>
  createMarketFeed({
    ...{ url: venue.url, subscriptions: [], clock: systemClock, log: silentLog, staleMs: 5_000, seed: 1 },
    onEvents: (some) => events.push(...some),
    onGap: (gap) => gaps.push({ ...gap }),
    ...more,
  })
const trades = (coin: string): MarketSubscription => ({ type: 'trades', coin })
const many = (count: number): MarketSubscription[] =>
  Array.from({ length: count }, (_, at) => trades(`C${at}`))
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 8_000, interval: 5 })
const trade = (coin: string, tid: number) => ({ coin, side: 'B', px: '1.0', sz: '1.0', time: tid, tid })

beforeEach(async () => {
  venue = await startVenueStandIn()
  events = []
  gaps = []
  feed = make()
})
afterEach(async () => {
  await feed.close()
  await venue.close()
})

test('a feed without subscriptions has no socket; each set that is added goes to the sockets there are', async () => {
  await feed.start()
  expect(feed.status()).toMatchObject({ text: '0/0 connected', sockets: 0 })
  await feed.add([trades('BTC')])
  await feed.add([trades('ETH'), trades('BTC')])
  await feed.add([trades('SOL')])
  expect(feed.status()).toMatchObject({ text: '1/1 connected', subscriptions: 3, connects: 1 })
  expect(venue.requests.filter((each) => each.startsWith('subscribe'))).toHaveLength(3)
})

test('sockets are added as subscriptions grow, never more than allowed', async () => {
  feed = make({ socketsMax: 2 })
  await feed.start()
  await feed.add(many(100))
  expect(feed.status().sockets).toBe(1)
  await feed.add(many(700))
  expect(feed.status()).toMatchObject({ text: '2/2 connected', subscriptions: 700 })
  expect(venue.clients()).toBe(2)
})

test('what is removed is asked for no more, not even after a cut, and its gap does not stay open', async () => {
  await feed.start()
  await feed.add([trades('BTC'), trades('ETH')])
  venue.publish(trades('BTC'), 'trades', [trade('BTC', 1)])
  venue.publish(trades('ETH'), 'trades', [trade('ETH', 1)])
  await soon(() => expect(events).toHaveLength(2))
  venue.cut()
  await soon(() => expect(feed.gaps()).toHaveLength(2))
  feed.remove([trades('ETH')])
  expect(feed.gaps().map(({ coin }) => coin)).toEqual(['BTC'])
  expect(gaps.at(-1)).toMatchObject({ coin: 'ETH', status: 'closed' })
  await soon(() => expect(feed.status().connected).toBe(1))
  expect(venue.requests.filter((each) => each === 'subscribe trades|ETH||')).toHaveLength(1)
  feed.remove([trades('BTC')])
  await soon(() => expect(venue.requests.at(-1)).toBe('unsubscribe trades|BTC||'))
  expect(feed.reach()).toEqual([])
})

test('subscriptions are paced, and a connection that still asks is not called deaf', async () => {
  const clock = { ...systemClock, monotonicMs: () => performance.now() * 600 }
  const sendGate = createConnectGate({
    clock: { monotonicMs: clock.monotonicMs, sleep: (ms, signal) => systemClock.sleep(ms / 600, signal) },
    perMinute: 10,
  })
  feed = make({ sendGate })
  await feed.start()
  await feed.add(many(35))
  expect(feed.status()).toMatchObject({ text: '1/1 connected', connects: 1 })
  expect(venue.requests).toHaveLength(35)
})

test('every message that goes out is counted: subscriptions, what is left, and pings', async () => {
  const messages = createMessageBudget(systemClock)
  feed = make({ sendGate: messages, staleMs: 300 })
  await feed.start()
  await feed.add([trades('BTC'), trades('ETH')])
  expect(messages.left()).toBeLessThanOrEqual(MESSAGES.perMinuteMax - 2)
  feed.remove([trades('ETH')])
  await soon(() => expect(messages.left()).toBeLessThanOrEqual(MESSAGES.perMinuteMax - 6)) // three pings at least
})

test('where the minute’s messages are spent a subscription waits, and goes out when there is room', async () => {
  const at = { ms: 0 }
  const messages = createMessageBudget({
    monotonicMs: () => at.ms,
    sleep: (_, signal) => systemClock.sleep(5, signal),
  })
  for (let sent = MESSAGES.subscribeReserve; sent < MESSAGES.perMinuteMax - 1; sent++) messages.sent()
  feed = make({ sendGate: messages })
  await feed.start()
  const adding = feed.add([trades('BTC'), trades('ETH')])
  await soon(() => expect(venue.requests).toEqual(['subscribe trades|BTC||']))
  await systemClock.sleep(50)
  expect(venue.requests).toHaveLength(1)
  at.ms = 62_000
  await adding
  expect(venue.requests).toHaveLength(2)
})
