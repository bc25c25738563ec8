/** The cursors of the copy, read from and written to the remote side. */
// Not here: what they mean (plan.ts).
import { z } from 'zod'
import { defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import { type Cursor, NEW_CURSOR } from '#clickhouse/sync/plan.ts'
import type { RemoteTarget } from '#clickhouse/sync/remote.ts'
import { syncState } from '#clickhouse/tables/data.ts'

const cursorsOfAll = defineQuery({
  name: 'sync cursors',
  sql: 'SELECT source, table, partition, epoch, cursor, pending_to, batch, rows, version FROM sync_state FINAL',
  params: z.object({}),
  row: z.object({
    source: z.string(),
    table: z.string(),
    partition: z.string(),
    epoch: wholeNumber,
    cursor: wholeNumber,
    pending_to: wholeNumber,
    batch: wholeNumber,
    rows: wholeNumber,
    version: wholeNumber,
  }),
})

/** Which partition of which source table. */
export interface CursorKey {
  source: string
  table: string
  partition: string
}

export interface Cursors {
  /** A partition that was never copied has a new cursor. */
  get(key: CursorKey): Cursor
  /** Every partition of one source table that was ever copied. */
  of(source: string, table: string): { key: CursorKey; cursor: Cursor }[]
}

const nameOf = ({ source, table, partition }: CursorKey): string => `${source} ${table} ${partition}`

/** All cursors in one read. @throws QueryFailedError */
export async function readCursors({ client }: RemoteTarget): Promise<Cursors> {
  const rows = await runQuery(client, cursorsOfAll, {})
  const known = rows.map(({ source, table, partition, pending_to, ...rest }) => ({
    key: { source, table, partition },
    cursor: { ...rest, pendingTo: pending_to } satisfies Cursor,
  }))
  const byName = new Map(known.map(({ key, cursor }) => [nameOf(key), cursor]))
  return {
    get: (key) => byName.get(nameOf(key)) ?? NEW_CURSOR,
    of: (source, table) => known.filter(({ key }) => key.source === source && key.table === table),
  }
}

/** Stores one cursor; the one with the highest version counts, so an old writer that comes late changes nothing. */
export async function writeCursor(
  { client, settings }: RemoteTarget,
  key: CursorKey,
  cursor: Cursor,
): Promise<void> {
  const { pendingTo, epoch, batch, rows, version } = cursor
  await client.insert({
    table: syncState.name,
    format: 'JSONEachRow',
    values: [
      {
        ...{ source: key.source, table: key.table, partition: key.partition },
        ...{ epoch, cursor: cursor.cursor, pending_to: pendingTo, batch, rows, version },
      },
    ],
    clickhouse_settings: settings,
  })
}
