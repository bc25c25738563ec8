/** `holdfast kill` with Temporal and ClickHouse down: living host, hung host, dead host, dead exchange; believed only when the exchange says so. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createKillStore } from '#config/kill-store.ts'
import { readLeases, removeLease } from '#config/run-files.ts'
import type { KillOutcome } from '../../cli/kill.ts'
import { waitUntil } from '../support/wait-until.ts'
import { type Child, type Floor, openFloor } from './support/floor.ts'

const HOST = 'tests/kill/support/trading-host.ts'
let floor: Floor

beforeEach(async () => {
  floor = await openFloor()
})
afterEach(() => floor.close())

const startHost = async (account: string, key: string, obedience = 'obeys'): Promise<Child> => {
  const host = await floor.start(HOST, [account, key, obedience])
  expect(await floor.openOrders(account)).toHaveLength(3)
  expect(await floor.position(account, 'ETH')).toBe('2.0')
  return host
}

const kill = async (...args: string[]): Promise<KillOutcome & { code: number }> => {
  const { code, stdout, stderr } = await floor.cli('kill', '--json', ...args)
  expect(stdout, stderr).not.toBe('')
  return { code, ...(JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as KillOutcome) }
}
const report = (what: string, { took_ms, paths, exchange }: KillOutcome): void => {
  const ways = paths.map(({ path, ok, ms }) => `${path} ${ok ? '' : 'failed '}${ms} ms`).join(', ')
  process.stdout.write(`${what}: verified after ${exchange?.took_ms} ms, all after ${took_ms} ms (${ways})\n`)
}

test('a living host hears it directly and closes by itself; the command only watches', async () => {
  await startHost('desk-a', 'a')
  const outcome = await kill('--reason', 'test')
  report('living host', outcome)
  expect(outcome).toMatchObject({ code: 0, verified: true, acknowledged: ['session/paper/a'] })
  expect(outcome.exchange?.taken_over).toBe(false)
  // A Temporal that is down holds nothing up: the closed port is told from a slow server.
  expect(outcome.paths.find(({ path }) => path === 'Temporal')?.detail).toContain('ECONNREFUSED')
  expect(outcome.paths.find(({ path }) => path === 'Temporal')?.ok).toBe(false)
  expect(await floor.openOrders('desk-a')).toEqual([])
  expect(await floor.position('desk-a', 'ETH')).toBe('0')
})

test('a hung host (SIGSTOP): the command cancels and closes with its own key, and the host places nothing when it wakes', async () => {
  const host = await startHost('desk-a', 'a')
  host.signal('SIGSTOP')
  const outcome = await kill('--grace', '1')
  report('hung host', outcome)
  expect(outcome).toMatchObject({ code: 0, verified: true, acknowledged: [] })
  expect(outcome.exchange).toMatchObject({ taken_over: true, orders_canceled: 3, closing_orders: 1 })
  const before = await floor.exchange.info.ask('historicalOrders', { user: floor.exchange.address('desk-a') })
  host.signal('SIGCONT')
  await waitUntil('the woken host to give up its lease', () => readLeases(floor.home).length === 0, 10_000)
  const after = await floor.exchange.info.ask('historicalOrders', { user: floor.exchange.address('desk-a') })
  expect((after as unknown[]).length).toBe((before as unknown[]).length)
  expect(await floor.openOrders('desk-a')).toEqual([])
})

test('a dead host (SIGKILL): its stale registration costs nothing but a line in the report', async () => {
  const host = await startHost('desk-a', 'a')
  await host.kill()
  const outcome = await kill('--grace', '0')
  report('dead host', outcome)
  expect(outcome).toMatchObject({ code: 0, verified: true })
  expect(outcome.paths.find(({ path }) => path === 'host host-a')).toMatchObject({ ok: false })
  expect(outcome.exchange).toMatchObject({ taken_over: true })
  expect(await floor.position('desk-a', 'ETH')).toBe('0')
})

test('a host that hears but does not act is overruled after the grace time', async () => {
  await startHost('desk-a', 'a', 'ignores')
  const outcome = await kill('--grace', '1')
  expect(outcome).toMatchObject({ code: 0, verified: true, acknowledged: ['session/paper/a'] })
  expect(outcome.exchange?.taken_over).toBe(true)
  expect(await floor.openOrders('desk-a')).toEqual([])
})

test('halt leaves the position and cancels all orders', async () => {
  await startHost('desk-a', 'a')
  const outcome = await kill('--mode', 'halt')
  expect(outcome).toMatchObject({ code: 0, verified: true })
  expect(await floor.openOrders('desk-a')).toEqual([])
  expect(await floor.position('desk-a', 'ETH')).toBe('2.0')
})

test('a kill of one session or account leaves the others trading', async () => {
  await startHost('desk-a', 'a')
  await startHost('desk-b', 'b')
  expect(await kill('--scope', 'session:a')).toMatchObject({
    verified: true,
    acknowledged: ['session/paper/a'],
  })
  expect(await floor.openOrders('desk-b')).toHaveLength(3)
  expect(await floor.position('desk-b', 'ETH')).toBe('2.0')
  expect(await kill('--scope', 'account:desk-b')).toMatchObject({
    verified: true,
    acknowledged: ['session/paper/b'],
  })
  expect(await floor.position('desk-b', 'ETH')).toBe('0')
})

test('orders placed by hand on a killed account go too, and a repeat changes nothing', async () => {
  const venue = floor.exchange.venue('desk-a')
  const resting = {
    coin: 'ETH',
    side: 'buy',
    px: '3300',
    sz: '1',
    tif: 'gtc',
    reduce_only: false,
    purpose: '',
  } as const
  await venue.placeOrders([{ ...resting, cloid: `0x${'ab'.repeat(16)}` }], {
    expiresAfter: Date.now() + 1_500,
  })
  expect((await kill()).exchange).toMatchObject({ orders_canceled: 1, taken_over: true })
  expect((await kill()).exchange).toMatchObject({ orders_canceled: 0, taken_over: false })
})

test('with the exchange unreachable the kill is engaged, not believed, and the exit code says so', async () => {
  await startHost('desk-a', 'a')
  floor.env.HOLDFAST_EXCHANGE_URL = 'http://127.0.0.1:1'
  const outcome = await kill()
  expect(outcome).toMatchObject({ code: 1, verified: false })
  expect(outcome.exchange?.messages.join()).toContain('not ready')
  const store = createKillStore(floor.home.kills)
  expect(store.list()).toMatchObject([{ mode: 'flatten', scope: { kind: 'all' } }])
  store.close()
})

test('a milder kill does not weaken one that stands, and the answer says so', async () => {
  await kill('--mode', 'halt')
  expect((await kill('--mode', 'close_only')).paths[0]?.detail).toBe('the stronger halt stands')
})

test('off lifts the kill file, and says that Temporal has not heard it', async () => {
  await kill('--mode', 'halt')
  const outcome = await kill('--mode', 'off')
  expect(outcome).toMatchObject({ code: 1, verified: false, exchange: null })
  expect(outcome.paths[0]).toMatchObject({ ok: true, detail: 'lifted halt' })
  const store = createKillStore(floor.home.kills)
  expect(store.list()).toEqual([])
  store.close()
})

test('a session without a lease is found by the tags of its orders and fills, and what it holds is closed', async () => {
  const host = await startHost('desk-a', 'a')
  await host.kill()
  removeLease(floor.home, 'session/paper/a')
  const outcome = await kill('--scope', 'session:session/paper/a')
  expect(outcome).toMatchObject({ code: 0, verified: true })
  expect(outcome.exchange).toMatchObject({ taken_over: true, orders_canceled: 3, closing_orders: 1 })
  expect(await floor.position('desk-a', 'ETH')).toBe('0')
})

test.each([
  [['--scope', 'account:nobody'], 'desk-a, desk-b'],
  [['--scope', 'everything'], 'all, session:ID'],
  [['--mode', 'stop'], 'off, close_only, halt, flatten'],
  [['--grace', 'soon'], 'seconds'],
])('%j is refused with what is expected, and nothing is killed', async (args, expected) => {
  const { code, stderr } = await floor.cli('kill', '--json', ...args)
  expect(code).toBe(2)
  expect(stderr).toContain(expected)
  const store = createKillStore(floor.home.kills)
  expect(store.list()).toEqual([])
  store.close()
})
