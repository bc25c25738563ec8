/** How long a kill takes to reach a trading loop, by each path, and until the exchange has nothing of the session left; real processes. */
// 20 maker sessions on the paper exchange. Direct: HTTP on the trading host. Signal: the session's signal, by control activity or pushed
// cancellation, whichever the loop hears first, as in the product. Cancel: pushed cancellation alone, with the control queue left out.
// Confirmed: from the signal until the exchange lists no order of the session. Bare: signal → activity of a workflow that does nothing.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client, Connection } from '@temporalio/client'
import { controlToken, createHome, homeAt } from '#config/home.ts'
import { loadSettings } from '#config/load.ts'
import { isOwnCloid } from '#domain/ids.ts'
import { provisionPaperAccounts } from '#exchange/client/provision.ts'
import { parseOpenOrders } from '#exchange/wire/info.ts'
import { QUICK_RECONNECT } from '#workers/support/temporal-client.ts'
import { TASK_QUEUES, WORKFLOW_TYPES } from '#workflows/names.ts'
import { kill } from '#workflows/trading-session/messages.ts'
import { type Child, startChild } from '../tests/support/child.ts'
import { startTemporal } from '../tests/support/temporal-server.ts'
import { waitUntil } from '../tests/support/wait-until.ts'
import type { BenchmarkOptions, Metrics } from './benchmark.ts'
import type { Heard } from './support/kill-process.ts'

const SESSIONS = 20
const COINS = ['BTC', 'ETH', 'SOL']
const KILLS = 100
const KILLS_QUICK = 20
/** Pause between two kills: the figures are of single kills, not of a queue of them. */
const SPACING_MS = 120
const HEARD_MS_MAX = 15_000
const PROCESS_FILE = 'bench/support/kill-process.ts'

interface Session {
  id: string
  account: string
  address: string
  coin: string
}

interface Bench {
  client: Client
  sessions: Session[]
  exchangeUrl: string
  token: string
  env: Record<string, string>
  say(line: string): void
}

/** Milliseconds from the sending of each kill. */
interface Samples {
  heard: number[]
  confirmed: number[]
}

export async function run({ quick, say }: BenchmarkOptions): Promise<Metrics> {
  const rounds = (quick ? KILLS_QUICK : KILLS) / SESSIONS
  const home = homeAt(mkdtempSync(join(tmpdir(), 'holdfast-kill-')))
  const stops: (() => Promise<unknown>)[] = []
  try {
    const bench = await setUp(home.root, say, stops)
    const host = await startChild(PROCESS_FILE, bench.env, ['host'])
    const direct = await measure(bench, host, rounds, 'direct')
    const signal = await measure(bench, host, rounds, 'signal')
    await host.stop()
    const deaf = await startChild(PROCESS_FILE, bench.env, ['host-without-control'])
    const cancel = await measure(bench, deaf, rounds, 'cancel')
    await deaf.stop()
    const bare = await measureBare(bench, rounds)
    return {
      ...percentiles('direct', direct.heard),
      ...percentiles('signal', signal.heard),
      ...percentiles('cancel', cancel.heard),
      confirmed_p99_ms: quantile(signal.confirmed, 0.99),
      bare_signal_activity_p50_ms: quantile(bare, 0.5),
      kills: direct.heard.length + signal.heard.length + cancel.heard.length,
    }
  } finally {
    for (const stop of stops.reverse()) await stop().catch(() => {})
    rmSync(home.root, { recursive: true, force: true })
  }
}

async function setUp(
  root: string,
  say: (line: string) => void,
  stops: (() => Promise<unknown>)[],
): Promise<Bench> {
  const home = homeAt(root)
  createHome(home)
  const names = Array.from({ length: Math.ceil(SESSIONS / COINS.length) }, (_, at) => `desk-${at + 1}`)
  const config = join(root, 'holdfast.yaml')
  writeFileSync(config, JSON.stringify({ accounts: Object.fromEntries(names.map((name) => [name, {}])) }))
  say('starting Temporal, the paper exchange and the orchestrator')
  const temporal = await startTemporal()
  stops.push(() => temporal.stop())
  const env = {
    HOLDFAST_HOME: root,
    HOLDFAST_CONFIG: config,
    HOLDFAST_LOG_LEVEL: 'error',
    HOLDFAST_PORT_PAPER: '0',
    HOLDFAST_HOST_ID: 'bench',
    TEMPORAL_ADDRESS: temporal.address,
  }
  const paper = await startChild('exchange/paper/server.ts', env)
  stops.push(() => paper.stop())
  const accounts = await provisionPaperAccounts(loadSettings(config), { home }, paper.url)
  const full = { ...env, HOLDFAST_EXCHANGE_URL: paper.url }
  const orchestrator = await startChild('workers/orchestrator.ts', full)
  stops.push(() => orchestrator.stop())
  const data = await startChild(PROCESS_FILE, full, ['data'])
  stops.push(() => data.stop())
  const connection = await Connection.connect({ address: temporal.address, channelArgs: QUICK_RECONNECT })
  stops.push(() => connection.close())
  const sessions = accounts
    .flatMap(({ name, address }) =>
      COINS.map((coin) => ({
        id: `session/paper/${name}-${coin.toLowerCase()}`,
        account: name,
        address,
        coin,
      })),
    )
    .slice(0, SESSIONS)
  return {
    ...{ client: new Client({ connection }), sessions, exchangeUrl: paper.url, env: full, say },
    token: controlToken(home),
  }
}

