/** Runs a scheduled job once, now, and waits for what it says. */
import { connectTemporal, loadOperator } from '#cli/support/operator.ts'
import { TASK_QUEUES } from '#workflows/names.ts'

/** @param input one JSON object. @throws HoldfastError TEMPORAL_UNREACHABLE, or what the workflow failed with */
export async function runJob(
  workflowType: string,
  input: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const temporal = await connectTemporal(loadOperator())
  try {
    return await temporal.client.workflow.execute(workflowType, {
      workflowId: `${workflowType}-by-hand`,
      taskQueue: TASK_QUEUES.orchestrator,
      args: [input],
      // Two at once would do the same work twice.
      workflowIdConflictPolicy: 'USE_EXISTING',
    })
  } finally {
    await temporal.close()
  }
}
