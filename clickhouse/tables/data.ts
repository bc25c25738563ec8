/** Tables of copying, archiving and dropping: cursors, verified hours, runs, archive files. */
// Not here: who writes them (clickhouse/sync, clickhouse/archive, clickhouse/retention).
import { column } from '#clickhouse/column.ts'
import { defineTable, type Row } from '#clickhouse/table.ts'

const version = column.uint64('grows with each change of the row', { codec: 'ZSTD(1)' })

/** Lies on the remote side, so that the cursor is lost together with the rows that it vouches for. */
export const syncState = defineTable({
  name: 'sync_state',
  why: 'how far each partition was copied; lies on the remote side',
  key: ['source', 'table', 'partition'],
  version: 'version',
  partition: { by: 'none' },
  sync: false,
  columns: {
    source: column.symbol('identity of the table that is copied from'),
    table: column.symbol('table'),
    partition: column.text('partition id'),
    epoch: column.uint32('grows when block numbers of the source begin anew'),
    cursor: column.uint64('block number up to which every row is stored'),
    pending_to: column.uint64('block number up to which a batch is on its way; the cursor when none is'),
    batch: column.uint64('identity of that batch: the value of its rows in _sync_batch'),
    rows: column.uint64('rows copied so far, re-sent ones included'),
    version,
  },
})
export type SyncStateRow = Row<typeof syncState>

export const syncVerified = defineTable({
  name: 'sync_verified',
  why: 'hours whose rows were found equal on both sides; lies on the remote side',
  key: ['source', 'table', 'partition', 'bucket'],
  version: 'version',
  partition: { by: 'none' },
  sync: false,
  columns: {
    source: column.symbol('identity of the table that is copied from'),
    table: column.symbol('table'),
    partition: column.text('partition id'),
    bucket: column.uint64('first second of the hour, since 1970; 0 for the whole partition'),
    block: column.uint64('newest block number among its rows when it was compared'),
    rows: column.uint64('rows on each side'),
    version,
  },
})
export type SyncVerifiedRow = Row<typeof syncVerified>

export const dataRuns = defineTable({
  name: 'data_runs',
  why: 'what copying, comparing, archiving and dropping did, and what they refused',
  key: ['job', 'ts', 'table'],
  partition: { by: 'month', column: 'ts' },
  keepDays: 180,
  sync: false,
  columns: {
    job: column.symbol('sync, verify, archive or retention'),
    ts: column.time('when the run ended'),
    table: column.symbol('table, or empty for the whole run'),
    outcome: column.symbol('ok, failed, refused, remote_down'),
    rows: column.uint64('rows copied, repaired, archived or dropped'),
    took_ms: column.uint64('milliseconds'),
    details: column.json('facts; `why` when something was refused'),
  },
})
export type DataRunRow = Row<typeof dataRuns>

export const archiveManifest = defineTable({
  name: 'archive_manifest',
  why: 'every archive file with count and hash, and whether its partition may be dropped or was',
  key: ['table', 'partition', 'generation'],
  version: 'version',
  partition: { by: 'none' },
  columns: {
    table: column.symbol('table'),
    partition: column.text('partition id: YYYYMMDD or YYYYMM'),
    generation: column.uint32('1 for the first file; rows that came later make another one'),
    file: column.text('path below the archive folder or bucket'),
    status: column.symbol('verified, superseded, dropping, dropped, thinned'),
    rows: column.uint64('rows of the file'),
    hash: column.text('sum of cityHash64 over its rows, as decimal text'),
    bytes: column.uint64('size of the file'),
    structure: column.text('columns with their types, for reading it back'),
    live_rows: column.uint64('rows that the partition held when `live_parts` was taken'),
    live_hash: column.text('their hash'),
    live_parts: column.json('names of the parts that the partition consisted of'),
    archived_ts: column.time('when the file was verified'),
    dropped_ts: column.time('when its rows left the table; 1970-01-01 before'),
    version,
  },
})
export type ArchiveManifestRow = Row<typeof archiveManifest>
