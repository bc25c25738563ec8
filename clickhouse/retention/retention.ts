/** Drops what its table does not keep any longer, once it is archived and copied as its policy asks; a dry run only says so. */
// Not here: the decisions (plan.ts), the dropping (drop.ts).

import { z } from 'zod'
import { readParts } from '#clickhouse/archive/content.ts'
import { type ManifestEntry, ofPartition, readManifest } from '#clickhouse/archive/manifest.ts'
import type { DataPolicy } from '#clickhouse/data-policy.ts'
import { defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import {
  countRows,
  type DropDeps,
  dropParts,
  thinPartition,
  tierCondition,
} from '#clickhouse/retention/drop.ts'
import { checkClock, mayBeDue, whyKept } from '#clickhouse/retention/plan.ts'
import type { SourcePartition } from '#clickhouse/sync/plan.ts'
import { readPartitions } from '#clickhouse/sync/source.ts'
import type { Table } from '#clickhouse/table.ts'
import { describeError } from '#domain/errors.ts'
import { DAY_MS, type EpochMs } from '#domain/time.ts'
import { isClosedPartition } from '#domain/time-partition.ts'

export interface RetentionOptions extends DropDeps {
  tables: readonly { table: Table; policy: DataPolicy }[]
  /** @returns why the partition does not count as copied, or null when both sides hold the same */
  whyNotCopied(table: Table, partition: SourcePartition, entry: ManifestEntry | null): Promise<string | null>
  dryRun: boolean
  acceptClock: boolean
  dropPartitionsMax: number
  afterHours: number
  signal: AbortSignal
}

/** One partition that is due. */
export interface RetentionItem {
  table: string
  partition: string
  action: 'drop' | 'thin'
  rows: number
  /** Uncompressed bytes, estimated. */
  bytes: number
  /** Why it stays; '' when it went, or would go. */
  kept: string
}

export interface RetentionReport {
  outcome: 'ok' | 'failed'
  dry_run: boolean
  dropped_rows: number
  items: RetentionItem[]
}

/** @throws ClockJumpedError before anything is dropped */
export async function enforceRetention(options: RetentionOptions): Promise<RetentionReport> {
  const { client, tables, signal } = options
  const now = options.now()
  const clock = await readClock(options)
  if (!options.acceptClock) checkClock(now, clock.lastRun, clock.serverNow)
  const [partitions, manifest] = await Promise.all([readPartitions(client), readManifest(client)])
  const report: RetentionReport = { outcome: 'ok', dry_run: options.dryRun, dropped_rows: 0, items: [] }
  for (const { table, policy } of tables) {
    if (!policy.retention || signal.aborted) continue
    const own = partitions.filter((each) => each.table === table.name)
    await ofTable(options, { table, policy, own, manifest, now, report })
  }
  report.outcome = report.items.some(({ kept }) => kept.startsWith(FAILED)) ? 'failed' : 'ok'
  return report
}

const FAILED = 'failed: '

interface Work {
  table: Table
  policy: DataPolicy
  own: SourcePartition[]
  manifest: ManifestEntry[]
  now: EpochMs
  report: RetentionReport
}

async function ofTable(options: RetentionOptions, work: Work): Promise<void> {
  const { table, policy, own, now, report } = work
  const { days, tiers } = policy.retention ?? { days: null, tiers: [] }
  const newestBlock = Math.max(...own.map((each) => each.newestBlock))
  let dropped = 0
  for (const partition of own) {
    if (!isClosedPartition(partition.partition, now, options.afterHours)) continue
    const isNewest = partition.newestBlock === newestBlock
    const item = { table: table.name, partition: partition.partition, rows: partition.rows, kept: '' }
    const bytes = partition.rows * partition.bytesPerRow
    try {
      if (days !== null && (await isDue(options, table, partition.partition, now, days))) {
        const kept =
          dropped >= options.dropPartitionsMax
            ? `${dropped} partitions were dropped in this run; the next one goes on`
            : await drop(options, work, partition, isNewest)
        if (kept === null) dropped++
        report.items.push({ ...item, bytes, action: 'drop', kept: kept ?? '' })
        if (kept === null && !options.dryRun) report.dropped_rows += partition.rows
      } else if (tiers.length > 0) await thin(options, work, partition, tierCondition(tiers, now))
    } catch (error) {
      report.items.push({ ...item, bytes, action: 'drop', kept: `${FAILED}${describeError(error)}` })
    }
  }
}

/** @returns why it stays, or null */
async function drop(
  options: RetentionOptions,
  { table, policy, manifest }: Work,
  partition: SourcePartition,
  isNewest: boolean,
): Promise<string | null> {
  const after = policy.retention?.after ?? []
  const entry = ofPartition(manifest, table.name, partition.partition).at(-1) ?? null
  const parts = await readParts(options.client, table.name, partition.partition)
  const needsArchive = after.includes('archive')
  const kept =
    whyKept({ partition: partition.partition, parts, entry, needsArchive, isNewest }) ??
    (after.includes('sync') ? await options.whyNotCopied(table, partition, entry) : null)
  if (kept !== null || options.dryRun) return kept
  return dropParts(options, table, parts, entry, needsArchive)
}

async function thin(
  options: RetentionOptions,
  work: Work,
  source: SourcePartition,
  condition: string,
): Promise<void> {
  const { table, policy, manifest, report } = work
  const { partition } = source
  const rows = await countRows(options.client, table.name, partition, condition)
  if (rows === 0) return
  const after = policy.retention?.after ?? []
  const needsArchive = after.includes('archive')
  const entry = ofPartition(manifest, table.name, partition).at(-1) ?? null
  const parts = await readParts(options.client, table.name, partition)
  const kept =
    whyKept({ partition, parts, entry, needsArchive, isNewest: false }) ??
    (after.includes('sync') ? await options.whyNotCopied(table, source, entry) : null)
  report.items.push({
    ...{ table: table.name, partition, action: 'thin', rows, bytes: rows * source.bytesPerRow },
    kept: kept ?? '',
  })
  if (kept !== null || options.dryRun) return
  await thinPartition(options, table, partition, condition, entry, needsArchive)
  report.dropped_rows += rows
}

const newestInsert = (table: string) =>
  defineQuery({
    name: `newest insert of ${table}`,
    sql: `SELECT toUnixTimestamp(max(inserted_at)) AS newest FROM ${table} WHERE _partition_id = {partition:String}`,
    params: z.object({ partition: z.string() }),
    row: z.object({ newest: wholeNumber }),
  })

/** Days count from the last insert, so that a replay of last year stays as long as today. */
async function isDue(
  { client }: RetentionOptions,
  table: Table,
  partition: string,
  now: EpochMs,
  days: number,
): Promise<boolean> {
  if (!mayBeDue(partition, now, days)) return false
  const [found] = await runQuery(client, newestInsert(table.name), { partition })
  return (found?.newest ?? now) * 1_000 <= now - days * DAY_MS
}

const clocks = defineQuery({
  name: 'retention clocks',
  sql: `
    SELECT toUnixTimestamp64Milli(now64(3)) AS server_now,
      (SELECT toUnixTimestamp64Milli(max(ts)) FROM data_runs WHERE job = 'retention' AND table = '' AND outcome IN ('ok', 'failed')) AS last_run`,
  params: z.object({}),
  row: z.object({ server_now: wholeNumber, last_run: wholeNumber.nullable() }),
})

async function readClock({
  client,
}: RetentionOptions): Promise<{ serverNow: EpochMs; lastRun: EpochMs | null }> {
  const [found] = await runQuery(client, clocks, {})
  return { serverNow: found?.server_now ?? 0, lastRun: found?.last_run || null }
}
