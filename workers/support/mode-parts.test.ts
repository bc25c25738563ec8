/** Nothing that opens risk leaves a host whose gates are shut; dry_live never sends; what reduces always may. */
import { expect, test } from 'vitest'
import type { TradingNeeds } from '#activities/trading-session/run-segment.ts'
import { LIVE_CONFIRMATION, LIVE_GATES, type LiveFacts, liveGate } from '#domain/risk/live-gates.ts'
import type { Venue } from '#domain/session/ports.ts'
import { candleInput, limitsOf, readyContext } from '#tests/support/segment-inputs.ts'
import { cloidOf, intentOf } from '#tests/support/session-ports.ts'
import { type ModeDeps, NOT_SENT, openForMode } from './mode-parts.ts'

const limits = limitsOf({ gross_usd_max: 5_000, loss_usd_max: 100 })
const caps = { order_usd_max: 1_000, position_usd_max: 5_000, gross_usd_max: 5_000, loss_usd_max: 100 }
const ALL_OPEN: LiveFacts = {
  network: 'mainnet',
  enable: '1',
  confirm: LIVE_CONFIRMATION,
  key: 'env:KEY',
  caps,
  limits,
  kill: 'off',
}
const entry = intentOf({ tif: 'ioc', px: '101' })
const exit = intentOf({ cloid: cloidOf({ seq: 1 }), side: 'sell', reduce_only: true })

function open(
  needs: Partial<TradingNeeds>,
  facts: Partial<LiveFacts> = {},
  network: 'paper' | 'mainnet' = 'mainnet',
) {
  const { ports, venue, journal } = readyContext(candleInput())
  const deps: ModeDeps = {
    clock: ports.clock,
    openParts: async () => ({
      market: ports.market,
      venue: ports.venue,
      events: ports.events,
      close: () => undefined,
    }),
    liveGate: (_account, asked) => liveGate({ ...ALL_OPEN, limits: asked, ...facts })?.gate ?? null,
    paperGate: () => (network === 'paper' ? null : 'PAPER_NETWORK'),
  }
  const whole: TradingNeeds = {
    account: 'unit',
    coins: ['BTC'],
    candleIntervals: [],
    mode: 'live',
    limits,
    checkpoint: null,
    journal: ports.journal,
    ...needs,
  }
  const place = async (...orders: Parameters<Venue['placeOrders']>[0]) =>
    (await openForMode(deps, whole)).venue.placeOrders(orders, { expiresAfter: ports.clock.now() + 1_500 })
  return { place, venue, journal, deps, whole }
}

test('live with all gates open sends', async () => {
  const { place, venue } = open({})
  expect(await place(entry)).toMatchObject([{ status: 'filled' }])
  expect(venue.state.placed).toHaveLength(1)
})

const shut: Record<(typeof LIVE_GATES)[number], Partial<LiveFacts>> = {
  LIVE_NETWORK: { network: 'paper' },
  LIVE_ENABLE: { enable: undefined },
  LIVE_CONFIRM: { confirm: 'yes' },
  LIVE_KEY: { key: 'generated' },
  LIVE_CAPS: { caps: undefined },
  LIVE_LIMITS: { caps: { ...caps, order_usd_max: 999 } },
  LIVE_KILL: { kill: 'halt' },
}
test.each(LIVE_GATES)(
  'with gate %s shut nothing that opens is sent, and what reduces still is',
  async (gate) => {
    const { place, venue } = open({}, shut[gate])
    expect(await place(entry)).toMatchObject([{ status: 'rejected', message: `not sent: ${gate}` }])
    expect(venue.state.placed).toEqual([])
    const [refused, sent] = await place(entry, exit)
    expect([refused?.status, sent?.status]).toEqual(['rejected', 'resting'])
    expect(venue.state.placed.map(({ cloid }) => cloid)).toEqual([exit.cloid])
  },
)

test('a gate that shuts between signing and sending stops the bytes', async () => {
  let asked = 0
  const { deps, whole, venue } = open({})
  const late: ModeDeps = { ...deps, liveGate: () => (++asked > 1 ? 'LIVE_ENABLE' : null) }
  const parts = await openForMode(late, whole)
  expect(await parts.venue.placeOrders([entry], { expiresAfter: 9e15 })).toMatchObject([
    { status: 'rejected', message: 'LIVE_ENABLE' },
  ])
  expect(venue.state.placed).toEqual([])
})

