/** Recorded candles replayed by the paper exchange's process, and trading sessions on it: Temporal, the product's trading host, real HTTP and sockets; the market moves on once all sessions have acted. */
// Not here: what is compared (process-agreement.test.ts), the same in virtual time (candle-world.ts).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createControlActivities } from '#activities/trading-session/control.ts'
import type { JournalSink } from '#activities/trading-session/journal.ts'
import type { DecisionRow } from '#clickhouse/tables/trading.ts'
import { systemClock as clock } from '#config/clock.ts'
import { loadEnvironment } from '#config/environment.ts'
import { controlToken, createHome, type Home, homeAt } from '#config/home.ts'
import { createKillStore } from '#config/kill-store.ts'
import { loadSettings } from '#config/load.ts'
import { assert } from '#domain/errors.ts'
import { sessionId } from '#domain/ids.ts'
import type { MarketView } from '#domain/session/ports.ts'
import type { SessionReport } from '#domain/session/types.ts'
import { HOUR_MS } from '#domain/time.ts'
import { connectExchange, type Exchange } from '#exchange/client/connect.ts'
import { provisionPaperAccounts } from '#exchange/client/provision.ts'
import type { SourceStep } from '#exchange/paper/sources/source.ts'
import { createLeaseFiles } from '#workers/support/lease-files.ts'
import { createSessionRegistry } from '#workers/support/session-registry.ts'
import { tradingActivities } from '#workers/support/trading-activities.ts'
import { createTradingHub, type TradingHub } from '#workers/support/trading-hub.ts'
import { hostQueue, TASK_QUEUES, WORKFLOW_TYPES } from '#workflows/names.ts'
import * as messages from '#workflows/trading-session/messages.ts'
import { type Child, startChild } from '../support/child.ts'
import { createTemporalWorld, type TemporalWorld, testLog } from '../support/temporal-world.ts'
import { waitUntil } from '../support/wait-until.ts'

const HOST = 'replay-1'
/** A step of a session may wait for a loaded machine; it is no measurement. */
const PATIENCE_MS = 60_000
const MANY = 1e9

export interface StageFill {
  /** Close that was acted on, or of the bar whose prices fired a trigger. */
  ts: number
  coin: string
  side: 'buy' | 'sell'
  px: number
  sz: number
  isTrigger: boolean
}

export interface StageSession {
  /** Name of session and account. */
  name: string
  coins: readonly string[]
  params: Record<string, unknown>
}

export interface CandleStage {
  /** Starts the sessions, all on hourly candles, at the close that stands, and waits until all of them look at it. */
  open(sessions: readonly StageSession[]): Promise<void>
  /** Replays bars until none is left, or so many. @returns how many */
  play(bars: number): Promise<number>
  fills(name: string): StageFill[]
  decisions(name: string): DecisionRow[]
  stop(name: string): Promise<SessionReport>
  close(): Promise<void>
}

/** What a session has shown to have seen. */
interface Seen {
  session: StageSession
  address: string
  fills: StageFill[]
  /** Fills that the session's journal has told. */
  told: number
  decisions: DecisionRow[]
  /** Last candle of each coin that was behind the session when it found nothing left to do, and when. */
  idle: Map<string, { after: number; atMs: number }>
}

interface Stage {
  exchange: Exchange
  paper: Child
  token: string
  world: TemporalWorld
  seen: Map<string, Seen>
}

