/** Takes rows out of a table: whole partitions part by part, and rows of a tier; each says on the archive's list what it is about to do. */
// Not here: whether it may (plan.ts).

import { z } from 'zod'
import { verifyEntry } from '#clickhouse/archive/archive.ts'
import { NO_CONTENT, partitionContent, readParts } from '#clickhouse/archive/content.ts'
import { type ManifestEntry, writeEntry } from '#clickhouse/archive/manifest.ts'
import type { ArchiveStore } from '#clickhouse/archive/store.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { sqlString } from '#clickhouse/front/sql-text.ts'
import { runQuery, wholeNumber } from '#clickhouse/query.ts'
import type { RetentionTier, Table } from '#clickhouse/table.ts'
import { describeError } from '#domain/errors.ts'
import type { EpochMs } from '#domain/time.ts'

/** Told before each effect: for heartbeats, and for tests that end the process between any two. */
export type DropStep = 'reread' | 'mark' | 'drop' | 'mark_dropped' | 'thin'

export interface DropDeps {
  client: ClickHouseClient
  store: ArchiveStore
  onStep(step: DropStep): void | Promise<void>
  now(): EpochMs
}

/**
 * Drops exactly these parts. A part that was merged meanwhile stays: what came into it is not in the file.
 * @param entry the newest of the partition's files, also where nobody waits for it: a later file must know that its rows left
 * @returns why it was left, or null when it is gone
 * @throws ArchiveDamagedError when the file does not hold what it should any more: nothing is dropped then
 */
export async function dropParts(
  deps: DropDeps,
  table: Table,
  parts: readonly string[],
  entry: ManifestEntry | null,
  needsArchive: boolean,
): Promise<string | null> {
  let marked = entry
  if (entry) {
    if (needsArchive) await reread(deps, entry)
    await deps.onStep('mark')
    marked = await writeEntry(deps.client, { ...entry, status: 'dropping' })
  }
  for (const part of parts) {
    await deps.onStep('drop')
    const [name = ''] = part.split(' ')
    try {
      await deps.client.command({ query: `ALTER TABLE ${table.name} DROP PART ${sqlString(name)}` })
    } catch (error) {
      return `part ${name} could not be dropped: ${describeError(error)}`
    }
  }
  if (marked) {
    await deps.onStep('mark_dropped')
    const dropped = {
      ...marked,
      status: 'dropped',
      live: NO_CONTENT,
      liveParts: [],
      droppedTs: deps.now(),
    } as const
    await writeEntry(deps.client, { ...dropped, liveParts: [] })
  }
  return null
}

/** The file may have been cut or lost since it was written. */
async function reread(deps: DropDeps, entry: ManifestEntry): Promise<void> {
  await deps.onStep('reread')
  await verifyEntry(deps, entry)
}

/** Rows of these tiers that are old enough, as one condition; `now` in epoch ms. */
export const tierCondition = (tiers: readonly RetentionTier[], now: EpochMs): string =>
  tiers
    .map(
      ({ where, days }) =>
        `((${where}) AND inserted_at < toDateTime(${Math.floor(now / 1_000)}) - INTERVAL ${days} DAY)`,
    )
    .join(' OR ')

/** How many rows of the partition the condition takes. */
export async function countRows(
  client: ClickHouseClient,
  table: string,
  partition: string,
  condition: string,
): Promise<number> {
  const [found] = await runQuery(
    client,
    {
      name: `due rows of ${table}`,
      sql: `SELECT count() AS row_count FROM ${table} WHERE _partition_id = {partition:String} AND (${condition})`,
      params: z.object({ partition: z.string() }),
      row: z.object({ row_count: wholeNumber }),
    },
    { partition },
  )
  return found?.row_count ?? 0
}

/** Deletes the rows of a condition from one partition; their archive entry then says what is left. */
export async function thinPartition(
  deps: DropDeps,
  table: Table,
  partition: string,
  condition: string,
  entry: ManifestEntry | null,
  needsArchive: boolean,
): Promise<void> {
  let marked = entry
  if (entry) {
    if (needsArchive) await reread(deps, entry)
    await deps.onStep('mark')
    // Without its parts: should this end here, the next archive run writes what is left into a file of its own.
    marked = await writeEntry(deps.client, { ...entry, status: 'thinned', liveParts: [] })
  }
  await deps.onStep('thin')
  await deps.client.command({
    query: `ALTER TABLE ${table.name} DELETE IN PARTITION ID ${sqlString(partition)} WHERE ${condition}`,
    clickhouse_settings: { mutations_sync: '1' },
  })
  if (!marked) return
  const parts = await readParts(deps.client, table.name, partition)
  const live = await partitionContent(deps.client, table, partition)
  const after = await readParts(deps.client, table.name, partition)
  if (parts.join() === after.join()) await writeEntry(deps.client, { ...marked, live, liveParts: parts })
}
