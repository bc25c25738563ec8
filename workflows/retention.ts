/** Drops rows whose days are over and that are archived and copied as their policy asks. */
// Not here: what may be dropped (clickhouse/retention).
import { proxyActivities, setCurrentDetails } from '@temporalio/workflow'
import type { DataJobActivities } from '#activities/data-jobs.ts'
import { DATA_JOB } from '#workflows/policies.ts'
import { isNotDone, notDone } from '#workflows/remote-sync.ts'

const { dropOld } = proxyActivities<DataJobActivities>(DATA_JOB)

/** Lines of the details: a long list helps nobody. */
const SHOWN_MAX = 30

export interface RetentionInput {
  /** The clock is right although the last run was long ago. */
  accept_clock?: boolean
}

export async function enforceRetention({
  accept_clock,
}: RetentionInput = {}): Promise<Record<string, unknown>> {
  const report = await dropOld(accept_clock ? { accept_clock } : {})
  if (isNotDone(report)) {
    setCurrentDetails(notDone(report))
    return { ...report }
  }
  setCurrentDetails(
    [
      `### ${report.dropped_rows} rows dropped`,
      '',
      ...report.items
        .slice(0, SHOWN_MAX)
        .map(
          ({ table, partition, action, kept }) =>
            `- ${table} ${partition}: ${kept === '' ? `${action} done` : `stays, ${kept}`}`,
        ),
    ].join('\n'),
  )
  return { outcome: report.outcome, dropped_rows: report.dropped_rows, items: report.items.length }
}