/** @param market `candles:…` of the paper exchange  @param names accounts of 10,000 USD */
export async function startCandleStage(market: string, names: readonly string[]): Promise<CandleStage> {
  const home = homeAt(mkdtempSync(join(tmpdir(), 'holdfast-replay-')))
  createHome(home)
  const config = join(home.root, 'holdfast.yaml')
  writeFileSync(config, JSON.stringify({ accounts: Object.fromEntries(names.map((name) => [name, {}])) }))
  const env = { HOLDFAST_HOME: home.root, HOLDFAST_CONFIG: config, HOLDFAST_LOG_LEVEL: 'error' }
  const paper = await startChild('exchange/paper/server.ts', {
    ...env,
    ...{ HOLDFAST_PORT_PAPER: '0', HOLDFAST_MARKET: market, HOLDFAST_MARKET_HOLD: '1' },
  })
  const settings = loadSettings(config)
  await provisionPaperAccounts(settings, { home }, paper.url)
  // The venue gives an address 1,200 weight a minute, and a bar costs a session about sixty: what a replay would wait for.
  const exchange = await connectExchange({
    ...{ settings, home, url: paper.url, role: 'trading', clock, weightPerMinute: 1e7 },
  })
  const world = await createTemporalWorld()
  const stage: Stage = { exchange, paper, token: controlToken(home), world, seen: new Map() }
  await step(stage) // the close of the newest candle of the past stands
  const hosted = await host(stage, { home, env, settings })
  return {
    open: (sessions) => open(stage, sessions),
    play: (bars) => play(stage, bars),
    fills: (name) => seenOf(stage, name).fills,
    decisions: (name) => [...seenOf(stage, name).decisions].sort((a, b) => a.decision_seq - b.decision_seq),
    stop: (name) => handleOf(stage, name).executeUpdate(messages.stop, { args: [{ reason: 'the end' }] }),
    async close() {
      await world.close()
      await hosted()
      exchange.close()
      await paper.stop()
      rmSync(home.root, { recursive: true, force: true })
    },
  }
}

/** The trading host as workers/trading.ts builds it, without database. @returns the way to close it */
async function host(
  stage: Stage,
  parts: { home: Home; env: Record<string, string>; settings: ReturnType<typeof loadSettings> },
): Promise<() => Promise<void>> {
  const { exchange, world } = stage
  const { home, settings } = parts
  const environment = loadEnvironment({ ...process.env, ...parts.env, HOLDFAST_HOST_ID: HOST })
  const killStore = createKillStore(home.kills)
  const registry = createSessionRegistry({ killStore, clock })
  const hub = createTradingHub({ exchange, clock, log: testLog, staleMs: 10_000, seed: 1 })
  const leases = createLeaseFiles(home, testLog)
  const trading = tradingActivities({
    ...{ environment, settings, exchange, client: world.client, registry, killStore, leases, clock },
    ...{ hub: watched(stage, hub), rows: rowsInto(stage), log: testLog },
  })
  await world.serve(TASK_QUEUES.trading, trading)
  await world.serve(hostQueue(HOST), createControlActivities({ hostId: HOST, registry }))
  await world.serve(TASK_QUEUES.data, {
    cancelSessionOrders: async () => ({ canceled: 0 }),
    recordSession: async () => undefined,
  })
  await world.orchestrate()
  return async () => {
    await leases.settled()
    await hub.close()
    registry.close()
    killStore.close()
  }
}

/** A segment asks for closed candles only when nothing is left of what it was to do: that is how the stage knows. */
function watched(stage: Stage, hub: TradingHub): TradingHub {
  return {
    ...hub,
    async openParts(needs) {
      const parts = await hub.openParts(needs)
      const closedCandles: MarketView['closedCandles'] = (coin, interval, after) => {
        stage.seen.get(needs.account)?.idle.set(coin, { after, atMs: performance.now() })
        return parts.market.closedCandles(coin, interval, after)
      }
      return { ...parts, market: { ...parts.market, closedCandles } }
    },
  }
}

function rowsInto(stage: Stage): JournalSink {
  const of = (id: string): Seen | undefined => stage.seen.get(id.split('/').at(-1) ?? '')
  return {
    ...{ orders: () => {}, quotes: () => {}, equity: () => {}, flush: async () => {} },
    decisions: (row) => void of(row.session_id)?.decisions.push(row),
    events: ({ session_id, kind }) => {
      const seen = of(session_id)
      if (seen && kind === 'fill') seen.told += 1
    },
  }
}

