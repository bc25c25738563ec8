/** Copying, comparing, archiving and dropping stored rows as activities: slices of work that beat, and answers in place of failures that pass. */
// Not here: the jobs (clickhouse/jobs), how slices follow one another (workflows/remote-sync.ts, archive.ts, retention.ts).
import { heartbeatWhile } from '#activities/heartbeat-while.ts'
import type { ArchiveRunReport } from '#clickhouse/archive/archive-run.ts'
import type { RetentionReport } from '#clickhouse/retention/retention.ts'
import type { CopyReport } from '#clickhouse/sync/copy.ts'
import type { VerifyReport } from '#clickhouse/sync/verify.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'
import type { Clock, EpochMs } from '#domain/time.ts'

interface Job {
  budgetMs: number
  signal: AbortSignal
  onProgress(facts: Readonly<Record<string, number>>): void
}

export interface DataJobDeps {
  copy(job: Job): Promise<CopyReport>
  verify(
    job: Job & { again?: boolean; only?: { table: string; from: EpochMs; until: EpochMs } },
  ): Promise<VerifyReport>
  archive(job: Job): Promise<ArchiveRunReport>
  retention(job: Job & { acceptClock?: boolean }): Promise<RetentionReport>
  clock: Pick<Clock, 'sleep'>
  /** Says that the work goes on, with its latest figures. */
  beat(progress: Readonly<Record<string, number>>): void
  /** Aborted when the activity is cancelled or the worker stops. */
  signal(): AbortSignal
}

/** Nothing was done, for a reason that passes or that somebody has to mend; the next run tries again. */
export interface NotDone {
  outcome: 'remote_down' | 'off' | 'refused' | 'busy'
  code: string
  why: string
  hint: string
}

const NOT_DONE: Readonly<Record<string, NotDone['outcome']>> = {
  REMOTE_DOWN: 'remote_down',
  REMOTE_LOGIN: 'refused',
  REMOTE_REFUSED: 'refused',
  REMOTE_DISK_FULL: 'refused',
  CLOCK_JUMPED: 'refused',
  ARCHIVE_READ_ONLY: 'refused',
  ARCHIVE_DISK_FULL: 'refused',
  ARCHIVE_LOGIN: 'refused',
  SYNC_OFF: 'off',
  DATA_JOB_BUSY: 'busy',
}

export const createDataJobActivities = (deps: DataJobDeps) => {
  const run = async <Report>(
    budgetMs: number,
    work: (job: Job) => Promise<Report>,
  ): Promise<Report | NotDone> => {
    let progress: Readonly<Record<string, number>> = {}
    const job: Job = {
      budgetMs,
      signal: deps.signal(),
      onProgress: (facts) => {
        progress = facts
      },
    }
    try {
      return await heartbeatWhile(
        () => deps.beat(progress),
        deps.clock,
        () => work(job),
      )
    } catch (error) {
      const outcome = error instanceof HoldfastError ? NOT_DONE[error.code] : undefined
      if (outcome === undefined || !(error instanceof HoldfastError)) throw error
      return { outcome, code: error.code, why: describeError(error), hint: error.hint }
    }
  }
  return {
    /** Copies new rows for about this long. */
    copyNewRows: ({ budget_ms }: { budget_ms: number }): Promise<CopyReport | NotDone> =>
      run(budget_ms, (job) => deps.copy(job)),
    /** Compares closed hours of both sides. */
    verifyCopies: ({
      budget_ms,
      again,
    }: {
      budget_ms: number
      again?: boolean
    }): Promise<VerifyReport | NotDone> =>
      run(budget_ms, (job) => deps.verify({ ...job, ...(again ? { again } : {}) })),
    /** Compares one table in a range, whatever was found before, and mends it. */
    resyncRange: ({
      budget_ms,
      ...only
    }: {
      budget_ms: number
      table: string
      from: EpochMs
      until: EpochMs
    }): Promise<VerifyReport | NotDone> => run(budget_ms, (job) => deps.verify({ ...job, only })),
    archiveClosed: ({ budget_ms }: { budget_ms: number }): Promise<ArchiveRunReport | NotDone> =>
      run(budget_ms, (job) => deps.archive(job)),
    dropOld: ({ accept_clock }: { accept_clock?: boolean }): Promise<RetentionReport | NotDone> =>
      run(Number.MAX_SAFE_INTEGER, (job) =>
        deps.retention({ ...job, ...(accept_clock ? { acceptClock: true } : {}) }),
      ),
  }
}

export type DataJobActivities = ReturnType<typeof createDataJobActivities>
