/** Copying, comparing, archiving and dropping as the settings want them: one at a time, each run with a row that says what it did. */
// Not here: the jobs themselves (clickhouse/sync, archive, retention), when they run (workflows), progress (activities).
import { type ArchiveRunReport, archiveRun } from '#clickhouse/archive/archive-run.ts'
import { isParted, ofPartition, readManifest } from '#clickhouse/archive/manifest.ts'
import { openStore } from '#clickhouse/archive/open-store.ts'
import type { ArchiveStore } from '#clickhouse/archive/store.ts'
import { type ClickHouseAddress, type ClickHouseClient, createClickHouse } from '#clickhouse/client.ts'
import { type DataPolicy, policyOf } from '#clickhouse/data-policy.ts'
import { createDiary, type RunJob } from '#clickhouse/jobs/diary.ts'
import type { Exclusively } from '#clickhouse/jobs/exclusive.ts'
import { rowsOfArchive, rowsOfCopy, rowsOfRetention, rowsOfVerify } from '#clickhouse/jobs/job-rows.ts'
import { enforceRetention, type RetentionReport } from '#clickhouse/retention/retention.ts'
import { whyNotCopied } from '#clickhouse/sync/copied.ts'
import { type CopyReport, copyRound } from '#clickhouse/sync/copy.ts'
import { createLimiter } from '#clickhouse/sync/limiter.ts'
import { openRemote, type RemoteTarget } from '#clickhouse/sync/remote.ts'
import { type VerifyReport, verifySync } from '#clickhouse/sync/verify.ts'
import type { Table } from '#clickhouse/table.ts'
import type { Environment } from '#config/environment.ts'
import type { Logger } from '#config/logger.ts'
import type { Settings } from '#config/schema.ts'
import { HoldfastError } from '#domain/errors.ts'
import { type Clock, type EpochMs, MINUTE_MS } from '#domain/time.ts'

export const DEFAULT_REMOTE_PORT = 8124
/** A remote that was made ready is believed for so long. */
const REMOTE_FRESH_MS = 10 * MINUTE_MS

export interface DataJobsParts {
  client: ClickHouseClient
  environment: Environment
  settings: Pick<Settings, 'sync' | 'archive' | 'retention'>
  tables: readonly Table[]
  clock: Clock
  log: Pick<Logger, 'info' | 'warn'>
  exclusively: Exclusively
  /** Told before every effect of every job. */
  onStep?(step: string): void | Promise<void>
}

export interface JobOptions {
  budgetMs: number
  signal: AbortSignal
  onProgress?(facts: Readonly<Record<string, number>>): void
}

export interface RetentionRunOptions extends JobOptions {
  dryRun?: boolean
  acceptClock?: boolean
}

/** Sync was asked for and is not switched on. */
export class SyncOffError extends HoldfastError {
  constructor() {
    super('copying to a remote database is off', {
      code: 'SYNC_OFF',
      retryable: false,
      hint: 'set sync.enabled: true in the settings and start again',
    })
  }
}

/** Where the copies go. */
export const remoteAddress = (environment: Environment): ClickHouseAddress => ({
  CLICKHOUSE_URL:
    environment.HOLDFAST_REMOTE_CLICKHOUSE_URL ??
    `http://127.0.0.1:${environment.HOLDFAST_PORT_CLICKHOUSE_REMOTE || DEFAULT_REMOTE_PORT}`,
  CLICKHOUSE_USER: environment.HOLDFAST_REMOTE_CLICKHOUSE_USER,
  CLICKHOUSE_PASSWORD: environment.HOLDFAST_REMOTE_CLICKHOUSE_PASSWORD,
  CLICKHOUSE_DATABASE: environment.HOLDFAST_REMOTE_CLICKHOUSE_DATABASE,
  HOLDFAST_PORT_CLICKHOUSE: undefined,
})

export class DataJobs {
  readonly #parts: DataJobsParts
  readonly #remoteClient: ClickHouseClient
  readonly #run: RunJob
  #remote: { target: RemoteTarget; openedMs: number } | null = null

  constructor(parts: DataJobsParts) {
    this.#parts = parts
    this.#remoteClient = createClickHouse(remoteAddress(parts.environment))
    const run = createDiary(parts)
    // A job that failed may have met a remote that is not what it was: it is looked at anew.
    this.#run = (job, signal, rowsOf, work) =>
      run(job, signal, rowsOf, work).catch((error: unknown) => {
        this.#remote = null
        throw error
      })
  }

  /** Tables with their policies under the settings. */
  policies(): { table: Table; policy: DataPolicy }[] {
    const { tables, settings } = this.#parts
    return tables.map((table) => {
      const days = settings.retention.keep_days[table.name]
      return { table, policy: policyOf(days === undefined ? table : { ...table, keepDays: days }, settings) }
    })
  }

