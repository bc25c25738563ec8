/** The watchdog acts when others did not: on ended leases and on kills that nobody carried out, and only then. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createHome, type Home, homeAt } from '#config/home.ts'
import { createKillStore, type KillStore } from '#config/kill-store.ts'
import { type LeaseFile, removeLease, writeLease } from '#config/run-files.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'
import type { OpenOrder, Venue, VenuePosition } from '#domain/session/ports.ts'
import type { KillMode, KillScope } from '#domain/session/types.ts'
import type { Exchange } from '#exchange/client/connect.ts'
import { createWatchdog, isStale, LIMITS, type Watchdog } from './watchdog-rounds.ts'

const START = 1_763_000_000_000
const SESSION = 'session/paper/a'
let home: Home
let killStore: KillStore
let watchdog: Watchdog
let nowMs = 0
let orders: OpenOrder[] = []
let positions: VenuePosition[] = []
let reachable = true
let looks = 0

const clock = {
  now: () => START + nowMs,
  monotonicMs: () => nowMs,
  sleep: async (ms: number) => {
    nowMs += ms
  },
}

const venue: Venue = {
  openOrders: async () => {
    looks++
    return orders
  },
  account: async () => ({ equityUsd: '0', positions }),
  cancelByOid: async (gone) => {
    const oids = new Set(gone.map(({ oid }) => oid))
    orders = orders.filter(({ oid }) => !oids.has(oid))
  },
  placeOrders: async (intents) => {
    positions = positions.filter(({ coin }) => !intents.some((intent) => intent.coin === coin))
    return intents.map(({ cloid, sz, px }) => ({ cloid, status: 'filled', oid: 1, sz, avgPx: px }))
  },
  touch: async () => ({ bid: '100', ask: '101' }),
  cancelOrders: async () => [],
  fillsSince: async () => [],
  orderStatus: async () => ({ status: 'unknown', word: '' }),
}

const lease: LeaseFile = {
  session_id: SESSION,
  epoch: 3,
  run: 77,
  account: 'a',
  coins: ['ETH'],
  lease_until_ts: START + 3_400,
  pid: 1,
  host_id: 'h',
}
const order = (oid: number, epoch: number, more: Partial<OpenOrder> = {}): OpenOrder => ({
  coin: 'ETH',
  oid,
  cloid: buildCloid({ tag: hash32(SESSION), epoch, seq: oid, run: 77, leg: 0 }),
  side: 'buy',
  px: '100',
  sz: '1',
  reduceOnly: false,
  trigger: false,
  ts: 1,
  ...more,
})
const engage = (mode: KillMode, scope: KillScope = { kind: 'all' }) =>
  killStore.engage({ scope, mode, reason: 'test', requested_by: 'test', requested_ts: START })

beforeEach(() => {
  home = homeAt(mkdtempSync(join(tmpdir(), 'watchdog-')))
  createHome(home)
  killStore = createKillStore(home.kills)
  nowMs = 0
  looks = 0
  orders = []
  positions = []
  reachable = true
  watchdog = createWatchdog({
    home,
    killStore,
    clock,
    accounts: () => ['a'],
    log: pino({ level: 'silent' }),
    exchange: async () => {
      if (!reachable) throw new TypeError('nobody there')
      return { venue: () => venue, meta: new Map(), role: 'watchdog' } as unknown as Exchange
    },
  })
})
afterEach(() => {
  killStore.close()
  rmSync(home.root, { recursive: true, force: true })
})

test.each([
  { late: LIMITS.leaseGraceMs, stale: false },
  { late: LIMITS.leaseGraceMs + 1, stale: true },
])('a lease that ended $late ms ago is stale: $stale', ({ late, stale }) => {
  expect(isStale(lease, lease.lease_until_ts + late)).toBe(stale)
})

test('a session that wants to hold through the loss of control is left alone', () => {
  expect(isStale({ ...lease, on_control_loss: 'hold' }, lease.lease_until_ts + 60_000)).toBe(false)
})

test('orders of a live lease are not touched; once it is stale they are canceled', async () => {
  writeLease(home, lease)
  orders = [order(1, 3)]
  await watchdog.round()
  expect(looks).toBe(0)
  nowMs = 3_400 + LIMITS.leaseGraceMs + 1
  await watchdog.round()
  expect(orders).toEqual([])
  expect(watchdog.status().stale_leases).toEqual([SESSION])
})

test('the protective stop, the next epoch and foreign orders stay', async () => {
  writeLease(home, lease)
  const stop = order(2, 3, { reduceOnly: true, trigger: true })
  const next = order(3, 4)
  const foreign = order(4, 3, { cloid: buildCloid({ tag: 1, epoch: 3, seq: 4, run: 77, leg: 0 }) })
  const manual = order(5, 3, { cloid: '' })
  orders = [order(1, 2), stop, next, foreign, manual]
  nowMs = 60_000
  await watchdog.round()
  expect(orders.map(({ oid }) => oid)).toEqual([2, 3, 4, 5])
})

test('a stale lease with nothing left is not looked at in every round', async () => {
  writeLease(home, lease)
  nowMs = 60_000
  for (let round = 0; round < 10; round++) await watchdog.round()
  expect(looks).toBe(1)
  nowMs += LIMITS.recheckMs
  await watchdog.round()
  expect(looks).toBe(2)
})

test('sessions get their time to carry out a kill; then the watchdog does it', async () => {
  orders = [order(1, 3)]
  positions = [{ coin: 'ETH', sz: '2', entryPx: '100' }]
  engage('flatten')
  await watchdog.round()
  nowMs = LIMITS.killGraceMs - 1
  await watchdog.round()
  expect(orders).toHaveLength(1)
  nowMs = LIMITS.killGraceMs
  await watchdog.round()
  expect(orders).toEqual([])
  expect(positions).toEqual([])
  expect(watchdog.status().kills).toMatchObject([{ scope: 'all', mode: 'flatten', done: true }])
})

test('a kill that sessions carried out themselves costs one look and no order', async () => {
  engage('flatten')
  await watchdog.round()
  nowMs = LIMITS.killGraceMs
  await watchdog.round()
  await watchdog.round()
  expect(looks).toBe(1)
  expect(watchdog.status().kills).toMatchObject([{ done: true, orders_canceled: 0, closing_orders: 0 }])
})

test('a halt leaves the position', async () => {
  positions = [{ coin: 'ETH', sz: '2', entryPx: '100' }]
  orders = [order(1, 3)]
  engage('halt')
  await watchdog.round()
  nowMs = LIMITS.killGraceMs
  await watchdog.round()
  expect(orders).toEqual([])
  expect(positions).toHaveLength(1)
})

test('a kill of one session closes its coins even when its lease file is gone by then', async () => {
  writeLease(home, lease)
  await watchdog.round()
  removeLease(home, SESSION)
  positions = [
    { coin: 'ETH', sz: '2', entryPx: '100' },
    { coin: 'BTC', sz: '1', entryPx: '100' },
  ]
  engage('flatten', { kind: 'session', session_id: SESSION })
  await watchdog.round()
  nowMs = LIMITS.killGraceMs
  await watchdog.round()
  expect(positions.map(({ coin }) => coin)).toEqual(['BTC'])
})

test('an exchange that cannot be reached is an error in the status, and the next round tries again', async () => {
  writeLease(home, lease)
  orders = [order(1, 3)]
  nowMs = 60_000
  reachable = false
  await watchdog.round()
  expect(watchdog.status().last_error).toContain('nobody there')
  reachable = true
  await watchdog.round()
  expect(orders).toEqual([])
  expect(watchdog.status().last_error).toBe('')
})

test('a lifted kill is forgotten, and the same one later has its grace again', async () => {
  engage('flatten')
  await watchdog.round()
  nowMs = LIMITS.killGraceMs
  killStore.clear({ kind: 'all' })
  await watchdog.round()
  engage('flatten')
  orders = [order(1, 3)]
  await watchdog.round()
  expect(orders).toHaveLength(1)
})
