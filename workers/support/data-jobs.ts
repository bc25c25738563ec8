/** Builds the data jobs of this process, and hands them to Temporal as activities. */
// Not here: the jobs (clickhouse/jobs), the activities around them (activities/data-jobs.ts).
import { Context } from '@temporalio/activity'
import { createDataJobActivities, type DataJobActivities } from '#activities/data-jobs.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { DataJobs, type DataJobsParts } from '#clickhouse/jobs/data-jobs.ts'
import { createExclusive } from '#clickhouse/jobs/exclusive.ts'
import type { Table } from '#clickhouse/table.ts'
import { TABLES } from '#clickhouse/tables/index.ts'
import type { Environment } from '#config/environment.ts'
import type { Logger } from '#config/logger.ts'
import type { Settings } from '#config/schema.ts'
import type { Clock } from '#domain/time.ts'
import type { MeasuredJobs } from '#workers/support/data-metrics.ts'

export interface DataJobsOptions {
  environment: Environment
  settings: Pick<Settings, 'sync' | 'archive' | 'retention'>
  client: ClickHouseClient
  clock: Clock
  log: Pick<Logger, 'info' | 'warn'>
  /** Unset: all. */
  tables?: readonly Table[]
  onStep?: NonNullable<DataJobsParts['onStep']>
}

/** The jobs of one process. Close them at the end. */
export const createDataJobs = ({ tables = TABLES, ...options }: DataJobsOptions): DataJobs =>
  new DataJobs({ ...options, tables, exclusively: createExclusive(options.environment.home, options.clock) })

/** The same as activities. @param measure counts what they do */
export const dataJobActivities = (
  jobs: DataJobs,
  clock: Clock,
  measure: (plain: MeasuredJobs) => MeasuredJobs = (plain) => plain,
): DataJobActivities =>
  createDataJobActivities({
    clock,
    ...measure({
      copy: (job) => jobs.copy(job),
      verify: (job) => jobs.verify(job),
      archive: (job) => jobs.archive(job),
      retention: (job) => jobs.retention(job),
    }),
    beat: (progress) => Context.current().heartbeat(progress),
    signal: () => Context.current().cancellationSignal,
  })
