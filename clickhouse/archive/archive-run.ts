/** One run of the archive: every closed partition of every archived table that no file holds yet. */
// Not here: one partition (archive.ts).
import { type ArchiveDeps, archivePartition } from '#clickhouse/archive/archive.ts'
import { readManifest } from '#clickhouse/archive/manifest.ts'
import type { ArchiveCodec } from '#clickhouse/data-policy.ts'
import { readPartitions } from '#clickhouse/sync/source.ts'
import type { Table } from '#clickhouse/table.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'
import { isClosedPartition } from '#domain/time-partition.ts'

export interface ArchiveRunOptions extends Omit<ArchiveDeps, 'now'> {
  clock: Pick<Clock, 'now' | 'monotonicMs'>
  tables: readonly { table: Table; codec: ArchiveCodec }[]
  afterHours: number
  /** No partition begins after so many milliseconds. */
  budgetMs: number
  signal: AbortSignal
  onProgress?(done: { partitions: number; of: number; rows: number; bytes: number }): void
}

export interface ArchiveRunReport {
  outcome: 'ok' | 'behind' | 'failed'
  archived: number
  /** Files that hold their partition as it is. */
  current: number
  /** Partitions that changed while they were written, or for which time ran out. */
  waiting: number
  rows: number
  bytes: number
  took_ms: number
  failed: { table: string; partition: string; code: string; why: string; hint: string }[]
}

/** Archives what is closed, oldest first. One partition's failure does not hold up the others. */
export async function archiveRun(options: ArchiveRunOptions): Promise<ArchiveRunReport> {
  const { client, clock, tables, afterHours, budgetMs, signal } = options
  const startedMs = clock.monotonicMs()
  const now = clock.now()
  const [partitions, manifest] = await Promise.all([readPartitions(client), readManifest(client)])
  const report: ArchiveRunReport = {
    ...{ outcome: 'ok', archived: 0, current: 0, waiting: 0, rows: 0, bytes: 0, took_ms: 0, failed: [] },
  }
  const due = tables.flatMap(({ table, codec }) =>
    partitions
      .filter((each) => each.table === table.name && isClosedPartition(each.partition, now, afterHours))
      .map(({ partition }) => ({ table, codec, partition })),
  )
  for (const { table, codec, partition } of due) {
    if (signal.aborted || clock.monotonicMs() - startedMs > budgetMs) {
      report.waiting++
      continue
    }
    try {
      const deps = { ...options, now: () => clock.now() }
      const outcome = await archivePartition(deps, table, partition, codec, manifest)
      report[outcome.kind === 'busy' ? 'waiting' : outcome.kind]++
      report.rows += outcome.rows
      report.bytes += outcome.bytes
    } catch (error) {
      const { code, hint } = error instanceof HoldfastError ? error : { code: 'UNEXPECTED', hint: '' }
      report.failed.push({ table: table.name, partition, code, hint, why: describeError(error) })
    }
    const partitionsDone = report.archived + report.current
    options.onProgress?.({
      partitions: partitionsDone,
      of: due.length,
      rows: report.rows,
      bytes: report.bytes,
    })
  }
  report.took_ms = Math.round(clock.monotonicMs() - startedMs)
  report.outcome = report.failed.length > 0 ? 'failed' : report.waiting > 0 ? 'behind' : 'ok'
  return report
}