type Path = 'direct' | 'signal' | 'cancel'

async function measure(bench: Bench, host: Child, rounds: number, path: Path): Promise<Samples> {
  const samples: Samples = { heard: [], confirmed: [] }
  const first = new Map<string, bigint>()
  host.onMessage((message) => {
    const { kind, session_id, at_ns } = message as Heard
    if (kind === 'heard' && !first.has(session_id)) first.set(session_id, BigInt(at_ns))
  })
  for (let round = 1; round <= rounds; round++) {
    bench.say(`${path}: round ${round} of ${rounds}, starting ${SESSIONS} sessions`)
    await startSessions(bench)
    first.clear()
    const confirmations: Promise<number>[] = []
    for (const session of bench.sessions) {
      const sent = process.hrtime.bigint()
      await send(bench, host, session, path)
      if (path === 'signal') confirmations.push(untilNothingOpen(bench, session, sent))
      const at = await waitUntil(`${session.id} to hear its kill`, () => first.get(session.id), HEARD_MS_MAX)
      samples.heard.push(Number(at - sent) / 1e6)
      await delay(SPACING_MS)
    }
    samples.confirmed.push(...(await Promise.all(confirmations)))
    await Promise.all(bench.sessions.map(({ id }) => bench.client.workflow.getHandle(id).result()))
    if (path === 'direct') for (const session of bench.sessions) await postKill(bench, host, session, 'off')
  }
  return samples
}

async function startSessions({ client, sessions, exchangeUrl }: Bench): Promise<void> {
  await Promise.all(
    sessions.map(({ id, account, coin }) =>
      client.workflow.start(WORKFLOW_TYPES.tradingSession, {
        workflowId: id,
        taskQueue: TASK_QUEUES.orchestrator,
        workflowTaskTimeout: '5s',
        args: [
          {
            ...{ session_key: id.split('/')[2], engine: 'maker', mode: 'paper', account, coins: [coin] },
            params: { strategy: 'touch', quote_usd: 100, cycle_ms: 1_000, replace_bps: 20 },
            limits: { order_usd_max: 1_000, position_usd_max: 5_000 },
          },
        ],
      }),
    ),
  )
  for (const session of sessions) {
    await waitUntil(`${session.id} to quote`, async () => (await openOf(exchangeUrl, session)) > 0, 120_000)
  }
}

async function send(bench: Bench, host: Child, session: Session, path: Path): Promise<void> {
  if (path === 'direct') await postKill(bench, host, session, 'flatten')
  else await bench.client.workflow.getHandle(session.id).signal(kill, { reason: 'bench' })
}

async function postKill({ token }: Bench, host: Child, { id }: Session, mode: string): Promise<void> {
  const answer = await fetch(`${host.url}/kill`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ scope: { kind: 'session', session_id: id }, mode, reason: 'bench' }),
  })
  await answer.arrayBuffer()
}

async function openOf(url: string, { id, address }: Session): Promise<number> {
  const answer = await fetch(`${url}/info`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'frontendOpenOrders', user: address }),
  })
  return parseOpenOrders(await answer.json()).filter(({ cloid }) => isOwnCloid(cloid, id)).length
}

/** Asked every few milliseconds: the figure is at most so much too large. */
async function untilNothingOpen({ exchangeUrl }: Bench, session: Session, sent: bigint): Promise<number> {
  while ((await openOf(exchangeUrl, session)) > 0) await delay(4)
  return Number(process.hrtime.bigint() - sent) / 1e6
}

async function measureBare(bench: Bench, rounds: number): Promise<number[]> {
  const { client, env, say } = bench
  say('bare signal → activity')
  const workflows = await startChild(PROCESS_FILE, env, ['bare-workflows'])
  const activities = await startChild(PROCESS_FILE, env, ['bare-activities'])
  const heardAt = new Map<string, bigint>()
  activities.onMessage((message) => {
    const { kind, session_id, at_ns } = message as Heard
    if (kind === 'heard') heardAt.set(session_id, BigInt(at_ns))
  })
  try {
    const handles = await Promise.all(
      bench.sessions.map((_, at) =>
        client.workflow.start('bare', { workflowId: `bare-${at}`, taskQueue: 'bare-workflows' }),
      ),
    )
    const samples: number[] = []
    for (let round = 0; round < rounds; round++) {
      for (const handle of handles) {
        heardAt.clear()
        const sent = process.hrtime.bigint()
        await handle.signal('poke')
        const at = await waitUntil('the bare activity', () => heardAt.get(handle.workflowId), HEARD_MS_MAX)
        samples.push(Number(at - sent) / 1e6)
        await delay(SPACING_MS)
      }
    }
    await Promise.all(handles.map((handle) => handle.terminate()))
    return samples
  } finally {
    await Promise.all([workflows.stop(), activities.stop()])
  }
}

const percentiles = (name: string, samples: number[]): Metrics => ({
  [`${name}_p50_ms`]: quantile(samples, 0.5),
  [`${name}_p99_ms`]: quantile(samples, 0.99),
})

/** Nearest rank; NaN of nothing. */
function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
