/** What a partition or a file holds: its rows counted and hashed, its parts by name. */
import { z } from 'zod'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import type { Table } from '#clickhouse/table.ts'

/** Count and hash of rows, whatever their order. Two sets with the same are taken for equal. */
export interface Content {
  rows: number
  /** Sum of cityHash64 over whole rows, decimal text. */
  hash: string
}

export const NO_CONTENT: Content = { rows: 0, hash: '0' }

export const sameContent = (one: Content, other: Content): boolean =>
  one.rows === other.rows && one.hash === other.hash

const row = z.object({ row_count: wholeNumber, hash: z.string() })

/** Columns that count and hash. Tuples, because a NULL would swallow its row's hash. */
export const contentColumns = (columns: readonly string[]): string =>
  `count() AS row_count, toString(sum(cityHash64(tuple(${columns.join(', ')})))) AS hash`

/** Counts and hashes rows of any source: `from` is a table or table function, `where` its condition. */
export async function readContent(
  client: ClickHouseClient,
  query: {
    name: string
    columns: readonly string[]
    from: string
    where?: string
    params?: Record<string, unknown>
    settings?: string
  },
): Promise<Content> {
  const { name, columns, from, where = '1', params = {}, settings = '' } = query
  const sql = `SELECT ${contentColumns(columns)} FROM ${from} WHERE ${where} ${settings}`
  const [found] = await runQuery(client, { name, sql, params: z.looseObject({}), row }, params)
  return found ? { rows: found.row_count, hash: found.hash } : NO_CONTENT
}

/** The facts of one partition: rows that newer ones replaced do not count. */
export const partitionContent = (
  client: ClickHouseClient,
  table: Table,
  partition: string,
): Promise<Content> =>
  readContent(client, {
    name: `content of ${table.name}`,
    columns: table.columnNames,
    from: `${table.name} FINAL`,
    where: '_partition_id = {partition:String}',
    params: { partition },
  })

const partsOfPartition = defineQuery({
  name: 'parts of a partition',
  sql: `
    SELECT name, hash_of_all_files AS hash FROM system.parts
    WHERE active AND rows > 0 AND database = currentDatabase() AND table = {table:String} AND partition_id = {partition:String}
    ORDER BY name`,
  params: z.object({ table: z.string(), partition: z.string() }),
  row: z.object({ name: z.string(), hash: z.string() }),
})

/** `name hash` of every part, sorted. Parts never change: the same list is the same rows. */
export async function readParts(
  client: ClickHouseClient,
  table: string,
  partition: string,
): Promise<string[]> {
  const parts = await runQuery(client, partsOfPartition, { table, partition })
  return parts.map(({ name, hash }) => `${name} ${hash}`)
}

export const sameParts = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((part, i) => part === other[i])

/** Explicit structure for reading files back: inferred types would hash differently. */
export const structureOf = (table: Table): string =>
  Object.entries(table.columns)
    .map(([name, { type }]) => `${name} ${type}`)
    .join(', ')
