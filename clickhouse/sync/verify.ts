/** Compares closed hours of both sides by count and hash, finds the differing minutes, mends them, and remembers what was equal. */
// Not here: which hours (verify-plan.ts), mending (repair.ts), copying (copy.ts).
import { driftReasons } from '#clickhouse/sync/drift.ts'
import {
  hourContents,
  minuteContents,
  readHours,
  readVerified,
  type Verified,
  WHOLE,
  writeVerified,
} from '#clickhouse/sync/hours.ts'
import { nextMove, type SourcePartition } from '#clickhouse/sync/plan.ts'
import { faultOf, RemoteFailedError } from '#clickhouse/sync/remote.ts'
import { type RepairDeps, repairStretch } from '#clickhouse/sync/repair.ts'
import { describeTables, readPartitions } from '#clickhouse/sync/source.ts'
import { type CursorKey, type Cursors, readCursors } from '#clickhouse/sync/state.ts'
import {
  differingBuckets,
  dueHours,
  type HourRows,
  type Stretch,
  stretches,
} from '#clickhouse/sync/verify-plan.ts'
import type { Table } from '#clickhouse/table.ts'
import { describeError } from '#domain/errors.ts'
import { type Clock, type EpochMs, HOUR_MS } from '#domain/time.ts'
import { isClosedPartition, partitionSpan } from '#domain/time-partition.ts'

export interface VerifyOptions extends RepairDeps {
  clock: Pick<Clock, 'now' | 'monotonicMs'>
  tables: readonly Table[]
  /** Partitions whose local rows are gone or going by design: comparing them would delete the copy. */
  isLeaving(table: string, partition: string): boolean
  /** Compare hours that were found equal before, too: for a remote that somebody else may have written to. */
  again?: boolean
  /** Only hours of this time, whatever was found before: what a re-sync by command compares. */
  range?: { from: EpochMs; until: EpochMs }
  budgetMs: number
  onProgress?(report: { hours: number; repaired: number }): void
}

export interface VerifyReport {
  outcome: 'ok' | 'repaired' | 'failed' | 'behind'
  /** Hours compared, whole tables without a time included. */
  hours: number
  rows: number
  /** Hours that differed. */
  differing: number
  rows_sent: number
  rows_deleted: number
  took_ms: number
  failed: { table: string; partition: string; why: string }[]
}

/** @throws RemoteFailedError when the remote cannot be used; QueryFailedError when the source cannot */
export async function verifySync(options: VerifyOptions): Promise<VerifyReport> {
  const { source, remote, tables, clock, signal } = options
  const startedMs = clock.monotonicMs()
  const report: VerifyReport = {
    ...{
      outcome: 'ok',
      hours: 0,
      rows: 0,
      differing: 0,
      rows_sent: 0,
      rows_deleted: 0,
      took_ms: 0,
      failed: [],
    },
  }
  const [here, partitions] = await Promise.all([describeTables(source), readPartitions(source)])
  const known = await readRemote(options)
  let isBehind = false
  for (const table of tables) {
    const shape = here.get(table.name)
    if (!shape || driftReasons(table.columnNames, shape, known.shapes.get(table.name)).length > 0) continue
    for (const partition of partitions.filter((each) => each.table === table.name)) {
      if (signal.aborted || clock.monotonicMs() - startedMs > options.budgetMs) {
        isBehind = true
        break
      }
      const key = { source: shape.identity, table: table.name, partition: partition.partition }
      try {
        await verifyPartition(options, { table, partition, key, ...known, report })
      } catch (error) {
        if (['down', 'login'].includes(faultOf(error).kind))
          throw new RemoteFailedError('stopped answering', error)
        report.failed.push({ table: table.name, partition: partition.partition, why: describeError(error) })
      }
      options.onProgress?.({ hours: report.hours, repaired: report.differing })
    }
  }
  report.took_ms = Math.round(clock.monotonicMs() - startedMs)
  report.outcome =
    report.failed.length > 0
      ? 'failed'
      : report.differing > 0
        ? 'repaired'
        : isBehind || remote.refused.size > 0
          ? 'behind'
          : 'ok'
  return report
}

interface Known {
  cursors: Cursors
  verified: Verified
  shapes: Awaited<ReturnType<typeof describeTables>>
}

async function readRemote({ remote }: VerifyOptions): Promise<Known> {
  try {
    const [cursors, verified, shapes] = await Promise.all([
      readCursors(remote),
      readVerified(remote),
      describeTables(remote.client),
    ])
    return { cursors, verified, shapes }
  } catch (error) {
    throw new RemoteFailedError('cannot be read', error)
  }
}

interface Work extends Pick<Known, 'cursors' | 'verified'> {
  table: Table
  partition: SourcePartition
  key: CursorKey
  report: VerifyReport
}

