/** A kill from outside: cancels what it must, closes what is held, repeats until nothing is left, and never opens anything. */
import { expect, test } from 'vitest'
import { parseFixed } from '#domain/fixed-point.ts'
import { hash32, parseCloid } from '#domain/ids.ts'
import type { OpenOrder, OrderAnswer, VenuePosition } from '#domain/session/ports.ts'
import type { KillMode, OrderIntent } from '#domain/session/types.ts'
import type { Clock } from '#domain/time.ts'
import { enforceKill, type KillTarget } from './enforce-kill.ts'

function quickClock(): Clock {
  let at = 0
  return {
    now: () => 1_763_000_000_000 + at,
    monotonicMs: () => at,
    sleep: async (ms) => {
      at += ms
    },
  }
}

const order = (oid: number, more: Partial<OpenOrder> = {}): OpenOrder => ({
  coin: 'ETH',
  oid,
  cloid: '',
  side: 'buy',
  px: '4000',
  sz: '1',
  reduceOnly: false,
  trigger: false,
  ts: 1,
  ...more,
})

/** A venue in memory that fills a closing order up to `depth` coins a try. */
function fakeVenue(start: {
  orders?: OpenOrder[]
  positions?: VenuePosition[]
  depth?: number
  bid?: string | null
}) {
  let orders = start.orders ?? []
  let positions = start.positions ?? []
  const placed: OrderIntent[] = []
  const faults: string[] = []
  return {
    placed,
    /** Messages to throw, one a call of openOrders. */
    faults,
    left: () => orders,
    openOrders: async () => {
      const fault = faults.shift()
      if (fault) throw new TypeError(fault)
      return orders
    },
    account: async () => ({ equityUsd: '0', positions }),
    cancelByOid: async (gone: readonly { oid: number }[]) => {
      const oids = new Set(gone.map(({ oid }) => oid))
      orders = orders.filter(({ oid }) => !oids.has(oid))
    },
    placeOrders: async (intents: readonly OrderIntent[]): Promise<OrderAnswer[]> =>
      intents.map((intent) => {
        placed.push(intent)
        const depth = start.depth ?? Number.POSITIVE_INFINITY
        const taken = Math.min(Number(intent.sz), depth)
        positions = positions.map((held) =>
          held.coin === intent.coin
            ? { ...held, sz: String(Number(held.sz) + (intent.side === 'buy' ? taken : -taken)) }
            : held,
        )
        return { cloid: intent.cloid, status: 'filled', oid: 1, sz: String(taken), avgPx: intent.px }
      }),
    touch: async () => ({ bid: start.bid === undefined ? '4000' : start.bid, ask: '4001' }),
  }
}

const target = (
  venue: ReturnType<typeof fakeVenue>,
  mode: KillMode,
  more: Partial<KillTarget> = {},
): KillTarget => ({
  account: 'a',
  venue,
  mode,
  mine: () => true,
  coins: null,
  sizeDecimals: () => 4,
  identity: () => ({ tag: hash32('session/paper/a'), run: 9 }),
  leg: 0xf000,
  ...more,
})
const held = (sz: string, coin = 'ETH'): VenuePosition => ({ coin, sz, entryPx: '4000' })

test('flatten cancels everything and closes both long and short', async () => {
  const venue = fakeVenue({ orders: [order(1), order(2)], positions: [held('1.5'), held('-2', 'BTC')] })
  const effect = await enforceKill(target(venue, 'flatten'), quickClock(), 5_000)
  expect(effect).toMatchObject({ clean: true, orders_canceled: 2, closing_orders: 2, messages: [] })
  expect(
    venue.placed.map(({ coin, side, sz, reduce_only, tif }) => ({ coin, side, sz, reduce_only, tif })),
  ).toEqual([
    { coin: 'ETH', side: 'sell', sz: '1.5', reduce_only: true, tif: 'ioc' },
    { coin: 'BTC', side: 'buy', sz: '2', reduce_only: true, tif: 'ioc' },
  ])
})

