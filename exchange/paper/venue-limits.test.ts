/** The venue's limits: counted per address and connection, enforced only when asked. */
import { expect, test } from 'vitest'
import { actionWeight, createVenueLimits, infoWeight, VENUE_LIMITS } from '#exchange/paper/venue-limits.ts'

function limits(enforced = true) {
  const clock = { ms: 0 }
  return { clock, limits: createVenueLimits({ enforced, monotonicMs: () => clock.ms }) }
}

test('1200 weight a minute pass, one more does not; a minute later it passes again; other addresses are not touched', () => {
  const { clock, limits: venue } = limits()
  for (let at = 0; at < 60; at++) expect(venue.request('1', 20)).toBe(false)
  expect(venue.request('1', 1)).toBe(true)
  expect(venue.request('2', 20)).toBe(false)
  clock.ms = 61_000
  expect(venue.request('1', 20)).toBe(false)
})

test('ten connections an address; a closed one makes room', () => {
  const { limits: venue } = limits()
  const open = Array.from({ length: VENUE_LIMITS.connections }, () => venue.connect('1'))
  expect(open.every((limiter) => limiter !== null)).toBe(true)
  expect(venue.connect('1')).toBeNull()
  open[0]?.closed()
  expect(venue.connect('1')).not.toBeNull()
})

test('subscriptions, users and messages have the venue’s own words', () => {
  const { limits: venue } = limits()
  const limiter = venue.connect('1')
  const users = new Set(Array.from({ length: 10 }, (_, at) => `0x${at}`))
  expect(limiter?.subscription({ count: 999, users: new Set(), user: null })).toBeNull()
  expect(limiter?.subscription({ count: 1_000, users: new Set(), user: null })).toBe(
    'Cannot subscribe to more than 1000 channels.',
  )
  expect(limiter?.subscription({ count: 1, users, user: '0x3' })).toBeNull()
  expect(limiter?.subscription({ count: 1, users, user: '0xnew' })).toBe(
    'Cannot track more than 10 total users.',
  )
  for (let at = 0; at < 2_000; at++) expect(limiter?.message()).toBeNull()
  expect(limiter?.message()).toBe('Cannot send more than 2000 messages per minute.')
  expect(limiter?.tooManyPosts(99)).toBe(false)
  expect(limiter?.tooManyPosts(100)).toBe(true)
})

test('nothing is refused unless it is asked for', () => {
  const { limits: venue } = limits(false)
  for (let at = 0; at < 100; at++) expect(venue.request('1', 100)).toBe(false)
  for (let at = 0; at < 50; at++) expect(venue.connect('1')).not.toBeNull()
})

test.each([
  ['allMids', {}, 2],
  ['userRole', {}, 60],
  ['meta', {}, 20],
  ['userFills', Array.from({ length: 45 }), 22],
  ['candleSnapshot', Array.from({ length: 120 }), 22],
])('%s weighs %s', (type, answer, weight) => {
  expect(infoWeight(type, answer)).toBe(weight)
})

test('an action weighs one, and one more for each 40 of its batch', () => {
  const orders = (count: number) => ({ type: 'order', orders: Array.from({ length: count }) })
  expect([0, 39, 40, 80].map((count) => actionWeight(orders(count)))).toEqual([1, 1, 2, 3])
  expect(actionWeight(null)).toBe(1)
})
