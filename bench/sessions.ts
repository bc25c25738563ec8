/** How many sessions one machine carries: all of them quote, then one kill of everything reaches every loop; memory of all processes. */
// Maker sessions on the paper exchange, real processes and a real Temporal, on three accounts: each account takes two of the ten
// connections that the venue grants an address. The kill is the direct one, by HTTP on the trading host; its time is taken where each
// loop hears it, and again where the exchange lists no order of the session.
import { residentBytes } from '#cli/supervisor/process-table.ts'
import { controlToken } from '#config/home.ts'
import type { Child } from '../tests/support/child.ts'
import {
  type MakerSession,
  makerSession,
  type ProcessWorld,
  startProcessWorld,
} from '../tests/support/process-world.ts'
import { waitUntil } from '../tests/support/wait-until.ts'
import type { BenchmarkOptions, Metrics } from './benchmark.ts'
import { firstHeard, quantile } from './support/heard.ts'

const SESSIONS = 90
const SESSIONS_QUICK = 18
const ACCOUNTS = ['desk-1', 'desk-2', 'desk-3'] as const
const ROUNDS = 3
const START_MS_MAX = 180_000
const KILL_MS_MAX = 60_000
const PROCESS_FILE = 'bench/support/kill-process.ts'

interface Round {
  /** From the sending of the kill until each loop heard it, ms. */
  heard: number[]
  /** Sessions that ended on their kill without a loop to hear it: they were between two segments. */
  unheard: number
  /** Until the exchange showed nothing of the session, ms. */
  confirmed: number[]
  /** Resident memory while all of them quoted. */
  rssBytes: number
  hostRssBytes: number
}

export async function run({ quick, say }: BenchmarkOptions): Promise<Metrics> {
  const count = quick ? SESSIONS_QUICK : SESSIONS
  const coins = Array.from({ length: count / ACCOUNTS.length }, (_, at) => `COIN${at + 1}`)
  const sessions = ACCOUNTS.flatMap((account) => coins.map((coin) => makerSession(account, coin)))
  say('starting Temporal, the paper exchange and the orchestrator')
  const world = await startProcessWorld(ACCOUNTS, coins)
  try {
    const orchestrator = await world.startOrchestrator()
    const data = await world.start(PROCESS_FILE, ['data'])
    const host = await world.start(PROCESS_FILE, ['host'])
    const emptyHostBytes = residentBytes(host.pid)
    const processes = [orchestrator.pid, data.pid, host.pid, world.exchangePid, world.temporal.pid()]
    const rounds: Round[] = []
    for (let at = 1; at <= (quick ? 1 : ROUNDS); at++) {
      say(`round ${at}: starting ${sessions.length} sessions`)
      rounds.push(await killAll(world, host, sessions, processes))
    }
    const heard = rounds.flatMap((round) => round.heard)
    const confirmed = rounds.flatMap((round) => round.confirmed)
    const hostBytes = Math.max(...rounds.map(({ hostRssBytes }) => hostRssBytes))
    return {
      sessions: sessions.length,
      kill_p50_ms: quantile(heard, 0.5),
      kill_p99_ms: quantile(heard, 0.99),
      confirmed_p99_ms: quantile(confirmed, 0.99),
      rss_bytes: Math.max(...rounds.map(({ rssBytes }) => rssBytes)),
      host_rss_bytes: hostBytes,
      host_bytes_per_session: Math.round((hostBytes - emptyHostBytes) / sessions.length),
      kills: heard.length,
      unheard: rounds.reduce((sum, { unheard }) => sum + unheard, 0),
    }
  } finally {
    await world.close()
  }
}

async function killAll(
  world: ProcessWorld,
  host: Child,
  sessions: readonly MakerSession[],
  processes: readonly number[],
): Promise<Round> {
  await Promise.all(sessions.map(world.startMaker))
  for (const session of sessions) {
    const quotes = async (): Promise<boolean> => (await world.openOrders(session)).length > 0
    await waitUntil(`${session.id} to quote`, quotes, START_MS_MAX)
  }
  const rssBytes = processes.reduce((sum, pid) => sum + residentBytes(pid), 0)
  const hostRssBytes = residentBytes(host.pid)
  const first = firstHeard(host)
  const sent = process.hrtime.bigint()
  await postKill(world, host, 'flatten')
  const confirmed = await Promise.all(sessions.map((session) => untilNothingOpen(world, session, sent)))
  await Promise.all(sessions.map(({ id }) => world.client.workflow.getHandle(id).result()))
  await postKill(world, host, 'off')
  // Every session has ended: who has not heard by now had no loop.
  const heard = sessions.flatMap(({ id }) => {
    const at = first.get(id)
    return at === undefined ? [] : [millisecondsTo(at, sent)]
  })
  return { heard, unheard: sessions.length - heard.length, confirmed, rssBytes, hostRssBytes }
}

/** Asked again and again: the figure is at most one question too large. */
async function untilNothingOpen(world: ProcessWorld, session: MakerSession, sent: bigint): Promise<number> {
  const isEmpty = async (): Promise<boolean> => (await world.openOrders(session)).length === 0
  await waitUntil(`the exchange to show nothing of ${session.id}`, isEmpty, KILL_MS_MAX)
  return millisecondsTo(process.hrtime.bigint(), sent)
}

const millisecondsTo = (at: bigint, sent: bigint): number => Number(at - sent) / 1e6

async function postKill({ home }: ProcessWorld, host: Child, mode: 'flatten' | 'off'): Promise<void> {
  const answer = await fetch(`${host.url}/kill`, {
    method: 'POST',
    headers: { authorization: `Bearer ${controlToken(home)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ scope: { kind: 'all' }, mode, reason: 'bench' }),
  })
  await answer.arrayBuffer()
}
