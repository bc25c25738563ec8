/** Puts archived rows back into a table, and proves that they are the same. */

import { type ArchiveDeps, columnsOf, verifyEntry } from '#clickhouse/archive/archive.ts'
import { type Content, partitionContent, readContent, sameContent } from '#clickhouse/archive/content.ts'
import {
  filesThatCount,
  type ManifestEntry,
  ofPartition,
  readManifest,
} from '#clickhouse/archive/manifest.ts'
import type { Table } from '#clickhouse/table.ts'
import { HoldfastError } from '#domain/errors.ts'
import { partitionLabel } from '#domain/time-partition.ts'

export interface RestoreReport {
  table: string
  partition: string
  into: string
  files: string[]
  content: Content
}

export class NotArchivedError extends HoldfastError {
  constructor(table: string, partition: string) {
    super(`no archive file holds ${partitionLabel(partition)} of ${table}`, {
      code: 'NOT_ARCHIVED',
      retryable: false,
      hint: '`holdfast archive list` shows what there is',
    })
  }
}

export class RestoreDiffersError extends HoldfastError {
  constructor(into: string, found: Content, expected: Content) {
    super(
      `${into} holds ${found.rows} rows with hash ${found.hash} after the restore, the files ${expected.rows} with ${expected.hash}`,
      {
        code: 'RESTORE_DIFFERS',
        retryable: false,
        hint: 'restore into another table with --into and compare: newer rows of the same keys win over restored ones',
      },
    )
  }
}

/**
 * Restores one partition. Rows that are there already stay; a row twice is one row, because the natural keys say so.
 * @param into another table of the same columns, made when missing; unset: the table itself
 * @throws NotArchivedError, ArchiveDamagedError, RestoreDiffersError
 */
export async function restorePartition(
  deps: Pick<ArchiveDeps, 'client' | 'store'>,
  table: Table,
  partition: string,
  into: string = table.name,
): Promise<RestoreReport> {
  const { client, store } = deps
  const files = filesThatCount(ofPartition(await readManifest(client, table.name), table.name, partition))
  if (files.length === 0) throw new NotArchivedError(table.name, partition)
  for (const entry of files) await verifyEntry(deps, entry)
  if (into !== table.name)
    await client.command({ query: `CREATE TABLE IF NOT EXISTS ${into} AS ${table.name}` })
  // Its own rows, where it has some, are newer than the files': they must win, so they are looked at before.
  const before = await partitionContent(client, { ...table, name: into }, partition)
  for (const entry of files) await store.load(client, entry.file, loadOf(entry, into))
  const content = await partitionContent(client, { ...table, name: into }, partition)
  const expected = await unionContent(deps, table, files)
  if (before.rows === 0 && !sameContent(content, expected))
    throw new RestoreDiffersError(into, content, expected)
  return { table: table.name, partition, into, files: files.map(({ file }) => file), content }
}

const loadOf = (entry: ManifestEntry, into: string) => ({
  table: into,
  columns: columnsOf(entry.structure),
  structure: entry.structure,
  token: '',
})

/** What the files hold together: of one file what the list says; of several, their facts by key, read through a table of their own. */
async function unionContent(
  { client, store }: Pick<ArchiveDeps, 'client' | 'store'>,
  table: Table,
  files: readonly ManifestEntry[],
): Promise<Content> {
  const [only] = files
  if (files.length === 1 && only) return only.content
  const together = `archive_union_${table.name}`
  await client.command({ query: `DROP TABLE IF EXISTS ${together} SYNC` })
  await client.command({ query: `CREATE TABLE ${together} AS ${table.name}` })
  try {
    for (const entry of files) await store.load(client, entry.file, loadOf(entry, together))
    return await readContent(client, {
      name: 'archive files together',
      columns: table.columnNames,
      from: `${together} FINAL`,
    })
  } finally {
    await client.command({ query: `DROP TABLE IF EXISTS ${together} SYNC` })
  }
}
