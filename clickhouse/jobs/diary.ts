/** Runs data jobs one at a time, and stores what each did or why it failed, as rows of `data_runs`. */
// Not here: the jobs (data-jobs.ts), what their rows say (job-rows.ts).
import type { ClickHouseClient } from '#clickhouse/client.ts'
import type { Exclusively } from '#clickhouse/jobs/exclusive.ts'
import type { JobRow, JobRows } from '#clickhouse/jobs/job-rows.ts'
import { dataRuns } from '#clickhouse/tables/data.ts'
import type { Logger } from '#config/logger.ts'
import { HoldfastError } from '#domain/errors.ts'
import type { Clock, EpochMs } from '#domain/time.ts'

export interface DiaryParts {
  client: ClickHouseClient
  clock: Pick<Clock, 'now' | 'monotonicMs'>
  log: Pick<Logger, 'warn'>
  exclusively: Exclusively
}

/** @param job null: nothing is stored */
export type RunJob = <Report>(
  job: string | null,
  signal: AbortSignal,
  rowsOf: JobRows<Report>,
  work: () => Promise<Report>,
) => Promise<Report>

export function createDiary(parts: DiaryParts): RunJob {
  const { clock, exclusively } = parts
  return (job, signal, rowsOf, work) =>
    exclusively(job ?? 'dry run', signal, async () => {
      const startedMs = clock.monotonicMs()
      const tell = async (rows: readonly JobRow[]): Promise<void> => {
        if (job === null || rows.length === 0) return
        const took_ms = Math.round(clock.monotonicMs() - startedMs)
        const ts = timeText(clock.now())
        await store(
          parts,
          rows.map((row) => ({ ...row, job, ts, took_ms })),
        )
      }
      try {
        const report = await work()
        await tell(rowsOf({ report }))
        return report
      } catch (error) {
        const isOff = error instanceof HoldfastError && error.code === 'SYNC_OFF'
        if (!isOff) await tell(rowsOf({ error }))
        throw error
      }
    })
}

async function store({ client, log }: DiaryParts, values: readonly Record<string, unknown>[]): Promise<void> {
  try {
    await client.insert({
      table: dataRuns.name,
      values,
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0 },
    })
  } catch (error) {
    // A job must not fail for its diary: the database that is away has said so already.
    log.warn({ err: error }, 'the run could not be stored')
  }
}

/** As ClickHouse reads it from JSON. */
const timeText = (ts: EpochMs): string => new Date(ts).toISOString().slice(0, 23).replace('T', ' ')
