/** The global kill switch, one long-lived workflow: engages a kill by every path at once, verifies it at the exchange, remembers what stands. */
// Not here: the messages (messages.ts), the paths' bodies (activities/kill-switch.ts), how a session dies (domain/session).
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import type { KillPlaneActivities, KillVenueActivities } from '#activities/kill-switch.ts'
import type { ControlActivities } from '#activities/trading-session/control.ts'
import { describeError } from '#domain/errors.ts'
import { formatScope, sameScope, strongerKill } from '#domain/session/kill-order.ts'
import type { KillOrder, KillScope } from '#domain/session/types.ts'
import { hostQueue } from '#workflows/names.ts'
import { EXCHANGE_KILL, EXCHANGE_VERIFY, HOST_CONTROL, KILL_PLANE, RECORD } from '#workflows/policies.ts'
import * as messages from './messages.ts'
import { readClear, readEngage } from './requests.ts'

const { engageKill, signalSessions } = proxyActivities<KillPlaneActivities>(KILL_PLANE)
const { cancelInScope } = proxyActivities<KillVenueActivities>(EXCHANGE_KILL)
const { finishKill } = proxyActivities<KillVenueActivities>(EXCHANGE_VERIFY)
const { recordKill } = proxyActivities<KillVenueActivities>(RECORD)

const RESULTS_KEPT = 20
const REFUSED_KEPT = 5
/** How long sessions may take to cancel and flatten by themselves; what they leave is then done for them. */
const SESSIONS_GRACE_MS = 12_000
const ENFORCE_WITHIN_MS = 20_000
const HISTORY_EVENTS_MAX = 1_500

/** What continue-as-new carries over. */
interface Memory {
  engaged: KillOrder[]
  results: messages.KillResult[]
  refused: { ts: number; why: string }[]
  /** Trading hosts as last seen: they are told at once, without looking them up first. */
  hosts: string[]
}

export async function killSwitch(
  memory: Memory = { engaged: [], results: [], refused: [], hosts: [] },
): Promise<void> {
  const refuse = (error: unknown): void => {
    memory.refused = [...memory.refused, { ts: Date.now(), why: describeError(error) }].slice(-REFUSED_KEPT)
    show(memory)
  }
  setHandler(
    messages.engage,
    async (request) => {
      try {
        await engageEverywhere(memory, readEngage(request, Date.now()))
      } catch (error) {
        refuse(error)
      }
    },
    {
      description:
        'Stop trading: {"scope": "all" | "account:NAME" | "session:ID", "mode": "flatten" | "halt" | "close_only", "reason": "…"}. Empty: flatten all.',
    },
  )
  setHandler(
    messages.clear,
    async (request) => {
      try {
        await clearScope(memory, readClear(request))
      } catch (error) {
        refuse(error)
      }
    },
    { description: 'Lift the kill of exactly this scope: {"scope": "all" | "account:NAME" | "session:ID"}' },
  )
  const state = (): messages.KillSwitchState => ({
    engaged: memory.engaged,
    results: memory.results,
    refused: memory.refused,
  })
  setHandler(messages.state, state, { description: 'Kills that stand, and how the latest ones went' })
  show(memory)
  await condition(
    () => workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > HISTORY_EVENTS_MAX,
  )
  await condition(allHandlersFinished)
  await continueAsNew<typeof killSwitch>(memory)
}

