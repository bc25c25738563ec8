/** How long a kill takes to reach a trading loop, by each path, and until the exchange has nothing of the session left; real processes. */
// 20 maker sessions on the paper exchange. Direct: HTTP on the trading host. Signal: the session's signal, by control activity or pushed
// cancellation, whichever the loop hears first, as in the product. Cancel: pushed cancellation alone, with the control queue left out.
// Confirmed: from the signal until the exchange lists no order of the session. Bare: signal → activity of a workflow that does nothing.
import { setTimeout as delay } from 'node:timers/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { controlToken } from '#config/home.ts'
import { kill } from '#workflows/trading-session/messages.ts'
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

const SESSIONS = 20
const COINS = ['BTC', 'ETH', 'SOL']
const KILLS = 100
const KILLS_QUICK = 20
/** Pause between two kills: the figures are of single kills, not of a queue of them. */
const SPACING_MS = 120
const HEARD_MS_MAX = 15_000
const START_MS_MAX = 120_000
const PROCESS_FILE = 'bench/support/kill-process.ts'

interface Bench {
  world: ProcessWorld
  sessions: MakerSession[]
  bare: Bare
  say(line: string): void
}

/** Milliseconds from the sending of each kill. */
interface Samples {
  heard: number[]
  confirmed: number[]
  /** Taken between the kills, so that both saw the same machine. */
  bare: number[]
  /** Sessions that ended on their kill without a loop to hear it: they were between two segments. */
  unheard: number
}

export async function run({ quick, say }: BenchmarkOptions): Promise<Metrics> {
  const rounds = (quick ? KILLS_QUICK : KILLS) / SESSIONS
  const names = Array.from({ length: Math.ceil(SESSIONS / COINS.length) }, (_, at) => `desk-${at + 1}`)
  say('starting Temporal, the paper exchange and the orchestrator')
  const world = await startProcessWorld(names)
  try {
    await Promise.all([world.startOrchestrator(), world.start(PROCESS_FILE, ['data'])])
    const sessions = names.flatMap((name) => COINS.map((coin) => makerSession(name, coin))).slice(0, SESSIONS)
    const bench: Bench = { world, sessions, bare: await startBare(world), say }
    const host = await world.start(PROCESS_FILE, ['host'])
    const direct = await measure(bench, host, rounds, 'direct')
    const signal = await measure(bench, host, rounds, 'signal')
    await host.stop()
    const deaf = await world.start(PROCESS_FILE, ['host-without-control'])
    const cancel = await measure(bench, deaf, rounds, 'cancel')
    return {
      ...percentiles('direct', direct.heard),
      ...percentiles('signal', signal.heard),
      ...percentiles('cancel', cancel.heard),
      confirmed_p99_ms: quantile(signal.confirmed, 0.99),
      bare_signal_activity_p50_ms: quantile(signal.bare, 0.5),
      bare_signal_activity_p99_ms: quantile(signal.bare, 0.99),
      kills: direct.heard.length + signal.heard.length + cancel.heard.length,
      unheard: direct.unheard + signal.unheard + cancel.unheard,
    }
  } finally {
    await world.close()
  }
}

type Path = 'direct' | 'signal' | 'cancel'

async function measure(bench: Bench, host: Child, rounds: number, path: Path): Promise<Samples> {
  const { world, sessions, say } = bench
  const samples: Samples = { heard: [], confirmed: [], bare: [], unheard: 0 }
  const first = firstHeard(host)
  for (let round = 1; round <= rounds; round++) {
    say(`${path}: round ${round} of ${rounds}, starting ${SESSIONS} sessions`)
    await Promise.all(sessions.map(world.startMaker))
    for (const session of sessions) {
      const quotes = async () => (await world.openOrders(session)).length > 0
      await waitUntil(`${session.id} to quote`, quotes, START_MS_MAX)
    }
    first.clear()
    const confirmations: Promise<number>[] = []
    for (const session of sessions) {
      const sent = process.hrtime.bigint()
      await send(bench, host, session, path)
      if (path === 'signal') confirmations.push(untilNothingOpen(world, session, sent))
      const at = await untilHeard(world, session, first)
      if (at === null) {
        samples.unheard += 1
        say(`${session.id} was between two segments when its kill came`)
      } else samples.heard.push(Number(at - sent) / 1e6)
      await delay(SPACING_MS)
      if (path === 'signal') samples.bare.push(await bench.bare.sample())
    }
    samples.confirmed.push(...(await Promise.all(confirmations)))
    await Promise.all(sessions.map(({ id }) => world.client.workflow.getHandle(id).result()))
    if (path === 'direct') for (const session of sessions) await postKill(bench, host, session, 'off')
  }
  return samples
}

/** When the loop heard its kill; null when the session ended without a loop that could. */
async function untilHeard(
  { client }: ProcessWorld,
  session: MakerSession,
  first: ReadonlyMap<string, bigint>,
): Promise<bigint | null> {
  let ended = false
  void client.workflow
    .getHandle(session.id)
    .result()
    .finally(() => {
      ended = true
    })
  const look = () => first.get(session.id) ?? (ended ? -1n : null)
  const at = await waitUntil(`${session.id} to hear its kill`, look, HEARD_MS_MAX)
  return at < 0n ? null : at
}

async function send(bench: Bench, host: Child, session: MakerSession, path: Path): Promise<void> {
  if (path === 'direct') await postKill(bench, host, session, 'flatten')
  else await bench.world.client.workflow.getHandle(session.id).signal(kill, { reason: 'bench' })
}

async function postKill({ world }: Bench, host: Child, { id }: MakerSession, mode: string): Promise<void> {
  const answer = await fetch(`${host.url}/kill`, {
    method: 'POST',
    headers: { authorization: `Bearer ${controlToken(world.home)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ scope: { kind: 'session', session_id: id }, mode, reason: 'bench' }),
  })
  await answer.arrayBuffer()
}

/** Asked every few milliseconds: the figure is at most so much too large. */
async function untilNothingOpen(world: ProcessWorld, session: MakerSession, sent: bigint): Promise<number> {
  while ((await world.openOrders(session)).length > 0) await delay(4)
  return Number(process.hrtime.bigint() - sent) / 1e6
}

interface Bare {
  /** Milliseconds from one signal to the activity that answers it. */
  sample(): Promise<number>
}

async function startBare({ client, start }: ProcessWorld): Promise<Bare> {
  await start(PROCESS_FILE, ['bare-workflows'])
  const first = firstHeard(await start(PROCESS_FILE, ['bare-activities']))
  const handles: WorkflowHandle[] = await Promise.all(
    Array.from({ length: SESSIONS }, (_, at) =>
      client.workflow.start('bare', { workflowId: `bare-${at}`, taskQueue: 'bare-workflows' }),
    ),
  )
  let turn = 0
  return {
    async sample() {
      const handle = handles[turn++ % handles.length] as WorkflowHandle
      first.clear()
      const sent = process.hrtime.bigint()
      await handle.signal('poke')
      const at = await waitUntil('the bare activity', () => first.get(handle.workflowId), HEARD_MS_MAX)
      await delay(SPACING_MS)
      return Number(at - sent) / 1e6
    },
  }
}

const percentiles = (name: string, samples: number[]): Metrics => ({
  [`${name}_p50_ms`]: quantile(samples, 0.5),
  [`${name}_p99_ms`]: quantile(samples, 0.99),
})
