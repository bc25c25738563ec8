/** Writes derived rows straight into ClickHouse and returns when they are stored: whoever made them can make them again. */
// Not here: rows that must never be lost (clickhouse/writer).
import { Readable } from 'node:stream'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { QueryFailedError } from '#clickhouse/query.ts'
import { RowSink } from '#clickhouse/row-sink.ts'
import type { Row, Table } from '#clickhouse/table.ts'

const ROWS_MAX = 100_000

/** @throws QueryFailedError when ClickHouse refuses or cannot be reached, InvalidCellError for a row that does not fit */
export async function insertRows<T extends Table>(
  client: ClickHouseClient,
  table: T,
  rows: readonly Row<T>[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_MAX) {
    const sink = new RowSink()
    for (const row of rows.slice(from, from + ROWS_MAX)) table.writeRow(sink, row)
    await insertBytes(client, table, sink.filled())
  }
}

async function insertBytes(client: ClickHouseClient, table: Table, bytes: Buffer): Promise<void> {
  try {
    const { stream } = await client.exec({
      query: `INSERT INTO ${table.name} (${table.columnNames.join(', ')}) FORMAT RowBinary`,
      values: Readable.from([bytes], { objectMode: false }),
      // A month each: a whole history has many. The same rows may be right again after others were there.
      clickhouse_settings: {
        async_insert: 0,
        insert_deduplicate: 0,
        max_partitions_per_insert_block: '0',
        wait_end_of_query: 1,
      },
    })
    for await (const _ of stream) {
      // Without a body; reading to the end frees the connection.
    }
  } catch (error) {
    throw new QueryFailedError(`insert into ${table.name}`, error)
  }
}