/** All paths at once; each is noted, none waits for another, and one that fails does not stop the rest. */
async function engageEverywhere(memory: Memory, order: KillOrder): Promise<void> {
  const stands = memory.engaged.find((kill) => sameScope(kill.scope, order.scope)) ?? null
  const kill = strongerKill(stands, order) ?? order
  memory.engaged = [...memory.engaged.filter((each) => each !== stands), kill]
  const result: { -readonly [K in keyof messages.KillResult]: messages.KillResult[K] } = {
    kill: order,
    outcome: 'working',
    hosts: [],
    hosts_silent: [],
    sessions_signalled: 0,
    orders_canceled: 0,
    enforced: false,
    residual: [],
    took_ms: 0,
  }
  memory.results = [...memory.results, result].slice(-RESULTS_KEPT)
  const began = Date.now()
  const tellHost = async (host: string): Promise<void> => {
    const told = await attempt(`host ${host}`, () => controlOf(host).killSegments(order))
    if (told) result.hosts = [...result.hosts, host]
    else result.hosts_silent = [...result.hosts_silent, host]
  }
  const known = [...memory.hosts]
  const toldAtOnce = known.map(tellHost)
  const stopping = order.mode !== 'close_only'
  const row = attempt('row', () => recordKill(order))
  await Promise.all([
    ...toldAtOnce,
    attempt('kill store', () => engageKill(order)).then(async (answer) => {
      if (!answer) return
      memory.hosts = answer.hosts
      await Promise.all(answer.hosts.filter((host) => !known.includes(host)).map(tellHost))
    }),
    attempt('sessions', () => signalSessions(order)).then((answer) => {
      result.sessions_signalled = answer?.signalled.length ?? 0
    }),
    stopping &&
      attempt('exchange', () => cancelInScope({ scope: order.scope })).then((answer) => {
        result.orders_canceled = answer?.canceled ?? 0
      }),
  ])
  show(memory)
  const verified = stopping
    ? await attempt('verify', () =>
        finishKill({ kill: order, grace_ms: SESSIONS_GRACE_MS, within_ms: ENFORCE_WITHIN_MS }),
      )
    : { residual: [], enforced: false }
  result.enforced = verified?.enforced ?? false
  result.residual = verified?.residual ?? []
  result.outcome = verified ? (result.residual.length === 0 ? 'verified' : 'residual') : 'unverified'
  result.took_ms = Date.now() - began
  show(memory)
  await row
}

async function clearScope(memory: Memory, scope: KillScope): Promise<void> {
  memory.engaged = memory.engaged.filter((kill) => !sameScope(kill.scope, scope))
  const off: KillOrder = {
    scope,
    mode: 'off',
    reason: '',
    requested_by: 'kill switch',
    requested_ts: Date.now(),
  }
  const answer = await attempt('kill store', () => engageKill(off))
  memory.hosts = answer?.hosts ?? memory.hosts
  await Promise.all(
    memory.hosts.map((host) => attempt(`host ${host}`, () => controlOf(host).killSegments(off))),
  )
  await attempt('row', () => recordKill(off))
  show(memory)
}

const controlOf = (host: string) =>
  proxyActivities<ControlActivities>({ ...HOST_CONTROL, taskQueue: hostQueue(host) })

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    log.error(`kill path failed: ${what}`, { why: describeError(error) })
    return null
  }
}

function show({ engaged, results, refused }: Memory): void {
  const line = (kill: KillOrder): string =>
    `| ${formatScope(kill.scope)} | **${kill.mode}** | ${kill.reason || '–'} | ${kill.requested_by} | ${new Date(kill.requested_ts).toISOString()} |`
  const outcome = (result: messages.KillResult): string =>
    `- ${formatScope(result.kill.scope)} ${result.kill.mode}: **${result.outcome}** in ${result.took_ms} ms; hosts ${result.hosts.join(', ') || 'none'}, ${result.sessions_signalled} sessions, ${result.orders_canceled} orders canceled${result.residual.length > 0 ? `; left: ${result.residual.join('; ')}` : ''}`
  setCurrentDetails(
    [
      engaged.length === 0 ? '### Nothing is killed' : '### Kills that stand',
      '',
      ...(engaged.length === 0
        ? []
        : ['| scope | mode | reason | by | since |', '|---|---|---|---|---|', ...engaged.map(line)]),
      '',
      ...results.slice(-5).map(outcome),
      ...refused.map(({ why }) => `- refused: ${why}`),
    ].join('\n'),
  )
}
