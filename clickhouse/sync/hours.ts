/** Rows of a partition by hour or minute, counted and hashed on either side; and what was found equal before. */

import { z } from 'zod'
import { type Content, contentColumns } from '#clickhouse/archive/content.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import type { RemoteTarget } from '#clickhouse/sync/remote.ts'
import type { CursorKey } from '#clickhouse/sync/state.ts'
import type { Contents, HourRows, Stretch } from '#clickhouse/sync/verify-plan.ts'
import type { Table } from '#clickhouse/table.ts'
import { syncVerified } from '#clickhouse/tables/data.ts'

/** Seconds since 1970 at which the piece of a row begins; 0 for tables without a time, which are one piece. */
function pieceOf(table: Table, length: 'Hour' | 'Minute'): string {
  const { partition } = table
  return partition.by === 'none' ? 'toUInt32(0)' : `toUnixTimestamp(toStartOf${length}(${partition.column}))`
}

/** Hours of one partition with the newest block in each: reads two small columns. */
export async function readHours(
  client: ClickHouseClient,
  table: Table,
  partition: string,
): Promise<HourRows[]> {
  return runQuery(
    client,
    {
      name: `hours of ${table.name}`,
      sql: `SELECT ${pieceOf(table, 'Hour')} AS bucket, max(_block_number) AS block
        FROM ${table.name} WHERE _partition_id = {partition:String} GROUP BY bucket`,
      params: z.object({ partition: z.string() }),
      row: z.object({ bucket: wholeNumber, block: wholeNumber }),
    },
    { partition },
  )
}

/** Facts by hour. @param buckets empty: every hour of the partition */
export const hourContents = (
  client: ClickHouseClient,
  table: Table,
  partition: string,
  buckets: readonly number[],
): Promise<Contents> =>
  contents(client, table, 'Hour', {
    where: buckets.length > 0 ? `${pieceOf(table, 'Hour')} IN {buckets:Array(UInt32)}` : '1',
    params: { partition, buckets },
  })

/** Facts by minute of one hour. */
export const minuteContents = (
  client: ClickHouseClient,
  table: Table,
  partition: string,
  hour: number,
): Promise<Contents> =>
  contents(client, table, 'Minute', {
    where: `${pieceOf(table, 'Hour')} = {hour:UInt32}`,
    params: { partition, hour },
  })

/** Facts of a stretch of time; of the whole partition where there is no time. */
export async function stretchContent(
  client: ClickHouseClient,
  table: Table,
  partition: string,
  stretch: Stretch,
): Promise<Content> {
  const found = await contents(client, { ...table, partition: { by: 'none' } }, 'Hour', {
    where: stretchWhere(table),
    params: { partition, from: stretch.from, until: stretch.until },
  })
  return found.get(0) ?? { rows: 0, hash: '0' }
}

/** Condition on rows of a stretch; takes parameters `from` and `until`, seconds. */
export function stretchWhere(table: Table): string {
  const { partition } = table
  if (partition.by === 'none') return '{from:Int64} <= {until:Int64}'
  return `${partition.column} >= fromUnixTimestamp64Milli({from:Int64} * 1000) AND ${partition.column} < fromUnixTimestamp64Milli({until:Int64} * 1000)`
}

async function contents(
  client: ClickHouseClient,
  table: Table,
  length: 'Hour' | 'Minute',
  { where, params }: { where: string; params: Record<string, unknown> },
): Promise<Contents> {
  const rows = await runQuery(
    client,
    {
      name: `contents of ${table.name}`,
      sql: `SELECT ${pieceOf(table, length)} AS bucket, ${contentColumns(table.columnNames)}
        FROM ${table.name} FINAL WHERE _partition_id = {partition:String} AND ${where} GROUP BY bucket`,
      params: z.looseObject({}),
      row: z.object({ bucket: wholeNumber, row_count: wholeNumber, hash: z.string() }),
    },
    params,
  )
  return new Map(rows.map(({ bucket, row_count, hash }) => [bucket, { rows: row_count, hash }]))
}

const verifiedOfAll = defineQuery({
  name: 'verified hours',
  sql: 'SELECT source, table, partition, bucket, block, version FROM sync_verified FINAL',
  params: z.object({}),
  row: z.object({
    source: z.string(),
    table: z.string(),
    partition: z.string(),
    bucket: wholeNumber,
    block: wholeNumber,
    version: wholeNumber,
  }),
})

/** Bucket that stands for a whole closed partition. */
export const WHOLE = 0

export interface Verified {
  /** Bucket → newest block when it was found equal. */
  of(key: CursorKey): ReadonlyMap<number, number>
}

/** Everything that was found equal, in one read. */
export async function readVerified({ client }: RemoteTarget): Promise<Verified> {
  const byKey = new Map<string, Map<number, number>>()
  const nameOf = ({ source, table, partition }: CursorKey): string => `${source} ${table} ${partition}`
  for (const row of await runQuery(client, verifiedOfAll, {})) {
    const own = byKey.get(nameOf(row)) ?? new Map<number, number>()
    byKey.set(nameOf(row), own.set(row.bucket, row.block))
  }
  return { of: (key) => byKey.get(nameOf(key)) ?? new Map() }
}

/** Remembers hours as equal. A higher block makes a higher version. */
export async function writeVerified(
  { client, settings }: RemoteTarget,
  key: CursorKey,
  hours: readonly (HourRows & { rows: number })[],
): Promise<void> {
  if (hours.length === 0) return
  await client.insert({
    table: syncVerified.name,
    format: 'JSONEachRow',
    values: hours.map(({ bucket, block, rows }) => ({
      ...{ source: key.source, table: key.table, partition: key.partition },
      ...{ bucket, block, rows, version: block },
    })),
    clickhouse_settings: settings,
  })
}
