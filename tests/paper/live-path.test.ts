/** Live sessions against the paper exchange as if it were mainnet: real client, real streams, all gates open, faults on; the exchange and the session agree after each run. */
// The session core without Temporal: the plane always acknowledges. 200 runs in virtual time: tests/simulation/live.test.ts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TradingNeeds } from '#activities/trading-session/run-segment.ts'
import { systemClock as clock } from '#config/clock.ts'
import { createHome, homeAt } from '#config/home.ts'
import { loadSettings } from '#config/load.ts'
import { hash32, sessionId } from '#domain/ids.ts'
import { LIVE_CONFIRMATION, liveGate } from '#domain/risk/live-gates.ts'
import { closeSession } from '#domain/session/close.ts'
import type { AskedCommand } from '#domain/session/command.ts'
import { runSession } from '#domain/session/control.ts'
import type { SessionEffects } from '#domain/session/effects.ts'
import { fenceAndReconcile } from '#domain/session/fence.ts'
import { parseSessionInput, type SessionInput } from '#domain/session/input.ts'
import type { Journal } from '#domain/session/ports.ts'
import { runSegment } from '#domain/session/segment.ts'
import type { PositionState } from '#domain/session/types.ts'
import { wishBoxFor } from '#domain/session/wishes.ts'
import { connectExchange, type Exchange } from '#exchange/client/connect.ts'
import type { PaperExchange } from '#exchange/paper/paper-exchange.ts'
import { key, startPaper, syntheticSource, TOKEN, wallet } from '#tests/paper/support/paper.ts'
import { createRandom } from '#tests/simulation/random.ts'
import { openForMode } from '#workers/support/mode-parts.ts'
import { createTradingHub, type TradingHub } from '#workers/support/trading-hub.ts'
import { testLog } from '../support/temporal-world.ts'
import { waitUntil } from '../support/wait-until.ts'

const COINS = ['BTC', 'ETH']
const RUNS = 3
const KEY_ENV = 'HOLDFAST_TEST_LIVE_KEY'
const caps = { order_usd_max: 2_000, position_usd_max: 4_000, gross_usd_max: 8_000, loss_usd_max: 5_000 }
const home = homeAt(mkdtempSync(join(tmpdir(), 'holdfast-live-')))
let paper: PaperExchange
let exchange: Exchange
let hub: TradingHub

beforeAll(async () => {
  createHome(home)
  process.env[KEY_ENV] = key('7')
  const config = join(home.root, 'holdfast.yaml')
  writeFileSync(
    config,
    JSON.stringify({
      exchange: { network: 'mainnet' },
      accounts: { desk: { key: `env:${KEY_ENV}` } },
      live: caps,
    }),
  )
  paper = await startPaper({ source: () => syntheticSource(COINS), faultsPort: 0 })
  paper.fund(wallet('7').address, 50_000)
  exchange = await connectExchange({
    settings: loadSettings(config),
    home,
    url: paper.url,
    role: 'trading',
    clock,
    weightPerMinute: 1_000_000, // five sessions within a minute; the venue's own limit is not what is tested
  })
  hub = createTradingHub({ exchange, clock, log: testLog, staleMs: 15_000, seed: 1 })
})
afterAll(async () => {
  await faults({})
  await hub?.close()
  exchange?.close()
  await paper?.close()
  delete process.env[KEY_ENV]
  rmSync(home.root, { recursive: true, force: true })
})

