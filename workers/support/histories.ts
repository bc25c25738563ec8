/** Histories of closed session runs: which there are, and each as the JSON text that replays. */
// Not here: keeping them (activities/history-archive.ts), replaying them (workers/support/replay.ts).
import type { Client } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import type { ClosedRun } from '#activities/history-archive.ts'
import { isWorkflowAbsent } from '#workers/support/temporal-client.ts'
import { WORKFLOW_TYPES } from '#workflows/names.ts'

/** Newest first; a run that continued as new is closed too, and has a history of its own. */
export async function* closedSessionRuns(client: Client): AsyncIterable<ClosedRun> {
  const query = `WorkflowType = "${WORKFLOW_TYPES.tradingSession}" AND ExecutionStatus != "Running"`
  for await (const { workflowId, runId, closeTime } of client.workflow.list({ query })) {
    yield { workflow_id: workflowId, run_id: runId, closed_ts: closeTime?.getTime() ?? 0 }
  }
}

/** Null when the server does not know the run, or not any more. `run_id` unset: the newest run. */
export async function fetchHistoryJson(
  client: Client,
  { workflow_id, run_id }: { workflow_id: string; run_id?: string },
): Promise<string | null> {
  try {
    return historyToJSON(await client.workflow.getHandle(workflow_id, run_id).fetchHistory())
  } catch (error) {
    if (isWorkflowAbsent(error)) return null
    throw error
  }
}
