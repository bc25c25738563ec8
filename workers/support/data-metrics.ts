/** Figures of the data jobs for Prometheus: a text file that node_exporter's textfile collector picks up, rewritten after each job. */
// Why a file: the data worker has no port of its own, and a figure must outlive its process.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Counter, Gauge, Registry } from 'prom-client'
import type { DataJobDeps } from '#activities/data-jobs.ts'
import type { Logger } from '#config/logger.ts'
import { HoldfastError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'

/** The jobs that are counted. */
export type MeasuredJobs = Pick<DataJobDeps, 'copy' | 'verify' | 'archive' | 'retention'>
type JobName = keyof MeasuredJobs

export interface DataMetricsOptions {
  file: string
  clock: Pick<Clock, 'now' | 'monotonicMs'>
  log: Pick<Logger, 'warn'>
}

/** The same jobs; what each does is counted, and the file says so. */
export function measured(jobs: MeasuredJobs, { file, clock, log }: DataMetricsOptions): MeasuredJobs {
  const { registry, rows, runs, seconds, last, lag, refused } = createFigures()
  const write = async (): Promise<void> => {
    try {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(`${file}.tmp`, await registry.metrics())
      renameSync(`${file}.tmp`, file)
    } catch (error) {
      log.warn({ err: error }, 'figures of the data jobs could not be written')
    }
  }
  const counted = async <Report extends { outcome: string }>(
    job: JobName,
    rowsOf: (report: Report) => number,
    work: () => Promise<Report>,
  ): Promise<Report> => {
    const startedMs = clock.monotonicMs()
    let outcome = 'failed'
    try {
      const report = await work()
      outcome = report.outcome
      rows.inc({ job }, rowsOf(report))
      if (outcome !== 'failed') last.set({ job }, clock.now() / 1_000)
      return report
    } catch (error) {
      if (error instanceof HoldfastError) outcome = error.code.toLowerCase()
      throw error
    } finally {
      runs.inc({ job, outcome })
      seconds.set({ job }, (clock.monotonicMs() - startedMs) / 1_000)
      await write()
    }
  }
  return {
    copy: (job) =>
      counted(
        'copy',
        (report) => {
          for (const { table, lag_rows } of report.tables) lag.set({ table }, lag_rows)
          refused.set(report.tables.filter(({ why }) => why !== '').length)
          return report.rows
        },
        () => jobs.copy(job),
      ),
    verify: (job) =>
      counted(
        'verify',
        ({ rows_sent }) => rows_sent,
        () => jobs.verify(job),
      ),
    archive: (job) =>
      counted(
        'archive',
        (report) => report.rows,
        () => jobs.archive(job),
      ),
    retention: (job) =>
      counted(
        'retention',
        ({ dropped_rows }) => dropped_rows,
        () => jobs.retention(job),
      ),
  }
}

function createFigures() {
  const registry = new Registry()
  const registers = [registry]
  const labels = { registers, labelNames: ['job'] }
  return {
    registry,
    rows: new Counter({
      ...{
        name: 'holdfast_data_rows_total',
        help: 'rows copied, sent again, archived or dropped',
        ...labels,
      },
    }),
    runs: new Counter({
      ...{ name: 'holdfast_data_runs_total', help: 'runs by how they ended', registers },
      labelNames: ['job', 'outcome'],
    }),
    seconds: new Gauge({
      ...{ name: 'holdfast_data_run_seconds', help: 'how long the last run took', ...labels },
    }),
    last: new Gauge({
      ...{ name: 'holdfast_data_last_ok_timestamp_seconds', help: 'when a run last ended well', ...labels },
    }),
    lag: new Gauge({
      ...{ name: 'holdfast_sync_lag_rows', help: 'rows that are not copied yet', registers },
      labelNames: ['table'],
    }),
    refused: new Gauge({
      name: 'holdfast_sync_refused_tables',
      help: 'tables that are not copied',
      registers,
    }),
  }
}