test.each([
  { mode: 'halt' as const, left: 0, placed: 0 },
  { mode: 'close_only' as const, left: 1, placed: 0 },
  { mode: 'off' as const, left: 3, placed: 0 },
])('$mode leaves $left of three orders and closes no position', async ({ mode, left, placed }) => {
  const venue = fakeVenue({
    orders: [order(1), order(2), order(3, { reduceOnly: true, trigger: true })],
    positions: [held('1')],
  })
  const effect = await enforceKill(target(venue, mode), quickClock(), 5_000)
  expect(effect.clean).toBe(true)
  expect(venue.left()).toHaveLength(left)
  expect(venue.placed).toHaveLength(placed)
})

test('what belongs to others is left alone', async () => {
  const venue = fakeVenue({ orders: [order(1), order(2)], positions: [held('1'), held('1', 'BTC')] })
  const mine = target(venue, 'flatten', { mine: ({ oid }) => oid === 1, coins: ['BTC'] })
  expect((await enforceKill(mine, quickClock(), 5_000)).clean).toBe(true)
  expect(venue.left().map(({ oid }) => oid)).toEqual([2])
  expect(venue.placed.map(({ coin }) => coin)).toEqual(['BTC'])
})

test('a thin book is swept again and again, each time reaching further', async () => {
  const venue = fakeVenue({ positions: [held('1')], depth: 0.25 })
  const effect = await enforceKill(target(venue, 'flatten'), quickClock(), 5_000)
  expect(effect.clean).toBe(true)
  expect(venue.placed.map(({ px }) => parseFixed(px))).toEqual(
    [3_980, 3_940, 3_840, 3_600].map((px) => parseFixed(String(px))),
  )
  expect(new Set(venue.placed.map(({ cloid }) => cloid)).size).toBe(4)
})

test('an exchange that fails to answer is asked again until it does', async () => {
  const venue = fakeVenue({ orders: [order(1)] })
  venue.faults.push('down', 'down')
  const effect = await enforceKill(target(venue, 'halt'), quickClock(), 5_000)
  expect(effect).toMatchObject({ clean: true, orders_canceled: 1, messages: ['down'] })
})

test('what cannot be done in time is reported, not hidden', async () => {
  const venue = fakeVenue({ positions: [held('1')], bid: null })
  const effect = await enforceKill(target(venue, 'flatten'), quickClock(), 1_000)
  expect(effect.clean).toBe(false)
  expect(effect.residual.positions).toEqual({ ETH: '1' })
  expect(effect.messages).toEqual(['no price to close ETH at: its book is empty'])
})

test('a protective stop is canceled only once its position is closed', async () => {
  const stop = order(1, { reduceOnly: true, trigger: true })
  const stuck = fakeVenue({ orders: [stop, order(2)], positions: [held('1')], bid: null })
  await enforceKill(target(stuck, 'flatten'), quickClock(), 1_000)
  expect(stuck.left()).toEqual([stop])
  const closing = fakeVenue({ orders: [stop], positions: [held('1')] })
  expect(await enforceKill(target(closing, 'flatten'), quickClock(), 5_000)).toMatchObject({ clean: true })
  expect(closing.left()).toEqual([])
})

test('closing orders carry the tag of the session and an epoch below every life of it', async () => {
  const venue = fakeVenue({ positions: [held('1')] })
  await enforceKill(target(venue, 'flatten'), quickClock(), 1_000)
  expect(parseCloid(venue.placed[0]?.cloid ?? '')).toMatchObject({
    tag: hash32('session/paper/a'),
    run: 9,
    epoch: 0,
  })
})

test('a quote that a modify replaces between the look and the cancel is found by the next look', async () => {
  const venue = fakeVenue({ orders: [order(1)] })
  const cancel = venue.cancelByOid
  let modified = false
  venue.cancelByOid = async (gone) => {
    if (!modified) await cancel([{ oid: 1 }])
    if (!modified) venue.left().push(order(2)) // the old number is gone, the new one nobody has seen yet
    modified = true
    await cancel(gone)
  }
  const effect = await enforceKill(target(venue, 'halt'), quickClock(), 5_000)
  expect([effect.clean, effect.orders_canceled, venue.left()]).toEqual([true, 2, []])
})
