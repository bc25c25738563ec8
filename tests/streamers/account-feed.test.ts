/** An account feed names whose events it brings, follows exactly the accounts it is told, and says when it may have missed some. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '#config/clock.ts'
import type { AccountEvent } from '#domain/events.ts'
import { type AccountFeed, createAccountFeed, type FollowedAccount } from '#streamers/account-feed.ts'
import { SubscriptionLimitError } from '#streamers/subscription-plan.ts'
import { silentLog } from './fakes.ts'
import { startVenueStandIn, type VenueStandIn } from './venue-stand-in.ts'

const MAKER = { name: 'paper-maker', address: `0x${'Aa'.repeat(20)}` }
const CANDLES = { name: 'paper-candles', address: `0x${'b'.repeat(40)}` }
const FUNDING = { time: 5, coin: 'BTC', usdc: '-0.5', szi: '1.0', fundingRate: '0.0000125', nSamples: null }
const UPDATE = {
  order: { coin: 'ETH', side: 'B', limitPx: '1500.0', sz: '1.0', oid: 7, timestamp: 5, origSz: '1.0' },
  status: 'open',
  statusTimestamp: 5,
}

let venue: VenueStandIn
let feed: AccountFeed
let events: AccountEvent[]
let streams: string[]

beforeEach(async () => {
  venue = await startVenueStandIn()
  events = []
  streams = []
})
afterEach(async () => {
  await feed.close()
  await venue.close()
})
const make = (accounts: FollowedAccount[]): AccountFeed => {
  feed = createAccountFeed({
    url: venue.url,
    accounts,
    clock: systemClock,
    log: silentLog,
    staleMs: 5_000,
    seed: 1,
    onEvents: (some) => events.push(...some),
    onStream: (account, up) => streams.push(`${account} ${up ? 'up' : 'down'}`),
  })
  return feed
}
const soon = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 8_000, interval: 5 })

test('events carry the account’s name: fundings by their address, order updates by their socket', async () => {
  await make([MAKER, CANDLES]).start()
  expect(feed.status().text).toBe('2/2 connected')
  const fundings = { user: MAKER.address.toLowerCase(), fundings: [FUNDING] }
  venue.publish({ type: 'userFundings', user: MAKER.address }, 'userFundings', fundings)
  venue.publish({ type: 'orderUpdates', user: CANDLES.address }, 'orderUpdates', [UPDATE])
  await soon(() => expect(events).toHaveLength(2))
  expect(events.map(({ kind, account }) => `${kind} ${account}`).sort()).toEqual([
    'funding_payment paper-maker',
    'order paper-candles',
  ])
})

test('a frame that names another user is not this account’s', async () => {
  await make([MAKER]).start()
  const stranger = { user: CANDLES.address, fundings: [FUNDING] }
  venue.publish({ type: 'userFundings', user: MAKER.address }, 'userFundings', stranger)
  venue.publish({ type: 'orderUpdates', user: MAKER.address }, 'orderUpdates', [UPDATE])
  await soon(() => expect(events).toHaveLength(1))
  expect(events[0]?.kind).toBe('order')
})

test('a cut says down, a complete resubscription says up', async () => {
  await make([MAKER]).start()
  expect(feed.isUp('paper-maker')).toBe(true)
  venue.deaf.add('orderUpdates') // the second connection stays incomplete
  venue.cut()
  await soon(() => expect(venue.requests.filter((each) => each.startsWith('subscribe'))).toHaveLength(8))
  expect(feed.isUp('paper-maker')).toBe(false)
  venue.deaf.clear()
  venue.cut()
  await soon(() => expect(feed.isUp('paper-maker')).toBe(true))
  expect(streams).toEqual(['paper-maker up', 'paper-maker down', 'paper-maker up'])
})

test('accounts that appear are followed, accounts that go are left, the others are not disturbed', async () => {
  await make([MAKER]).start()
  await feed.setAccounts([MAKER, CANDLES])
  expect([venue.connects, feed.isUp('paper-candles')]).toEqual([2, true])
  await feed.setAccounts([CANDLES])
  await soon(() => expect(venue.clients()).toBe(1))
  expect([venue.connects, feed.isUp('paper-maker'), feed.status().text]).toEqual([2, false, '1/1 connected'])
})

test('an eleventh account is refused before a socket is opened', () => {
  const eleven = Array.from({ length: 11 }, (_, index) => ({
    name: `a${index}`,
    address: `0x${String(index).padStart(40, '0')}`,
  }))
  expect(() => make(eleven)).toThrow(SubscriptionLimitError)
  make([])
  expect(venue.connects).toBe(0)
})
