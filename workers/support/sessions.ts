/** Sessions as Temporal knows them: which run, what they say, how they are killed; for activities and commands. */
// Not here: what lies at the exchange (exchange/client), sessions of one host (workers/support/session-registry.ts).
import type { Client } from '@temporalio/client'
import type { RunningSession } from '#activities/orphan-guard.ts'
import type { SessionLinks } from '#activities/trading-session/admit.ts'
import type { Environment } from '#config/environment.ts'
import { readRuntime } from '#config/runtime-file.ts'
import type { SessionStatus } from '#domain/session/effects.ts'
import { effectiveKill } from '#domain/session/kill-order.ts'
import type { KillMode } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'
import { isWorkflowAbsent } from '#workers/support/temporal-client.ts'
import { KILL_SWITCH_ID, state as killSwitchState } from '#workflows/kill-switch/messages.ts'
import { RUNNING_SESSIONS, SEARCH_ATTRIBUTES } from '#workflows/names.ts'
import { kill, status } from '#workflows/trading-session/messages.ts'

/** A query that no worker answers must not hold the rest up. */
const ANSWER_MS_MAX = 3_000

export interface ListedSession extends RunningSession {
  /** Start of the first run; continue-as-new keeps it. */
  started_ts: EpochMs
}

/** Sessions that run now, by visibility: a session's newest seconds may be missing. @param condition further words of the query */
export async function listRunningSessions(client: Client, condition = ''): Promise<ListedSession[]> {
  const found: ListedSession[] = []
  const query = condition === '' ? RUNNING_SESSIONS : `${RUNNING_SESSIONS} AND ${condition}`
  for await (const { workflowId, typedSearchAttributes, startTime } of client.workflow.list({ query })) {
    found.push({
      session_id: workflowId,
      account: typedSearchAttributes.get(SEARCH_ATTRIBUTES.account) ?? '',
      coins: (typedSearchAttributes.get(SEARCH_ATTRIBUTES.coin) ?? '')
        .split(',')
        .filter((coin) => coin !== ''),
      started_ts: startTime.getTime(),
    })
  }
  return found
}

/** Sends a session its kill. One that has ended meanwhile needs none. */
export async function signalSessionKill(
  client: Client,
  sessionId: string,
  wish: { mode: KillMode; reason: string },
): Promise<void> {
  try {
    await client.workflow.getHandle(sessionId).signal(kill, wish)
  } catch (error) {
    if (!isWorkflowAbsent(error)) throw error
  }
}

/** What each running session says about itself; those that do not answer are left out. */
export async function runningStatuses(client: Client): Promise<(SessionStatus & { run: number })[]> {
  const answers = await Promise.all(
    (await listRunningSessions(client)).map(({ session_id }) =>
      client
        .withDeadline(Date.now() + ANSWER_MS_MAX, () => client.workflow.getHandle(session_id).query(status))
        .catch(() => null),
    ),
  )
  return answers.filter((answer) => answer !== null)
}

/** The kill of the global switch that reaches the session; null when none does, or when the switch was never started. */
export async function switchKillOf(
  client: Client,
  session: { session_id: string; account: string },
): Promise<{ mode: KillMode; reason: string } | null> {
  try {
    const { engaged } = await client.withDeadline(Date.now() + ANSWER_MS_MAX, () =>
      client.workflow.getHandle(KILL_SWITCH_ID).query(killSwitchState),
    )
    return effectiveKill(engaged, session)
  } catch (error) {
    if (isWorkflowAbsent(error)) return null
    throw error
  }
}

/** Running sessions on the same account and coin. */
export async function tradingRivals(
  client: Client,
  { account, coin }: { account: string; coin: string },
): Promise<{ session_id: string; started_ts: EpochMs }[]> {
  const sessions = await listRunningSessions(client, `${SEARCH_ATTRIBUTES.account.name} = "${account}"`)
  return sessions.filter(({ coins }) => coins.includes(coin))
}

/** Where people look at the session: pages of this stack's dashboard and of the Temporal UI. */
export function sessionLinks(environment: Environment, sessionId: string): SessionLinks {
  const dashboard = readRuntime(environment.home)?.dashboard_url ?? ''
  const ui = environment.HOLDFAST_TEMPORAL_UI_URL ?? ''
  const id = encodeURIComponent(sessionId)
  return {
    dashboard: dashboard && `${dashboard}/${sessionId}`,
    temporal_ui: ui && `${ui}/namespaces/${environment.TEMPORAL_NAMESPACE}/workflows/${id}`,
  }
}
