/** Replays a history on the workflow code as it lies here now: bundles it (cached) and judges. */
import type { Logger } from '#config/logger.ts'
import { installRuntime } from '#workers/bootstrap.ts'
import { workflowBundle } from '#workers/bundle.ts'
import { type ReplayVerdict, replayHistory } from '#workers/support/replay.ts'

/** Once per process: it installs the SDK's runtime. @throws InvalidInputError when the text is no history */
export async function replayOnPresentCode(
  history: string,
  options: { cacheFolder: string; workflowId: string; log: Logger },
): Promise<ReplayVerdict> {
  installRuntime(options.log)
  const bundle = await workflowBundle(options)
  return replayHistory(history, bundle, options.workflowId)
}
