/** Archives closed partitions, slice after slice, and shows which files could not be written. */
// Not here: the slices (activities/data-jobs.ts), files and hashes (clickhouse/archive).
import { proxyActivities, setCurrentDetails } from '@temporalio/workflow'
import type { DataJobActivities } from '#activities/data-jobs.ts'
import { DATA_JOB } from '#workflows/policies.ts'
import { isNotDone, notDone } from '#workflows/remote-sync.ts'

const { archiveClosed } = proxyActivities<DataJobActivities>(DATA_JOB)

const SLICE_MS = 30_000
const SLICES_MAX = 240

export async function archivePartitions(): Promise<Record<string, unknown>> {
  const total = { outcome: 'ok', archived: 0, rows: 0, bytes: 0, waiting: 0, failed: [] as string[] }
  for (let slice = 0; slice < SLICES_MAX; slice++) {
    const report = await archiveClosed({ budget_ms: SLICE_MS })
    if (isNotDone(report)) {
      setCurrentDetails(notDone(report))
      return { ...total, outcome: report.outcome, why: report.why }
    }
    total.archived += report.archived
    total.rows += report.rows
    total.bytes += report.bytes
    total.waiting = report.waiting
    total.outcome = report.outcome
    total.failed = report.failed.map(({ table, partition, why }) => `${table} ${partition}: ${why}`)
    setCurrentDetails(
      [
        `### ${total.archived} files written, ${total.waiting} partitions wait`,
        '',
        `${total.rows} rows, ${total.bytes} bytes`,
        ...total.failed.map((line) => `- ${line}`),
      ].join('\n'),
    )
    if (report.waiting === 0 || report.archived === 0) break
  }
  return total
}