const seenOf = ({ seen }: Stage, name: string): Seen => {
  const found = seen.get(name)
  assert(found, `session ${name} was not opened`)
  return found
}
const handleOf = ({ world }: Stage, name: string) => world.client.workflow.getHandle(sessionId('paper', name))

async function open(stage: Stage, sessions: readonly StageSession[]): Promise<void> {
  for (const session of sessions) {
    const { name, coins, params } = session
    const address = stage.exchange.address(name)
    stage.seen.set(name, { session, address, fills: [], told: 0, decisions: [], idle: new Map() })
    const caps = { order_usd_max: MANY, position_usd_max: MANY, loss_usd_max: MANY }
    await stage.world.client.workflow.start(WORKFLOW_TYPES.tradingSession, {
      workflowId: sessionId('paper', name),
      taskQueue: TASK_QUEUES.orchestrator,
      args: [
        {
          ...{ session_key: name, engine: 'candles', account: name, coins, params, on_stop: 'halt' },
          // Limits by the clock mean nothing in a market that runs at another speed.
          limits: { ...caps, open_orders_max: 1_000, orders_per_min_max: 10_000, stale_ms_max: 600_000 },
        },
      ],
    })
  }
  await isIdle(stage, 0)
}

async function play(stage: Stage, bars: number): Promise<number> {
  let played = 0
  for (let left = bars; left > 0; left -= 1) {
    const { market_ts: openTs } = await step(stage) // its prices have passed; it has not closed yet
    const fired = await takeFills(stage, openTs + HOUR_MS, true)
    if (fired.length > 0) await isIdle(stage, 0, fired)
    const { market_ts, bars_left } = await step(stage)
    await isIdle(stage, openTs)
    await takeFills(stage, market_ts, false)
    played += 1
    if (bars_left === 0) break
  }
  return played
}

async function step({ paper, token }: Stage): Promise<SourceStep> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${paper.url}/admin/market/step`, { method: 'POST', headers })
  assert(answer.ok, `a step was answered with ${answer.status}`)
  return (await answer.json()) as SourceStep
}

/** Waits until each session has seen the bar that opened then, knows its fills and has nothing left to do. */
async function isIdle(stage: Stage, openTs: number, only: readonly Seen[] = [...stage.seen.values()]) {
  for (const each of only) {
    const { session, idle } = each
    const what = `${session.name} to be through with ${new Date(openTs).toISOString()}`
    await waitUntil(what, () => each.told >= each.fills.length, PATIENCE_MS)
    const fromMs = performance.now()
    const isThrough = (coin: string): boolean => {
      const last = idle.get(coin)
      return last !== undefined && last.after >= openTs && (openTs > 0 || last.atMs > fromMs)
    }
    await waitUntil(what, () => session.coins.every(isThrough), PATIENCE_MS)
  }
}

interface WireFill {
  coin: string
  side: 'A' | 'B'
  px: string
  sz: string
  tid: number
}

/** What the exchange says was filled since the last look. @returns the sessions with something new */
async function takeFills(stage: Stage, ts: number, isTrigger: boolean): Promise<Seen[]> {
  const news: Seen[] = []
  for (const each of stage.seen.values()) {
    const answer = await fetch(`${stage.paper.url}/info`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ type: 'userFills', user: each.address }),
    })
    const all = ((await answer.json()) as WireFill[]).reverse() // oldest first
    const fresh = all.slice(each.fills.length)
    for (const { coin, side, px, sz } of fresh) {
      const fill = { ts, coin, side: side === 'B' ? 'buy' : 'sell', px: Number(px), sz: Number(sz) } as const
      each.fills.push({ ...fill, isTrigger })
    }
    if (fresh.length > 0) news.push(each)
  }
  return news
}