const post = (path: string, body: object): Promise<Response> =>
  fetch(`http://127.0.0.1:${paper.faultsPort}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
const faults = (rules: Record<string, number>): Promise<Response> =>
  Object.keys(rules).length === 0 ? post('/reset', {}) : post('/faults', rules)

const inputOf = (run: number, mode: 'live' | 'dry_live'): SessionInput =>
  parseSessionInput({
    session_key: `live-${run}`,
    engine: 'candles',
    mode,
    account: 'desk',
    coins: COINS,
    params: { strategy: 'ema_cross' },
    limits: { ...caps, slippage_bps_max: 500 },
    on_stop: 'halt',
  })

/** One session from its start to its end, in this process. */
async function liveSession(run: number, gateOpen = true, mode: 'live' | 'dry_live' = 'live') {
  const input = inputOf(run, mode)
  const wishes = wishBoxFor(input, null)
  const session_id = sessionId(input.mode, input.session_key)
  const seen = {
    known: [] as readonly PositionState[],
    orders: 0,
    rejected: 0,
    unknown: 0,
    wouldSend: 0,
    gates: [] as string[],
  }
  const journal: Journal = {
    decision: ({ gate }) => void (gate && seen.gates.push(gate)),
    intent: async () => void seen.orders++,
    answer: ({ status }) => {
      if (status === 'rejected') seen.rejected += 1
      if (status === 'unknown') seen.unknown += 1
    },
    event: (kind) => void (kind === 'would_send' && seen.wouldSend++),
    quotes: () => undefined,
    equity: () => undefined,
  }
  const gates = { network: 'mainnet', enable: '1', key: `env:${KEY_ENV}`, caps, kill: 'off' } as const
  const confirm = gateOpen ? LIVE_CONFIRMATION : undefined
  const open = (needs: Partial<TradingNeeds> & Pick<TradingNeeds, 'checkpoint'>) =>
    openForMode(
      {
        clock,
        openParts: hub.openParts,
        liveGate: (_account, limits) => liveGate({ ...gates, confirm, limits })?.gate ?? null,
        paperGate: () => 'PAPER_NETWORK',
      },
      { account: 'desk', coins: COINS, candleIntervals: [], mode, limits: null, journal, ...needs },
    )
  const decimals = Object.fromEntries(COINS.map((coin) => [coin, exchange.meta.get(coin)?.sizeDecimals ?? 0]))
  let rotate: 'command' | 'params' | null = null
  let wake = new AbortController()
  const commands = {
    kill: () => null,
    takeRotate: () => {
      const taken = rotate
      rotate = null
      return taken
    },
    changed: () => wake.signal,
  }
  const effects: SessionEffects = {
    run: hash32(`run-${run}`),
    now: () => clock.now(),
    admit: async () => ({ size_decimals: decimals, kill: null }),
    fence: async (fence) => {
      const parts = await open({ checkpoint: fence.checkpoint })
      try {
        return await fenceAndReconcile(
          { ...fence, quiet_ms: 0 },
          { clock, venue: parts.venue, journal, commands },
        )
      } finally {
        parts.close()
      }
    },
    history: async () => [],
    targets: async () => {
      throw new TypeError('a candle session asks for no targets')
    },
    async runSegment(segment) {
      const parts = await open({ checkpoint: segment.checkpoint, limits: segment.limits })
      try {
        const control = {
          attempt: 1,
          heartbeat: async () => ({ kind: 'acknowledged' as const }),
          signal: new AbortController().signal,
          reason: () => null,
        }
        return await runSegment(segment, { clock, ...parts, journal, control, commands })
      } finally {
        parts.close()
      }
    },
    stopSegment() {
      rotate = 'command'
      const fired = wake
      wake = new AbortController()
      fired.abort()
    },
    async close(closing) {
      const parts = await open({ checkpoint: closing.checkpoint })
      try {
        const ports = {
          clock,
          venue: parts.venue,
          market: parts.market,
          journal,
          attempt: 1,
          stillRunning: () => {},
        }
        const result = await closeSession({ ...closing, quiet_ms: 0 }, ports)
        seen.known = result.checkpoint.positions
        return result
      } finally {
        parts.close()
      }
    },
    publish: () => undefined,
    report: async () => undefined,
    async waitFor(condition, timeoutMs = Number.POSITIVE_INFINITY) {
      const until = clock.monotonicMs() + timeoutMs
      while (!condition() && clock.monotonicMs() < until) await clock.sleep(10)
      return condition()
    },
    shouldContinueAsNew: () => false,
  }
  const ended = runSession(input, effects, wishes)
  const order = async (command: AskedCommand): Promise<void> => {
    const id = wishes.askCommand(command)
    await waitUntil(`${session_id} to answer command ${id}`, () => wishes.resultOf(id) !== null, 90_000)
  }
  return { order, ended, seen, stop: () => wishes.askStop({ reason: 'the run is over' }) }
}

const who = { by: 'test', reason: 'a fault run' }
const entry = (coin: string, side: 'buy' | 'sell'): AskedCommand => ({
  ...{ kind: 'force_entry', coin, side, usd: 800, slippage_bps: 100, stop_bps: 500 },
  ...who,
})
const nonZero = (positions: readonly { coin: string; sz: string }[]) =>
  Object.fromEntries(positions.filter(({ sz }) => Number(sz) !== 0).map(({ coin, sz }) => [coin, Number(sz)]))

test.each(Array.from({ length: RUNS }, (_, at) => at + 1))(
  'fault run %i: whatever is refused, lost or cut, the position on the exchange is the session’s',
  { timeout: 240_000 },
  async (run) => {
    const random = createRandom(run, 'live-path')
    const session = await liveSession(run)
    await session.order(entry('BTC', random.pick(['buy', 'sell'] as const)))
    await faults({
      seed: run,
      http_502: 0.05,
      answer_lost: 0.2,
      slow: 0.1,
      slow_ms: 400,
      disconnect: 0.005,
      frame_drop: 0.05,
      fill_duplicate: 0.2,
    })
    for (let step = 0; step < 4; step++) {
      const coin = random.pick(COINS)
      const pick = random.int(0, 3)
      if (pick < 2) await session.order(entry(coin, random.pick(['buy', 'sell'] as const)))
      else if (pick === 2) await session.order({ kind: 'reduce', coin, pct: 50, slippage_bps: 100, ...who })
      else await session.order({ kind: 'force_close', coin, slippage_bps: 100, ...who })
      if (random.chance(0.5)) await post('/disconnect', {})
    }
    await faults({})
    session.stop()
    const end = await session.ended
    expect(end).toMatchObject({ kind: 'closed', report: { state: 'CLOSED', residual: { open_orders: 0 } } })
    const { positions } = await exchange.info.account(wallet('7').address)
    expect(nonZero(session.seen.known)).toEqual(nonZero(positions))
    expect(session.seen.orders).toBeGreaterThan(2)
  },
)

test('with one gate shut the same session sends nothing', { timeout: 120_000 }, async () => {
  const before = await exchange.info.fillsSince(wallet('7').address, 'desk', 0)
  const session = await liveSession(99, false)
  await session.order(entry('ETH', 'buy'))
  session.stop()
  await session.ended
  expect(session.seen.rejected).toBeGreaterThan(0)
  expect(await exchange.info.fillsSince(wallet('7').address, 'desk', 0)).toHaveLength(before.length)
})

test('dry_live builds and signs for the real client, sends nothing, and holds what would have come of it', {
  timeout: 120_000,
}, async () => {
  const address = wallet('7').address
  const before = await exchange.info.fillsSince(address, 'desk', 0)
  const session = await liveSession(50, false, 'dry_live') // no gate of live is asked: nothing leaves
  await session.order(entry('ETH', 'buy'))
  session.stop()
  const end = await session.ended
  expect(end).toMatchObject({ kind: 'closed', report: { state: 'CLOSED' } })
  expect(session.seen.wouldSend).toBeGreaterThan(1) // the entry and its stop
  expect(Number(nonZero(session.seen.known).ETH)).toBeGreaterThan(0)
  expect(await exchange.info.fillsSince(address, 'desk', 0)).toHaveLength(before.length)
  expect(await exchange.info.openOrders(address)).toEqual([])
})
