/** Subscriptions fit the venue's limits, a coin's channels stay together, and what does not fit is refused. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { subscriptionKey } from '#exchange/wire/frames.ts'
import {
  marketSubscriptions,
  planAccountSockets,
  planMarketSockets,
  SubscriptionLimitError,
  VENUE_LIMITS,
} from '#streamers/subscription-plan.ts'

const coinNames = (count: number): string[] => Array.from({ length: count }, (_, index) => `C${index}`)
const plan = (coins: number, intervals = 4) =>
  marketSubscriptions({
    coins: coinNames(coins),
    channels: ['trades', 'l2Book', 'bbo', 'candle', 'allMids', 'activeAssetCtx'],
    candleIntervals: (['1m', '5m', '15m', '1h', '4h'] as const).slice(0, intervals),
  })

test('three coins with four candle intervals are 25 subscriptions on one socket; allMids is asked for once', () => {
  const subscriptions = plan(3)
  expect(subscriptions).toHaveLength(3 * 8 + 1)
  expect(subscriptions.filter(({ type }) => type === 'allMids')).toHaveLength(1)
  expect(planMarketSockets(subscriptions)).toHaveLength(1)
})

test('a coin that is named twice is subscribed once', () => {
  const subscriptions = marketSubscriptions({
    coins: ['BTC', 'BTC'],
    channels: ['trades'],
    candleIntervals: [],
  })
  expect(subscriptions).toEqual([{ type: 'trades', coin: 'BTC' }])
})

test('any number of coins: everything once, all of a coin on one socket, within the limits, evenly spread', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 124 }), (coins) => {
      const subscriptions = plan(coins)
      const sockets = planMarketSockets(subscriptions)
      expect(sockets.flat().map(subscriptionKey).sort()).toEqual(subscriptions.map(subscriptionKey).sort())
      expect(sockets.length).toBeLessThan(VENUE_LIMITS.connectionsMax)
      const homes = new Map<string, number>()
      for (const [index, socket] of sockets.entries()) {
        for (const subscription of socket) {
          if (!('coin' in subscription)) continue
          expect(homes.get(subscription.coin) ?? index).toBe(index)
          homes.set(subscription.coin, index)
        }
      }
      const sizes = sockets.map(({ length }) => length)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(16)
    }),
  )
})

test('more subscriptions go where their coin is, else to the emptiest socket, and what is held stays', () => {
  const held = planMarketSockets(plan(20))
  expect(held).toHaveLength(2)
  const home = held.findIndex((socket) => socket.some((each) => 'coin' in each && each.coin === 'C0'))
  const added = planMarketSockets(
    [
      { type: 'candle', coin: 'C0', interval: '1d' },
      { type: 'trades', coin: 'NEW' },
    ],
    held,
  )
  expect(added).toHaveLength(2)
  expect(added[home]).toContainEqual({ type: 'candle', coin: 'C0', interval: '1d' })
  expect(added.flat()).toHaveLength(2)
})

test.each([
  { coins: 111, intervals: 5, fits: true }, // 111 × 9 + 1 = 1,000
  { coins: 125, intervals: 4, fits: false }, // 1,001
])('$coins coins with $intervals intervals fit: $fits', ({ coins, intervals, fits }) => {
  const subscriptions = plan(coins, intervals)
  if (fits) expect(planMarketSockets(subscriptions).flat()).toHaveLength(1_000)
  else expect(() => planMarketSockets(subscriptions)).toThrow(SubscriptionLimitError)
})

test('an account is one socket with four feeds, whatever the case of its address; the eleventh user is refused', () => {
  const address = (index: number): string => `0x${index.toString(16).padStart(40, 'A')}`
  const [only, ...others] = planAccountSockets([address(1), address(1).toLowerCase()])
  expect(others).toEqual([])
  expect(only?.subscriptions.map(({ type, user }) => [type, user])).toEqual(
    ['userFills', 'orderUpdates', 'userFundings', 'userNonFundingLedgerUpdates'].map((type) => [
      type,
      address(1).toLowerCase(),
    ]),
  )
  const ten = Array.from({ length: 10 }, (_, index) => address(index))
  expect(planAccountSockets(ten)).toHaveLength(10)
  expect(() => planAccountSockets([...ten, address(10)])).toThrow(SubscriptionLimitError)
})