test('a modify goes through the same gates as an order', async () => {
  const { deps, whole, venue } = open({})
  const modify = async (given: ModeDeps, ...orders: Parameters<Venue['placeOrders']>[0]) => {
    const parts = await openForMode(given, whole)
    const modifies = orders.map((order, at) => ({ cloid: cloidOf({ seq: 10 + at }), order }))
    return parts.venue.modifyOrders?.(modifies, { expiresAfter: 9e15 })
  }
  const shutNow: ModeDeps = { ...deps, liveGate: () => 'LIVE_KILL' }
  expect(await modify(shutNow, entry, exit)).toMatchObject([
    { cloid: entry.cloid, status: 'rejected', message: 'not sent: LIVE_KILL' },
    { cloid: exit.cloid, status: 'rejected', code: 'GONE' }, // it reduces, so it was sent
  ])
  expect(venue.called('modifyOrders')).toMatchObject([{ modifies: [{ order: exit }] }])
  let asked = 0
  const late: ModeDeps = { ...deps, liveGate: () => (++asked > 1 ? 'LIVE_ENABLE' : null) }
  expect(await modify(late, entry)).toMatchObject([{ status: 'rejected', message: 'LIVE_ENABLE' }])
  expect(venue.state.placed).toEqual([])
})

test('a venue that cannot modify still cannot behind the gates', async () => {
  const { deps, whole } = open({})
  const parts = await openForMode(
    {
      ...deps,
      async openParts(needs) {
        const given = await deps.openParts(needs)
        const { modifyOrders: _, ...venue } = given.venue
        return { ...given, venue }
      },
    },
    whole,
  )
  expect('modifyOrders' in parts.venue).toBe(false)
})

test('without limits, as between segments, live opens nothing', async () => {
  const { place, venue } = open({ limits: null })
  expect(await place(entry)).toMatchObject([{ status: 'rejected' }])
  expect(venue.state.placed).toEqual([])
})

test.each([
  { network: 'paper' as const, placed: 1 },
  { network: 'mainnet' as const, placed: 0 },
])('a paper session on the $network exchange places $placed', async ({ network, placed }) => {
  const { place, venue } = open({ mode: 'paper' }, {}, network)
  await place(entry)
  expect(venue.state.placed).toHaveLength(placed)
})

test('dry_live signs, throws away, journals what would have been sent, and answers as if it had been', async () => {
  const { place, venue, journal } = open({ mode: 'dry_live' })
  expect(await place(entry)).toMatchObject([{ status: 'filled', sz: '1' }])
  expect(venue.called('placeOrders')).toHaveLength(1) // the rehearsal, which the venue refuses to send
  expect(venue.state.placed).toEqual([])
  expect(journal.rows.events).toMatchObject([
    { kind: 'would_send', details: { cloid: entry.cloid, coin: 'BTC', sz: '1' } },
  ])
})

test('dry_live sends nothing that reduces either, and a rehearsal that fails is told', async () => {
  const { place, venue, deps, whole } = open({ mode: 'dry_live' })
  await place(exit)
  expect(venue.state.placed).toEqual([])
  const parts = await deps.openParts(whole)
  const dumb: ModeDeps = {
    ...deps,
    openParts: async () => ({
      ...parts,
      venue: {
        ...parts.venue,
        placeOrders: async (orders) =>
          orders.map(({ cloid }) => ({ cloid, status: 'rejected', message: 'no key' })),
      },
    }),
  }
  const { venue: dry } = await openForMode(dumb, whole)
  expect(await dry.placeOrders([entry], { expiresAfter: 9e15 })).toMatchObject([
    { status: 'rejected', message: 'no key' },
  ])
  expect(NOT_SENT).not.toBe('no key')
})

test('dry_live signs a modify, sends nothing, and moves its own quote', async () => {
  const { deps, whole, venue } = open({})
  const parts = await openForMode(deps, { ...whole, mode: 'dry_live' })
  const [old, quote] = [intentOf({ px: '98' }), intentOf({ cloid: cloidOf({ seq: 7 }), px: '97' })]
  const options = { expiresAfter: 9e15 }
  await parts.venue.placeOrders([old], options)
  const answers = await parts.venue.modifyOrders?.([{ cloid: old.cloid, order: quote }], options)
  expect(answers).toMatchObject([{ cloid: quote.cloid, status: 'resting' }])
  expect((await parts.venue.openOrders()).map(({ px }) => px)).toEqual(['97'])
  expect(venue.called('modifyOrders')).toHaveLength(1) // built and signed by the real client, which the veto stopped
  expect([venue.state.placed, venue.state.canceled]).toEqual([[], []])
})
