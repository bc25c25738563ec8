/** Every minute: orders and positions at the exchange that no running session answers for. It reports; killing them is a person's decision. */
// Not here: the comparison (activities/orphan-guard.ts), when it runs (schedules.ts).
import { proxyActivities } from '@temporalio/workflow'
import type { OrphanGuardActivities, OrphanReport } from '#activities/orphan-guard.ts'
import { SMALL_JOB } from '#workflows/policies.ts'

const { findOrphans } = proxyActivities<OrphanGuardActivities>(SMALL_JOB)

export async function orphanGuard(): Promise<OrphanReport> {
  return findOrphans()
}
