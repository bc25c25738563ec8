/** The shared parts of a trading host over the real paper exchange: market, candles with their past, account stream; each opened once, also when cut. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TradingParts } from '#activities/trading-session/run-segment.ts'
import { systemClock as clock } from '#config/clock.ts'
import { createHome, homeAt } from '#config/home.ts'
import { loadSettings } from '#config/load.ts'
import { buildCloid } from '#domain/ids.ts'
import { connectExchange, type Exchange } from '#exchange/client/connect.ts'
import { provisionPaperAccounts } from '#exchange/client/provision.ts'
import { createTradingHub, type TradingHub } from '#workers/support/trading-hub.ts'
import { type Child, startChild } from '../support/child.ts'
import { freePort } from '../support/temporal-server.ts'
import { testLog } from '../support/temporal-world.ts'
import { waitUntil } from '../support/wait-until.ts'

const ACCOUNT = 'desk'
const home = homeAt(mkdtempSync(join(tmpdir(), 'holdfast-hub-')))
let env: Record<string, string>
let paper: Child
let exchange: Exchange
let hub: TradingHub
let parts: TradingParts

beforeAll(async () => {
  createHome(home)
  const config = join(home.root, 'holdfast.yaml')
  writeFileSync(config, JSON.stringify({ accounts: { [ACCOUNT]: {} } }))
  env = {
    HOLDFAST_HOME: home.root,
    HOLDFAST_CONFIG: config,
    HOLDFAST_LOG_LEVEL: 'error',
    HOLDFAST_PORT_PAPER: String(await freePort()),
  }
  paper = await startChild('exchange/paper/server.ts', env)
  const settings = loadSettings(config)
  await provisionPaperAccounts(settings, { home }, paper.url)
  exchange = await connectExchange({ settings, home, url: paper.url, role: 'trading', clock })
  hub = createTradingHub({ exchange, clock, log: testLog, staleMs: 2_000, seed: 1 })
  parts = await hub.openParts({ account: ACCOUNT, coins: ['ETH'], candleIntervals: ['1m'] })
})
afterAll(async () => {
  await hub?.close()
  exchange?.close()
  await paper?.stop()
  rmSync(home.root, { recursive: true, force: true })
})

let seq = 0
const buyOne = async () => {
  const { ask } = await parts.venue.touch('ETH')
  const px = String(Math.ceil(Number(ask) * 1.01))
  const cloid = buildCloid({ tag: 1, epoch: 1, seq: ++seq, run: 1, leg: 0 })
  const order = { cloid, coin: 'ETH', side: 'buy', px, sz: '0.01', tif: 'ioc', reduce_only: false } as const
  return parts.venue.placeOrders([{ ...order, purpose: 'entry' }], { expiresAfter: clock.now() + 5_000 })
}

test('a segment finds a fresh market, a living account stream, and candles from before it came', async () => {
  const { market, events } = parts
  await waitUntil('a fresh touch', () => market.bbo('ETH')?.ask && market.ageMs('ETH') < 2_000, 5_000)
  await waitUntil('closed candles', () => market.closedCandles('ETH', '1m', 0).length >= 10, 5_000)
  await waitUntil('the account stream', () => events.accountStreamUp(), 5_000)
  expect(market.sizeDecimals('ETH')).toBeGreaterThan(0)
  const candles = market.closedCandles('ETH', '1m', 0)
  expect(candles.map(({ openTs }) => openTs)).toEqual(
    candles.map((_, at) => (candles[0]?.openTs ?? 0) + at * 60_000),
  )
})

test('its own fill wakes it and is there to take, once', async () => {
  parts.events.takeAccountEvents()
  expect(await buyOne()).toMatchObject([{ status: 'filled' }])
  const kinds: string[] = []
  await waitUntil(
    'the fill',
    async () => {
      await parts.events.next(200, new AbortController().signal)
      kinds.push(...parts.events.takeAccountEvents().map(({ kind }) => kind))
      return kinds.includes('fill')
    },
    5_000,
  )
  expect(kinds.filter((kind) => kind === 'fill')).toHaveLength(1)
})

test('another session on the same account and coin shares the streams', async () => {
  const other = await hub.openParts({ account: ACCOUNT, coins: ['ETH'], candleIntervals: ['1m'] })
  expect(other.market).toBe(parts.market)
  expect(other.venue).toBe(parts.venue)
  expect(other.events.accountStreamUp()).toBe(true)
  other.close()
})

test('an exchange that is killed and comes back is heard again, without the session doing anything', async () => {
  await paper.stop('SIGKILL')
  await waitUntil('the account stream to be down', () => !parts.events.accountStreamUp(), 5_000)
  paper = await startChild('exchange/paper/server.ts', env)
  await waitUntil('the account stream', () => parts.events.accountStreamUp(), 20_000)
  await waitUntil('a fresh touch', () => parts.market.ageMs('ETH') < 1_000, 20_000)
  await waitUntil(
    'candles that reach up to now',
    () => parts.market.closedCandles('ETH', '1m', 0).length >= 10 && parts.market.candle('ETH', '1m'),
    20_000,
  )
})

test('a venue that is away holds nobody up for longer than the wait for streams', async () => {
  await paper.stop('SIGKILL')
  const from = performance.now()
  const late = await hub.openParts({ account: ACCOUNT, coins: ['SOL'], candleIntervals: [] })
  expect(performance.now() - from).toBeLessThan(4_000)
  expect(late.market.ageMs('SOL')).toBe(Number.POSITIVE_INFINITY)
  late.close()
})
