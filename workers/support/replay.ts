/** Runs a recorded history against the present workflow code: does it take the same steps, and what was decided on the way? */
// Not here: where histories lie (activities/history-archive.ts, workers/support/histories.ts), printing (cli/replay.ts).
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js'
import { Worker } from '@temporalio/worker'
import { InvalidInputError } from '#domain/errors.ts'
import type { Decision } from '#domain/session/types.ts'
import { WORKFLOW_TYPES } from '#workflows/names.ts'

export interface ReplayVerdict {
  deterministic: boolean
  /** Events in the history. */
  events: number
  /** Of what type of workflow. */
  workflow_type: string
  /** Decisions that the history holds, oldest first. Those taken inside a segment are in ClickHouse only. */
  decisions: Decision[]
  /** Where the present code first takes another step, in the SDK's words; '' when it does not. */
  first_difference: string
}

/** Text of a history file, unpacked where its name says so. @throws InvalidInputError when there is no such file */
export function readHistoryFile(path: string): string {
  try {
    const bytes = readFileSync(path)
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  } catch (error) {
    throw new InvalidInputError({
      source: 'history file',
      path,
      found: (error as Error).message,
      expected: 'a history as JSON, plain or gzipped',
    })
  }
}

/**
 * Replays one history. Needs no server.
 * @param history JSON text as Temporal's UI, CLI and our archive write it
 * @param bundle of the workflow code to judge (workers/bundle.ts)
 * @param workflowId where the history itself does not name its workflow
 * @throws InvalidInputError when the text is no history
 */
export async function replayHistory(
  history: string,
  bundle: { codePath: string },
  workflowId = 'replay',
): Promise<ReplayVerdict> {
  const parsed = parseHistory(history)
  const started = parsed.events[0]?.workflowExecutionStartedEventAttributes
  const facts = {
    events: parsed.events.length,
    workflow_type: started?.workflowType?.name ?? '',
    decisions: decisionsOf(parsed.events),
  }
  const replays = Worker.runReplayHistories({ workflowBundle: bundle }, [
    // A session looks at its own workflow id, so the replay has to run under it.
    { workflowId: started?.workflowId ?? workflowId, history: historyFromJSON(parsed) },
  ])
  for await (const { error } of replays) {
    if (error) return { ...facts, deterministic: false, first_difference: error.message }
  }
  return { ...facts, deterministic: true, first_difference: '' }
}

/** The fields of history events that are read here; everything else stays as it is. */
interface HistoryEvent {
  workflowExecutionStartedEventAttributes?: { workflowId?: string; workflowType?: { name?: string } }
  activityTaskScheduledEventAttributes?: {
    activityType?: { name?: string }
    input?: { payloads?: { data?: string }[] }
  }
}

function parseHistory(text: string): { events: HistoryEvent[] } {
  const refuse = (found: string): never => {
    throw new InvalidInputError({
      source: 'history',
      path: '',
      found,
      expected: 'JSON with a list `events`, as exported by the Temporal UI or CLI',
    })
  }
  try {
    const parsed = JSON.parse(text) as { events?: HistoryEvent[] }
    if (!Array.isArray(parsed?.events) || parsed.events.length === 0) return refuse('no events')
    return { ...parsed, events: parsed.events }
  } catch (error) {
    if (error instanceof InvalidInputError) throw error
    return refuse((error as Error).message)
  }
}

/** The workflow hands its decisions to segments and to the close, which write them down: so each is in an activity's input once. */
function decisionsOf(events: readonly HistoryEvent[]): Decision[] {
  const bySeq = new Map<number, Decision>()
  for (const { activityTaskScheduledEventAttributes: scheduled } of events) {
    const input = readPayload(scheduled?.input?.payloads?.[0]?.data)
    const segment = scheduled?.activityType?.name === 'runSegment' ? input?.segment : input
    const decisions = (segment as { decisions?: readonly Decision[] } | undefined)?.decisions ?? []
    for (const decision of decisions) bySeq.set(decision.seq, decision)
  }
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq)
}

function readPayload(base64: string | undefined): Record<string, unknown> | undefined {
  if (base64 === undefined) return undefined
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString('utf8')) as Record<string, unknown>
  } catch {
    return undefined // not JSON: none of ours
  }
}

/** True for the type whose histories tell of decisions. */
export const isSessionHistory = (verdict: ReplayVerdict): boolean =>
  verdict.workflow_type === WORKFLOW_TYPES.tradingSession
