/** Copies new rows to the remote database, slice after slice until nothing is left; compares closed hours; re-syncs a range on command. */
// Not here: the slices (activities/data-jobs.ts), how rows are copied exactly once (clickhouse/sync).
import { proxyActivities, setCurrentDetails } from '@temporalio/workflow'
import type { DataJobActivities, NotDone } from '#activities/data-jobs.ts'
import { DATA_JOB } from '#workflows/policies.ts'

const { copyNewRows, verifyCopies, resyncRange } = proxyActivities<DataJobActivities>(DATA_JOB)

/** One activity: short enough that the figures in the UI are fresh, long enough for large batches. */
const SLICE_MS = 10_000
/** Half an hour of slices; the schedule's next run goes on. */
const SLICES_MAX = 180

export interface SyncRunReport {
  outcome: string
  rows: number
  bytes: number
  lag_rows: number
  /** Tables that are not copied, with the reason. */
  refused: Record<string, string>
  why: string
}

/** Scheduled; an input of {} is enough. */
export async function syncToRemote(): Promise<SyncRunReport> {
  const total: SyncRunReport = { outcome: 'ok', rows: 0, bytes: 0, lag_rows: 0, refused: {}, why: '' }
  for (let slice = 0; slice < SLICES_MAX; slice++) {
    const report = await copyNewRows({ budget_ms: SLICE_MS })
    if (isNotDone(report)) {
      setCurrentDetails(notDone(report))
      return { ...total, outcome: report.outcome, why: report.why }
    }
    total.rows += report.rows
    total.bytes += report.bytes
    total.lag_rows = report.lag_rows
    total.outcome = report.outcome
    const refused = report.tables.filter(({ why }) => why !== '')
    total.refused = Object.fromEntries(refused.map(({ table, why }) => [table, why]))
    setCurrentDetails(
      [
        `### ${total.lag_rows === 0 ? 'Everything is copied' : `${total.lag_rows} rows to go`}`,
        '',
        `| rows copied | lag, rows | rate, rows/s | time left |`,
        '|---|---|---|---|',
        `| ${total.rows} | ${total.lag_rows} | ${report.rows_per_s} | ${report.eta_s === null ? 'unknown' : `${report.eta_s} s`} |`,
        '',
        ...refused.map(({ table, why }) => `- **${table}** is not copied: ${why}`),
      ].join('\n'),
    )
    // A slice that moved nothing and still lags would spin: its reason is in the report.
    if (report.lag_rows === 0 || report.rows === 0) break
  }
  return total
}

export interface VerifyInput {
  /** Compare hours that were found equal before, too. */
  again?: boolean
}

/** Scheduled; compares what is closed on both sides and mends what differs. */
export async function verifySync({ again }: VerifyInput = {}): Promise<Record<string, unknown>> {
  for (let slice = 0; ; slice++) {
    const report = await verifyCopies({ budget_ms: 6 * SLICE_MS, ...(again ? { again } : {}) })
    if (isNotDone(report)) {
      setCurrentDetails(notDone(report))
      return { ...report }
    }
    setCurrentDetails(
      [
        `### ${report.hours} hours compared, ${report.differing} differed`,
        '',
        `${report.rows} rows; ${report.rows_sent} sent again, ${report.rows_deleted} deleted from the remote`,
        ...report.failed.map(({ table, partition, why }) => `- **${table} ${partition}**: ${why}`),
      ].join('\n'),
    )
    if (report.outcome !== 'behind' || again || slice >= SLICES_MAX) return { ...report }
  }
}

export interface ResyncInput {
  table: string
  /** Epoch ms. */
  from: number
  /** Epoch ms, exclusive. */
  until: number
}

/** By command: first everything new, then one table's range is compared hour by hour and mended. */
export async function resyncTable({ table, from, until }: ResyncInput): Promise<Record<string, unknown>> {
  const copied = await syncToRemote()
  if (copied.outcome !== 'ok' && copied.outcome !== 'failed') return { ...copied }
  return { ...(await resyncRange({ budget_ms: 60 * SLICE_MS, table, from, until })) }
}

export const isNotDone = (report: object): report is NotDone => 'code' in report

export const notDone = ({ why, hint }: NotDone): string => `### Nothing was done\n\n${why}\n\n${hint}`
