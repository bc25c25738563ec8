/** The ways a kill goes out from the command line, each on its own and none needing another: kill file, trading hosts, Temporal. */
// Not here: looking at the exchange and finishing there (kill-verify.ts).
import { request } from 'node:http'
import { connectTemporal, type Operator } from '#cli/support/operator.ts'
import { controlToken } from '#config/home.ts'
import { createKillStore } from '#config/kill-store.ts'
import { type HostFile, readHosts } from '#config/run-files.ts'
import { describeError } from '#domain/errors.ts'
import { formatScope } from '#domain/session/kill-order.ts'
import type { KillOrder } from '#domain/session/types.ts'
import type { Clock } from '#domain/time.ts'
import type { KillAnswer } from '#workers/support/control-server.ts'

export const LIMITS = {
  /** A host that is alive answers in a few milliseconds; a hung one must not hold the kill up. */
  hostMsMax: 1_500,
  temporalMsMax: 4_000,
} as const

/** How one way went. */
export interface PathResult {
  path: string
  ok: boolean
  ms: number
  detail: string
}

/** Times a way and turns its failure into a result: no way may stop the others. */
export async function timed(clock: Clock, path: string, work: () => Promise<string>): Promise<PathResult> {
  const began = clock.monotonicMs()
  const done = (ok: boolean, detail: string): PathResult => ({
    path,
    ok,
    ms: Math.round((clock.monotonicMs() - began) * 10) / 10,
    detail,
  })
  try {
    return done(true, await work())
  } catch (error) {
    return done(false, describeError(error))
  }
}

/** Writes (or for `off` removes) the kill files: every process that can place an order reads them before it does. */
export const storePath = ({ environment }: Operator, order: KillOrder, clock: Clock): Promise<PathResult> =>
  timed(clock, 'kill file', async () => {
    const store = createKillStore(environment.home.kills)
    try {
      if (order.mode === 'off') {
        const lifted = store.clear(order.scope)
        const still = store.list().map((kill) => `${formatScope(kill.scope)} ${kill.mode}`)
        const left = still.length > 0 ? `; still engaged: ${still.join(', ')}` : ''
        return (
          (lifted.length > 0 ? `lifted ${lifted.map(({ mode }) => mode).join(', ')}` : 'none stands now') +
          left
        )
      }
      const stands = store.engage(order)
      return stands.mode === order.mode ? 'written' : `the stronger ${stands.mode} stands`
    } finally {
      store.close()
    }
  })

/** Tells every registered trading host directly. @returns one result a host, and the sessions that heard it */
export async function hostPaths(
  { environment }: Operator,
  order: KillOrder,
  clock: Clock,
): Promise<{ results: PathResult[]; acknowledged: string[] }> {
  const acknowledged: string[] = []
  const token = controlToken(environment.home)
  const results = await Promise.all(
    readHosts(environment.home).map((host) =>
      timed(clock, `host ${host.host_id}`, async () => {
        const answer = await postKill(host, token, order)
        acknowledged.push(...answer.acknowledged.map(({ session_id }) => session_id))
        const count = answer.acknowledged.length
        return count === 0
          ? 'no session of this scope runs there'
          : `${count} ${count === 1 ? 'session' : 'sessions'} heard it within ${answer.took_ms.toFixed(1)} ms there`
      }),
    ),
  )
  return { results, acknowledged }
}

function postKill(host: HostFile, token: string, order: KillOrder): Promise<KillAnswer> {
  const { scope, mode, reason, requested_by } = order
  const body = JSON.stringify({ scope, mode, reason, requested_by })
  return new Promise((resolve, reject) => {
    const call = request(
      `${host.url}/kill`,
      {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
        timeout: LIMITS.hostMsMax,
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          if (response.statusCode === 200) resolve(JSON.parse(text) as KillAnswer)
          else reject(new TypeError(`HTTP ${response.statusCode}: ${text.slice(0, 200)}`))
        })
      },
    )
    call.on('timeout', () => call.destroy(new TypeError(`no answer within ${LIMITS.hostMsMax} ms`)))
    call.on('error', reject)
    call.end(body)
  })
}

/** Gives a way up after its time; what it still does then happens unseen and harmlessly. */
async function within<T>(clock: Clock, limitMs: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController()
  const late = clock.sleep(limitMs, timer.signal).then(() => {
    throw new TypeError(`no answer within ${limitMs} ms`)
  })
  late.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    timer.abort()
  }
}

/** Signals the kill switch, which tells hosts and sessions again and keeps the record; for one session also its own workflow. */
export const temporalPath = (operator: Operator, order: KillOrder, clock: Clock): Promise<PathResult> =>
  timed(clock, 'Temporal', () => within(clock, LIMITS.temporalMsMax, signalTemporal(operator, order)))

async function signalTemporal(operator: Operator, order: KillOrder): Promise<string> {
  const temporal = await connectTemporal(operator)
  const [{ KILL_SWITCH_ID, engage, clear }, session, { TASK_QUEUES, WORKFLOW_TYPES }] = await Promise.all([
    import('#workflows/kill-switch/messages.ts'),
    import('#workflows/trading-session/messages.ts'),
    import('#workflows/names.ts'),
  ])
  const { workflow } = temporal.client
  const { scope, mode, reason, requested_by } = order
  try {
    if (mode === 'off') {
      await ignoringAbsent(workflow.getHandle(KILL_SWITCH_ID).signal(clear, { scope, reason }))
      return 'kill switch told to lift it'
    }
    const told: Promise<unknown>[] = [
      workflow.signalWithStart(WORKFLOW_TYPES.killSwitch, {
        workflowId: KILL_SWITCH_ID,
        taskQueue: TASK_QUEUES.orchestrator,
        signal: engage,
        signalArgs: [{ scope, mode, reason, requested_by }],
      }),
    ]
    if (scope.kind === 'session') {
      told.push(ignoringAbsent(workflow.getHandle(scope.session_id).signal(session.kill, { mode, reason })))
    }
    await Promise.all(told)
    return 'kill switch signalled'
  } finally {
    await temporal.close()
  }
}

/** A workflow that has ended, or never was, has nothing to hear. */
async function ignoringAbsent(signal: Promise<void>): Promise<void> {
  try {
    await signal
  } catch (error) {
    if ((error as Error).name !== 'WorkflowNotFoundError') throw error
  }
}
