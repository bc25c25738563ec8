/** Every minute: do exchange, database, trading hosts and leases answer? Each finding is a row of table `health`. */
// Not here: the checks (activities/health.ts).
import { proxyActivities } from '@temporalio/workflow'
import type { HealthActivities, HealthReport } from '#activities/health.ts'
import { SMALL_JOB } from '#workflows/policies.ts'

const { checkHealth } = proxyActivities<HealthActivities>(SMALL_JOB)

export async function healthCheck(): Promise<HealthReport> {
  return checkHealth()
}
