/** The watchdog as a process of its own: pulls quotes of ended leases, carries out kills with nobody else alive, tells its state to those with the token. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createKillStore, type KillStore } from '#config/kill-store.ts'
import { removeLease } from '#config/run-files.ts'
import type { KillMode } from '#domain/session/types.ts'
import { LIMITS, type WatchdogStatus } from '#workers/support/watchdog-rounds.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type Child, type Floor, openFloor } from './support/floor.ts'

const HOST = 'tests/kill/support/trading-host.ts'
let floor: Floor
let killStore: KillStore
let watchdog: Child

beforeEach(async () => {
  floor = await openFloor()
  killStore = createKillStore(floor.home.kills)
  watchdog = await floor.start('workers/watchdog.ts')
})
afterEach(async () => {
  killStore.close()
  await floor.close()
})

const engage = (mode: KillMode) =>
  killStore.engage({
    scope: { kind: 'all' },
    mode,
    reason: 'test',
    requested_by: 'test',
    requested_ts: Date.now(),
  })

const ask = (path: string, headers: Record<string, string> = {}) => {
  const token = readFileSync(join(floor.home.secrets, 'control-token'), 'utf8').trim()
  return fetch(`${watchdog.url}${path}`, { headers: { authorization: `Bearer ${token}`, ...headers } })
}
const status = async (): Promise<WatchdogStatus> => (await (await ask('/status')).json()) as WatchdogStatus

test('a host that hangs loses its quotes soon after its lease; its protective stop and position stay', async () => {
  const host = await floor.start(HOST, ['desk-a', 'a'])
  host.signal('SIGSTOP')
  const from = performance.now()
  await waitUntil(
    'the quotes to be pulled',
    async () => (await floor.openOrders('desk-a')).length === 1,
    15_000,
  )
  const tookMs = performance.now() - from
  process.stdout.write(`hung host: quotes pulled ${Math.round(tookMs)} ms after the last renewal\n`)
  expect(tookMs).toBeLessThan(3_400 + LIMITS.leaseGraceMs + 2_500)
  expect((await floor.openOrders('desk-a'))[0]).toMatchObject({ trigger: true, reduceOnly: true })
  expect(await floor.position('desk-a', 'ETH')).toBe('2.0')
  expect((await status()).stale_leases).toEqual(['session/paper/a'])
  const file = JSON.parse(readFileSync(join(floor.home.run, 'watchdog.json'), 'utf8')) as WatchdogStatus
  expect(file).toMatchObject({ stale_leases: ['session/paper/a'], orders_canceled: 2 })
})

test('a living host keeps its quotes for longer than any grace time', async () => {
  await floor.start(HOST, ['desk-a', 'a'])
  const began = await status()
  await waitUntil(
    'a dozen rounds beyond the grace time',
    async () => (await status()).last_round_ts - began.last_round_ts > 3_400 + LIMITS.leaseGraceMs + 1_000,
    20_000,
  )
  expect(await floor.openOrders('desk-a')).toHaveLength(3)
  expect(await status()).toMatchObject({ stale_leases: [], orders_canceled: 0, last_error: '' })
})

test('a kill file alone, with the host dead: everything is canceled and closed', async () => {
  const host = await floor.start(HOST, ['desk-a', 'a'])
  await host.kill()
  const from = performance.now()
  engage('flatten')
  await waitUntil('flat', async () => (await floor.position('desk-a', 'ETH')) === '0', 15_000)
  await waitUntil('no orders', async () => (await floor.openOrders('desk-a')).length === 0, 5_000)
  process.stdout.write(`kill by the watchdog alone: ${Math.round(performance.now() - from)} ms\n`)
  await waitUntil('it to say so', async () => (await status()).kills[0]?.done, 5_000)
})

test('a host that carries the kill out itself leaves the watchdog nothing to do', async () => {
  await floor.start(HOST, ['desk-a', 'a'])
  engage('flatten')
  await waitUntil('the watchdog to have looked', async () => (await status()).kills[0]?.done, 15_000)
  expect((await status()).kills[0]).toMatchObject({ orders_canceled: 0, closing_orders: 0 })
  expect(await floor.position('desk-a', 'ETH')).toBe('0')
})

test('halt cancels and leaves the position', async () => {
  const host = await floor.start(HOST, ['desk-a', 'a'])
  await host.kill()
  engage('halt')
  await waitUntil('no orders', async () => (await floor.openOrders('desk-a')).length === 0, 15_000)
  await waitUntil('it to say so', async () => (await status()).kills[0]?.done, 5_000)
  expect(await floor.position('desk-a', 'ETH')).toBe('2.0')
})

test('killed itself (SIGKILL), its successor goes on where it was', async () => {
  const host = await floor.start(HOST, ['desk-a', 'a'])
  await host.kill()
  engage('flatten')
  await watchdog.kill()
  watchdog = await floor.start('workers/watchdog.ts')
  await waitUntil('flat', async () => (await floor.position('desk-a', 'ETH')) === '0', 15_000)
  removeLease(floor.home, 'session/paper/a')
})

test.each([
  ['no token', { authorization: '' }, 401],
  ['a page of another site', { origin: 'https://evil.example' }, 403],
])('its port refuses %s', async (_who, headers: Record<string, string>, code) => {
  expect((await ask('/status', headers)).status).toBe(code)
  expect((await ask('/elsewhere')).status).toBe(404)
})
