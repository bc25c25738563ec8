/** Archives one partition: write a file, read it back, compare count and hash, give it its name, put it on the list. */
// Not here: which partitions (archive-run.ts), where files lie (store.ts), dropping (clickhouse/retention).
import {
  type Content,
  partitionContent,
  readParts,
  sameContent,
  sameParts,
  structureOf,
} from '#clickhouse/archive/content.ts'
import { isParted, type ManifestEntry, ofPartition, writeEntry } from '#clickhouse/archive/manifest.ts'
import { ArchiveDamagedError, type ArchiveStore } from '#clickhouse/archive/store.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import type { ArchiveCodec } from '#clickhouse/data-policy.ts'
import type { Table } from '#clickhouse/table.ts'
import type { EpochMs } from '#domain/time.ts'
import { partitionLabel } from '#domain/time-partition.ts'

/** Told before each effect: for heartbeats, and for tests that end the process between any two. */
export type ArchiveStep = 'write' | 'measure' | 'publish' | 'list' | 'supersede'

export interface ArchiveDeps {
  client: ClickHouseClient
  store: ArchiveStore
  onStep(step: ArchiveStep): void | Promise<void>
  now(): EpochMs
}

/** current: the newest file holds the partition as it is. archived: a file was written. busy: merges or inserts came between; the next run tries again. */
export type ArchiveOutcome = { kind: 'current' | 'archived' | 'busy'; rows: number; bytes: number }

const TRIES = 3

/**
 * Brings the archive of one closed partition up to date.
 * @param manifest entries of this table
 * @throws ArchiveWriteError, ArchiveDamagedError, QueryFailedError; the table is untouched whatever happens
 */
export async function archivePartition(
  deps: ArchiveDeps,
  table: Table,
  partition: string,
  codec: ArchiveCodec,
  manifest: readonly ManifestEntry[],
): Promise<ArchiveOutcome> {
  const own = ofPartition(manifest, table.name, partition)
  // A superseded newest file was given up (see giveUpDamaged): it holds nothing that counts.
  const newest = own.at(-1)?.status === 'superseded' ? undefined : own.at(-1)
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const parts = await readParts(deps.client, table.name, partition)
    if (newest && sameParts(newest.liveParts, parts)) {
      await supersedeOlder(deps, own)
      return { kind: 'current', rows: 0, bytes: 0 }
    }
    // Retention was ended in the middle of it: what is left is in the file, and goes with its next run.
    if (newest?.status === 'dropping' && parts.every((part) => newest.liveParts.includes(part)))
      return { kind: 'current', rows: 0, bytes: 0 }
    const content = await partitionContent(deps.client, table, partition)
    if (!sameParts(parts, await readParts(deps.client, table.name, partition))) continue
    if (newest && newest.status !== 'dropping' && sameContent(newest.live, content)) {
      // Merged, not changed.
      await writeEntry(deps.client, { ...newest, liveParts: parts })
      return { kind: 'current', rows: 0, bytes: 0 }
    }
    const entry = await writeFile(deps, table, partition, codec, { content, parts, own })
    if (entry === null) continue
    await supersedeOlder(deps, [...own, entry])
    return { kind: 'archived', rows: entry.content.rows, bytes: entry.bytes }
  }
  return { kind: 'busy', rows: 0, bytes: 0 }
}

/** Null when the partition changed while it was written. */
async function writeFile(
  deps: ArchiveDeps,
  table: Table,
  partition: string,
  codec: ArchiveCodec,
  seen: { content: Content; parts: string[]; own: readonly ManifestEntry[] },
): Promise<ManifestEntry | null> {
  const { client, store, onStep, now } = deps
  const generation = (seen.own.at(-1)?.generation ?? 0) + 1
  const file = fileName(table.name, partition, generation)
  const structure = structureOf(table)
  const names = table.columnNames.join(', ')
  await onStep('write')
  const draft = await store.write(client, file, {
    select: `SELECT ${names} FROM ${table.name} FINAL WHERE _partition_id = {partition:String} ORDER BY ${table.key.join(', ')}`,
    params: { partition },
    ...{ structure, codec },
  })
  await onStep('measure')
  const written = await draft.measure(table.columnNames, structure).catch(async (error: unknown) => {
    await draft.discard()
    throw error
  })
  const isStill = sameParts(seen.parts, await readParts(client, table.name, partition))
  if (!sameContent(written, seen.content)) {
    await draft.discard()
    if (!isStill) return null
    throw new ArchiveDamagedError(file, differs(written, seen.content))
  }
  await onStep('publish')
  const bytes = await draft.publish()
  await onStep('list')
  return writeEntry(client, {
    ...{ table: table.name, partition, generation, file, structure, bytes },
    status: 'verified',
    ...{ content: written, live: seen.content, liveParts: isStill ? seen.parts : [] },
    ...{ archivedTs: now(), droppedTs: 0, version: 0 },
  })
}

/** `trades/2026-11-19.parquet`; later files of the same partition carry their number. */
export const fileName = (table: string, partition: string, generation: number): string =>
  `${table}/${partitionLabel(partition)}${generation === 1 ? '' : `.${generation}`}.parquet`

/** Files that a later one holds whole go: their entries first, so that no entry names a file that is gone. */
async function supersedeOlder(deps: ArchiveDeps, own: readonly ManifestEntry[]): Promise<void> {
  const newest = own.at(-1)
  if (newest?.status !== 'verified') return
  for (const entry of own) {
    if (entry === newest || isParted(entry)) continue
    await deps.onStep('supersede')
    if (entry.status === 'verified') await writeEntry(deps.client, { ...entry, status: 'superseded' })
    await deps.store.remove(entry.file)
  }
}

const differs = (found: Content, expected: Content): string =>
  `it holds ${found.rows} rows with hash ${found.hash}, expected ${expected.rows} with ${expected.hash}`

/** Reads a listed file again. @throws ArchiveDamagedError when it does not hold what the list says */
export async function verifyEntry(
  deps: Pick<ArchiveDeps, 'client' | 'store'>,
  entry: ManifestEntry,
): Promise<void> {
  const columns = columnsOf(entry.structure)
  const found = await deps.store.measure(deps.client, entry.file, columns, entry.structure)
  if (!sameContent(found, entry.content))
    throw new ArchiveDamagedError(entry.file, differs(found, entry.content))
}

/**
 * Gives up files that are damaged while their rows are still in the table, so that the next run writes them anew.
 * @returns the files that were given up
 */
export async function giveUpDamaged(
  deps: Pick<ArchiveDeps, 'client' | 'store'>,
  manifest: readonly ManifestEntry[],
): Promise<string[]> {
  const given: string[] = []
  for (const entry of manifest.filter(({ status }) => status === 'verified')) {
    const isWhole = await verifyEntry(deps, entry).then(
      () => true,
      () => false,
    )
    // Without its rows in the table a damaged file is still all there is.
    if (isWhole || (await readParts(deps.client, entry.table, entry.partition)).length === 0) continue
    await writeEntry(deps.client, { ...entry, status: 'superseded' })
    given.push(entry.file)
  }
  return given
}

/** Column names of a stored structure, in order. */
export function columnsOf(structure: string): string[] {
  const names: string[] = []
  let depth = 0
  let at = 0
  for (let i = 0; i <= structure.length; i++) {
    const char = structure[i]
    if (char === '(') depth++
    else if (char === ')') depth--
    else if (char === undefined || (char === ',' && depth === 0)) {
      names.push(structure.slice(at, i).trim().split(' ')[0] as string)
      at = i + 1
    }
  }
  return names
}
