/** What people asked of a session, from its history: each signal and update with its words, and whether it was taken. All runs since it was started. */
// Not here: decisions (decisions.ts), the protocol of the messages (workflows/trading-session/messages.ts).
import type { Client } from '@temporalio/client'
import { defaultPayloadConverter } from '@temporalio/common'
import { asking } from '#cli/support/session-client.ts'

export interface SessionMessage {
  ts: string
  kind: 'start' | 'signal' | 'update'
  name: string
  /** accepted, done, failed; refused updates leave no trace in a history. */
  status: string
  by: string
  reason: string
  body: unknown
}

/** From the trading host, not from people. */
const INTERNAL = new Set(['segmentStarted', 'segmentProgress', 'modeTold'])
/** Continued runs that are looked at. */
const RUNS_MAX = 50

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>
type HistoryEvent = NonNullable<NonNullable<History['events']>[number]>

export async function readMessages(client: Client, session: string): Promise<SessionMessage[]> {
  const runs: SessionMessage[][] = []
  let runId: string | undefined
  for (let run = 0; run < RUNS_MAX; run++) {
    const handle = client.workflow.getHandle(session, runId)
    const history = await asking(session, () => handle.fetchHistory())
    const events = history.events ?? []
    runs.unshift(messagesOf(events))
    const before = events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId
    if (!before) break
    runId = before
  }
  return runs.flat()
}

function messagesOf(events: readonly HistoryEvent[]): SessionMessage[] {
  const found: SessionMessage[] = []
  const byUpdate = new Map<string, SessionMessage>()
  for (const event of events) {
    const signal = event.workflowExecutionSignaledEventAttributes
    const accepted = event.workflowExecutionUpdateAcceptedEventAttributes
    const completed = event.workflowExecutionUpdateCompletedEventAttributes
    const started = event.workflowExecutionStartedEventAttributes
    if (started && !started.continuedExecutionRunId) {
      found.push(message(event, 'start', 'start', started.input?.payloads?.[0]))
    }
    if (signal && !INTERNAL.has(signal.signalName ?? '')) {
      found.push(message(event, 'signal', signal.signalName ?? '', signal.input?.payloads?.[0]))
    }
    if (accepted) {
      const input = accepted.acceptedRequest?.input
      const made = message(event, 'update', input?.name ?? '', input?.args?.payloads?.[0])
      byUpdate.set(accepted.protocolInstanceId ?? '', made)
      found.push(made)
    }
    if (completed) {
      const known = byUpdate.get(completed.meta?.updateId ?? '')
      if (known) known.status = completed.outcome?.failure ? 'failed' : 'done'
    }
  }
  return found
}

type Payload = Parameters<typeof defaultPayloadConverter.fromPayload>[0]

function message(
  event: HistoryEvent,
  kind: SessionMessage['kind'],
  name: string,
  payload: Payload | null | undefined,
): SessionMessage {
  const body: unknown = payload ? defaultPayloadConverter.fromPayload(payload) : null
  const words = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  const seconds = Number(event.eventTime?.seconds ?? 0)
  return {
    ts: new Date(seconds * 1_000 + Math.floor((event.eventTime?.nanos ?? 0) / 1e6)).toISOString(),
    kind,
    name,
    status: 'accepted',
    by: typeof words.by === 'string' ? words.by : '',
    reason: typeof words.reason === 'string' ? words.reason : '',
    body,
  }
}
