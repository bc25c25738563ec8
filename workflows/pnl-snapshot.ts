/** Every minute: one equity point per running session, so that the curve has no holes while a loop is silent. */
// Not here: the points a running segment writes itself (activities/trading-session/journal.ts).
import { proxyActivities } from '@temporalio/workflow'
import type { PnlSnapshotActivities } from '#activities/pnl-snapshot.ts'
import { SMALL_JOB } from '#workflows/policies.ts'

const { snapshotPnl } = proxyActivities<PnlSnapshotActivities>(SMALL_JOB)

export async function pnlSnapshot(): Promise<{ sessions: number }> {
  return snapshotPnl()
}