  /** Copies what is new. @throws SyncOffError, RemoteFailedError, QueryFailedError, DataJobBusyError */
  copy(options: JobOptions): Promise<CopyReport> {
    return this.#run('sync', options.signal, rowsOfCopy, async () => {
      const { settings, clock, client } = this.#parts
      const { sync } = settings
      const remote = await this.#openRemote()
      return copyRound({
        ...{ source: client, remote, clock, parallel: sync.parallel, tables: this.#copied() },
        ...{ budgetMs: options.budgetMs, signal: options.signal },
        limits: { batchRows: sync.batch_rows, batchBytes: sync.batch_mb * 1_000_000 },
        rows: createLimiter(sync.rows_per_s, clock),
        bytes: createLimiter(sync.mb_per_s === undefined ? undefined : sync.mb_per_s * 1_000_000, clock),
        onStep: (step) => this.#step(step),
        ...(options.onProgress ? { onProgress: options.onProgress } : {}),
      })
    })
  }

  /** Compares closed hours, or all hours of a range of one table, and mends what differs. */
  verify(
    options: JobOptions & { again?: boolean; only?: { table: string; from: EpochMs; until: EpochMs } },
  ): Promise<VerifyReport> {
    return this.#run('verify', options.signal, rowsOfVerify, async () => {
      const { settings, clock, client } = this.#parts
      const remote = await this.#openRemote()
      const manifest = await readManifest(client)
      const { only } = options
      return verifySync({
        ...{ source: client, remote, clock, budgetMs: options.budgetMs, signal: options.signal },
        tables: this.#copied().filter(({ name }) => only === undefined || name === only.table),
        bytes: createLimiter(
          settings.sync.mb_per_s === undefined ? undefined : settings.sync.mb_per_s * 1_000_000,
          clock,
        ),
        deleteRowsMax: settings.sync.delete_rows_max,
        isLeaving: (table, partition) => ofPartition(manifest, table, partition).some(isParted),
        onStep: (step) => this.#step(step),
        ...(options.again ? { again: true } : {}),
        ...(only ? { range: { from: only.from, until: only.until } } : {}),
        ...(options.onProgress ? { onProgress: options.onProgress } : {}),
      })
    })
  }

  /** Archives closed partitions. */
  archive(options: JobOptions): Promise<ArchiveRunReport> {
    return this.#run('archive', options.signal, rowsOfArchive, async () => {
      const { settings, clock, client } = this.#parts
      return archiveRun({
        ...{ client, clock, budgetMs: options.budgetMs, signal: options.signal },
        store: await this.store(),
        tables: this.policies().flatMap(({ table, policy }) =>
          policy.archive ? [{ table, codec: policy.archive.codec }] : [],
        ),
        afterHours: settings.archive.after_hours,
        onStep: (step) => this.#step(step),
        ...(options.onProgress ? { onProgress: options.onProgress } : {}),
      })
    })
  }

  /** Drops what is over its days. @throws ClockJumpedError */
  retention(options: RetentionRunOptions): Promise<RetentionReport> {
    const job = options.dryRun ? null : 'retention'
    return this.#run(job, options.signal, rowsOfRetention, async () => {
      const { settings, clock, client } = this.#parts
      return enforceRetention({
        ...{ client, now: () => clock.now(), signal: options.signal },
        store: await this.store(),
        tables: settings.retention.enabled || options.dryRun ? this.policies() : [],
        whyNotCopied: async (table, partition, entry) =>
          whyNotCopied(client, await this.#openRemote(), table, partition, entry),
        dryRun: options.dryRun ?? false,
        acceptClock: options.acceptClock ?? false,
        dropPartitionsMax: settings.retention.drop_partitions_max,
        afterHours: settings.archive.after_hours,
        onStep: (step) => this.#step(step),
      })
    })
  }

  store(): Promise<ArchiveStore> {
    const { settings, environment, client } = this.#parts
    const { to, s3_endpoint, s3_region } = settings.archive
    return openStore(client, {
      ...{ to, s3_endpoint, s3_region },
      key: environment.HOLDFAST_ARCHIVE_S3_KEY,
      secret: environment.HOLDFAST_ARCHIVE_S3_SECRET,
      defaultFolder: environment.home.archive,
      base: environment.home.root,
    })
  }

  /** Reaches the remote for reading, e.g. for the status. @throws SyncOffError, RemoteFailedError */
  remote(): Promise<RemoteTarget> {
    return this.#openRemote()
  }

  copied(): Table[] {
    return this.#copied()
  }

  async close(): Promise<void> {
    await this.#remoteClient.close()
  }

  #copied(): Table[] {
    return this.policies().flatMap(({ table, policy }) => (policy.sync ? [table] : []))
  }

  async #openRemote(): Promise<RemoteTarget> {
    const { settings, environment, clock, log } = this.#parts
    if (!settings.sync.enabled) throw new SyncOffError()
    const now = clock.monotonicMs()
    if (
      this.#remote &&
      this.#remote.target.refused.size === 0 &&
      now - this.#remote.openedMs < REMOTE_FRESH_MS
    )
      return this.#remote.target
    const target = await openRemote({
      ...{
        address: remoteAddress(environment),
        client: this.#remoteClient,
        cluster: settings.sync.cluster,
        log,
      },
      tables: this.#copied(),
    })
    this.#remote = { target, openedMs: now }
    return target
  }

  async #step(step: string): Promise<void> {
    await this.#parts.onStep?.(step)
  }
}
