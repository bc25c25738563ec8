/** The list of archive files: which there are, which of them count, and what their partitions held. */
// Not here: writing files (archive.ts), dropping partitions (clickhouse/retention).
import { z } from 'zod'
import type { Content } from '#clickhouse/archive/content.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import { archiveManifest } from '#clickhouse/tables/data.ts'
import type { EpochMs } from '#domain/time.ts'

/**
 * verified: the file holds the partition. superseded: a later file holds all of it. dropping, dropped: its rows leave or left the
 * table. thinned: some of its rows left. From dropping on, a later file of the partition holds only what came later.
 */
export type ManifestStatus = 'verified' | 'superseded' | 'dropping' | 'dropped' | 'thinned'

export interface ManifestEntry {
  table: string
  partition: string
  generation: number
  file: string
  status: ManifestStatus
  content: Content
  bytes: number
  structure: string
  /** What the partition held when `liveParts` was taken. */
  live: Content
  liveParts: string[]
  archivedTs: EpochMs
  droppedTs: EpochMs
  version: number
}

const entries = defineQuery({
  name: 'archive manifest',
  sql: `
    SELECT table, partition, generation, file, status, rows, hash, bytes, structure, live_rows, live_hash, live_parts,
      toUnixTimestamp64Milli(archived_ts) AS archived_at, toUnixTimestamp64Milli(dropped_ts) AS dropped_at, version
    FROM archive_manifest FINAL
    WHERE {table:String} = '' OR table = {table:String}
    ORDER BY table, partition, generation`,
  params: z.object({ table: z.string() }),
  row: z.object({
    table: z.string(),
    partition: z.string(),
    generation: wholeNumber,
    file: z.string(),
    status: z.enum(['verified', 'superseded', 'dropping', 'dropped', 'thinned']),
    rows: wholeNumber,
    hash: z.string(),
    bytes: wholeNumber,
    structure: z.string(),
    live_rows: wholeNumber,
    live_hash: z.string(),
    live_parts: z.string(),
    archived_at: wholeNumber,
    dropped_at: wholeNumber,
    version: wholeNumber,
  }),
})

/** By table, partition, generation. @param table unset: all */
export async function readManifest(client: ClickHouseClient, table = ''): Promise<ManifestEntry[]> {
  const rows = await runQuery(client, entries, { table })
  return rows.map((row) => ({
    ...{ table: row.table, partition: row.partition, generation: row.generation, file: row.file },
    ...{ status: row.status, bytes: row.bytes, structure: row.structure, version: row.version },
    content: { rows: row.rows, hash: row.hash },
    live: { rows: row.live_rows, hash: row.live_hash },
    liveParts: z.array(z.string()).parse(JSON.parse(row.live_parts)),
    archivedTs: row.archived_at,
    droppedTs: row.dropped_at,
  }))
}

/** Entries of one partition, oldest first. */
export const ofPartition = (
  all: readonly ManifestEntry[],
  table: string,
  partition: string,
): ManifestEntry[] => all.filter((each) => each.table === table && each.partition === partition)

/** Stores the entry as its next version. @returns it as stored */
export async function writeEntry(client: ClickHouseClient, entry: ManifestEntry): Promise<ManifestEntry> {
  const stored = { ...entry, version: entry.version + 1 }
  await client.insert({
    table: archiveManifest.name,
    format: 'JSONEachRow',
    values: [
      {
        ...{ table: stored.table, partition: stored.partition, generation: stored.generation },
        ...{ file: stored.file, status: stored.status, bytes: stored.bytes, structure: stored.structure },
        ...{ rows: stored.content.rows, hash: stored.content.hash, version: stored.version },
        ...{ live_rows: stored.live.rows, live_hash: stored.live.hash },
        live_parts: JSON.stringify(stored.liveParts),
        archived_ts: timeText(stored.archivedTs),
        dropped_ts: timeText(stored.droppedTs),
      },
    ],
    clickhouse_settings: { async_insert: 0, wait_end_of_query: 1 },
  })
  return stored
}

/** True once rows that the file holds may be missing from the table: a later file must not take its place. */
export const isParted = ({ status }: ManifestEntry): boolean =>
  status === 'dropping' || status === 'dropped' || status === 'thinned'

/** Files that together hold everything the partition ever held: what a restore reads. */
export const filesThatCount = (own: readonly ManifestEntry[]): ManifestEntry[] => {
  const newest = own.findLast(({ status }) => status === 'verified')
  return own.filter((each) => isParted(each) || each === newest)
}

/** As ClickHouse reads it from JSON. */
const timeText = (ts: EpochMs): string => new Date(ts).toISOString().slice(0, 23).replace('T', ' ')
