/** Every hour: how right tape and leaderboard were about the traders of the day, held against what the venue said. */
// Not here: the work (activities/trader-reconcile.ts); asking the venue goes on all the time (streamers/traders-reconciler.ts).
import { proxyActivities } from '@temporalio/workflow'
import type {
  ReconcileRequest,
  ReconcileResult,
  TraderReconcileActivities,
} from '#activities/trader-reconcile.ts'
import { SMALL_JOB } from '#workflows/policies.ts'

const { measureTraders } = proxyActivities<TraderReconcileActivities>(SMALL_JOB)

/** Input: `{"day": "2026-11-21"}` measures that day again. */
export async function traderReconcile(request: ReconcileRequest = {}): Promise<ReconcileResult> {
  return measureTraders(request)
}
