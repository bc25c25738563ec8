/** What lies where: partitions with their newest block, table identities and shapes, blocks that are not copied yet. */
// Not here: what follows from it (plan.ts, drift.ts).
import { z } from 'zod'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import type { TableShape } from '#clickhouse/sync/drift.ts'
import type { BlockRows, SourcePartition } from '#clickhouse/sync/plan.ts'

const partitionsOfAll = defineQuery({
  name: 'partitions',
  sql: `
    SELECT table, partition_id AS partition, max(max_block_number) AS newest, sum(rows) AS row_count,
      intDiv(sum(data_uncompressed_bytes), greatest(1, sum(rows))) AS row_bytes
    FROM system.parts
    WHERE active AND rows > 0 AND database = currentDatabase()
    GROUP BY table, partition_id
    ORDER BY table, partition_id`,
  params: z.object({}),
  row: z.object({
    table: z.string(),
    partition: z.string(),
    newest: wholeNumber,
    row_count: wholeNumber,
    row_bytes: wholeNumber,
  }),
})

/** Every partition that holds rows, oldest first within its table. */
export async function readPartitions(client: ClickHouseClient): Promise<SourcePartition[]> {
  const rows = await runQuery(client, partitionsOfAll, {})
  return rows.map(({ table, partition, newest, row_count, row_bytes }) => ({
    ...{ table, partition },
    newestBlock: newest,
    rows: row_count,
    bytesPerRow: row_bytes,
  }))
}

const tablesOfAll = defineQuery({
  name: 'tables',
  sql: `
    SELECT name, toString(uuid) AS id, engine, partition_key, sorting_key
    FROM system.tables WHERE database = currentDatabase() AND NOT is_temporary`,
  params: z.object({}),
  row: z.object({
    name: z.string(),
    id: z.string(),
    engine: z.string(),
    partition_key: z.string(),
    sorting_key: z.string(),
  }),
})

const columnsOfAll = defineQuery({
  name: 'columns',
  sql: 'SELECT table, name, type, default_kind FROM system.columns WHERE database = currentDatabase()',
  params: z.object({}),
  row: z.object({ table: z.string(), name: z.string(), type: z.string(), default_kind: z.string() }),
})

/** One table of a database: what it is and how it is built. */
export interface DescribedTable extends TableShape {
  /** Changes when the table is made anew. */
  identity: string
}

const NO_UUID = /^[0-]+$/

/** All tables of the client's database by name. */
export async function describeTables(client: ClickHouseClient): Promise<Map<string, DescribedTable>> {
  const [tables, columns] = await Promise.all([
    runQuery(client, tablesOfAll, {}),
    runQuery(client, columnsOfAll, {}),
  ])
  const described = new Map<
    string,
    DescribedTable & { columns: Map<string, { type: string; defaultKind: string }> }
  >(
    tables.map(({ name, id, engine, partition_key, sorting_key }) => [
      name,
      {
        identity: NO_UUID.test(id) ? `table:${name}` : id,
        engine,
        partitionKey: partition_key,
        sortingKey: sorting_key,
        columns: new Map(),
      },
    ]),
  )
  for (const { table, name, type, default_kind } of columns)
    described.get(table)?.columns.set(name, { type, defaultKind: default_kind })
  return described
}

/**
 * Rows by block number, after `from` and up to `to`, sorted. Reads one small column of the partition: choosing parts by name would be
 * cheaper and wrong, because a merge between the two looks would hide rows.
 */
export async function readBlocks(
  client: ClickHouseClient,
  where: { table: string; partition: string; from: number; to: number },
): Promise<BlockRows[]> {
  const { table, ...params } = where
  const found = await runQuery(
    client,
    {
      name: `blocks of ${table}`,
      sql: `
        SELECT _block_number AS block, count() AS row_count
        FROM ${table}
        WHERE _partition_id = {partition:String} AND _block_number > {from:UInt64} AND _block_number <= {to:UInt64}
        GROUP BY block ORDER BY block`,
      params: z.object({ partition: z.string(), from: z.int(), to: z.int() }),
      row: z.object({ block: wholeNumber, row_count: wholeNumber }),
    },
    params,
  )
  return found.map(({ block, row_count }) => ({ block, rows: row_count }))
}
