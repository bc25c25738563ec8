/** What a data job did, as rows of `data_runs`: one for the run, one for each table that was refused or failed. */
import type { ArchiveRunReport } from '#clickhouse/archive/archive-run.ts'
import type { RetentionReport } from '#clickhouse/retention/retention.ts'
import type { CopyReport } from '#clickhouse/sync/copy.ts'
import type { VerifyReport } from '#clickhouse/sync/verify.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'

export interface JobRow {
  table: string
  outcome: string
  rows: number
  details: string
}

export type JobRows<Report> = (result: { report?: Report; error?: unknown }) => JobRow[]

const row = (table: string, outcome: string, rows: number, facts: Record<string, unknown>): JobRow => ({
  ...{ table, outcome, rows },
  details: JSON.stringify(facts),
})

const failed = (error: unknown): JobRow[] => {
  const { code, hint } = error instanceof HoldfastError ? error : { code: 'UNEXPECTED', hint: '' }
  const outcome = code === 'REMOTE_DOWN' ? 'remote_down' : code === 'CLOCK_JUMPED' ? 'refused' : 'failed'
  return [row('', outcome, 0, { why: describeError(error), code, hint })]
}

/** Runs without any effect leave no row: a day has 1,440 of them. */
export const rowsOfCopy: JobRows<CopyReport> = ({ report, error }) => {
  if (!report) return failed(error)
  const { tables, rows, bytes, lag_rows, rows_per_s, eta_s, outcome } = report
  const troubled = tables.filter((each) => each.outcome === 'drift' || each.outcome === 'failed')
  if (rows === 0 && troubled.length === 0) return []
  return [
    row('', outcome, rows, { bytes, lag_rows, rows_per_s, eta_s }),
    ...troubled.map((each) =>
      row(each.table, each.outcome === 'drift' ? 'refused' : 'failed', each.rows, { why: each.why }),
    ),
  ]
}

export const rowsOfVerify: JobRows<VerifyReport> = ({ report, error }) => {
  if (!report) return failed(error)
  const { outcome, hours, rows, differing, rows_sent, rows_deleted } = report
  if (hours === 0 && report.failed.length === 0) return []
  return [
    row('', outcome, rows_sent, { hours, rows, differing, rows_sent, rows_deleted }),
    ...report.failed.map(({ table, partition, why }) => row(table, 'failed', 0, { partition, why })),
  ]
}

export const rowsOfArchive: JobRows<ArchiveRunReport> = ({ report, error }) => {
  if (!report) return failed(error)
  const { outcome, rows, archived, current, waiting, bytes } = report
  if (archived === 0 && report.failed.length === 0) return []
  return [
    row('', outcome, rows, { archived, current, waiting, bytes }),
    ...report.failed.map(({ table, ...why }) => row(table, 'failed', 0, why)),
  ]
}

/** Every run is told: the next one judges the clock by it. */
export const rowsOfRetention: JobRows<RetentionReport> = ({ report, error }) => {
  if (!report) return failed(error)
  return [
    row('', report.outcome, report.dropped_rows, { items: report.items.length }),
    ...report.items.map(({ table, rows, ...facts }) =>
      row(table, facts.kept === '' ? 'ok' : 'refused', rows, facts),
    ),
  ]
}