async function verifyPartition(options: VerifyOptions, work: Work): Promise<void> {
  const { source, clock } = options
  const { table, partition, key } = work
  const cursor = work.cursors.get(key)
  const verified = options.again || options.range ? new Map<number, number>() : work.verified.of(key)
  // A batch that is on its way could be mistaken for a difference.
  if (nextMove(cursor, partition.newestBlock) === 'redo') return
  if (verified.get(WHOLE) === partition.newestBlock || options.isLeaving(table.name, partition.partition))
    return
  const isDone = partition.newestBlock === cursor.cursor
  const isTimeless = table.partition.by === 'none'
  const isWhole =
    isDone &&
    !(options.range && !isTimeless) &&
    (isTimeless || isClosedPartition(partition.partition, clock.now(), 1))
  if (isTimeless && !isDone) return
  const all = await readHours(source, table, partition.partition)
  const due = options.range
    ? hoursOfRange(partition.partition, options.range, all).filter(({ block }) => block <= cursor.cursor)
    : isWhole
      ? all
      : dueHours(all, { cursor: cursor.cursor, now: clock.now(), verified })
  if (due.length === 0) return
  const blocks = new Map(due.map(({ bucket, block }) => [bucket, block]))
  const { rows, moved } = await compare(options, work, blocks, isWhole)
  const equal = due
    .filter(({ bucket }) => !moved.has(bucket))
    .map((hour) => ({ ...hour, rows: rows.get(hour.bucket) ?? 0 }))
  const total = equal.reduce((sum, hour) => sum + hour.rows, 0)
  const whole = { bucket: WHOLE, block: partition.newestBlock, rows: total }
  await writeVerified(options.remote, key, isWhole && moved.size === 0 ? [...equal, whole] : equal)
}

/** Every hour of the range that the partition covers, those without local rows included; all of it where there is no time. */
function hoursOfRange(
  partition: string,
  range: { from: EpochMs; until: EpochMs },
  known: readonly HourRows[],
): HourRows[] {
  const span = partitionSpan(partition)
  if (!span) return [...known]
  const blocks = new Map(known.map(({ bucket, block }) => [bucket, block]))
  const hours: HourRows[] = []
  const from = Math.max(span.from, Math.floor(range.from / HOUR_MS) * HOUR_MS)
  for (let ts = from; ts < Math.min(span.until, range.until); ts += HOUR_MS)
    hours.push({ bucket: ts / 1_000, block: blocks.get(ts / 1_000) ?? 0 })
  return hours
}

interface Compared {
  rows: Map<number, number>
  /** Hours into which rows came meanwhile: the copy brings them, and the next run compares. */
  moved: Set<number>
}

/**
 * Compares these hours and mends what differs.
 * @param all every hour of the partition, those that only the remote has included
 * @throws what mending throws
 */
async function compare(
  options: VerifyOptions,
  { table, key, report }: Work,
  blocks: ReadonlyMap<number, number>,
  all: boolean,
): Promise<Compared> {
  const { source, remote } = options
  const buckets = all ? [] : [...blocks.keys()]
  const [here, there] = await Promise.all([
    hourContents(source, table, key.partition, buckets),
    hourContents(remote.client, table, key.partition, buckets),
  ])
  const rows = new Map([...here].map(([bucket, content]) => [bucket, content.rows]))
  const moved = new Set<number>()
  const differing = differingBuckets(here, there)
  const now = new Map(
    differing.length === 0
      ? []
      : (await readHours(source, table, key.partition)).map(({ bucket, block }) => [bucket, block]),
  )
  for (const hour of differing) {
    if (now.get(hour) !== (blocks.get(hour) || undefined)) {
      moved.add(hour)
      continue
    }
    report.differing++
    for (const stretch of await differingStretches(options, table, key.partition, hour)) {
      const mended = await repairStretch(options, table, key, stretch)
      report.rows_sent += mended.sent
      report.rows_deleted += mended.deleted
    }
  }
  report.hours += rows.size
  report.rows += [...rows.values()].reduce((sum, count) => sum + count, 0)
  return { rows, moved }
}

/** The minutes of an hour that differ; everything where there is no time. */
async function differingStretches(
  { source, remote, clock }: VerifyOptions,
  table: Table,
  partition: string,
  hour: number,
): Promise<Stretch[]> {
  if (table.partition.by === 'none') return [{ from: 0, until: Math.ceil(clock.now() / 1_000) }]
  const [here, there] = await Promise.all([
    minuteContents(source, table, partition, hour),
    minuteContents(remote.client, table, partition, hour),
  ])
  return stretches(differingBuckets(here, there))
}
