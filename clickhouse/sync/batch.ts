/** One batch: rows of a few blocks as a single Native block from the source into the remote, under its token. */
// Not here: which blocks (plan.ts), what is written down around it (copy.ts).
// Why one block: a token is only recognised again when the repeat is cut as the first try was, and a single block cannot be cut otherwise.
import { Readable } from 'node:stream'
import { z } from 'zod'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { runQuery, wholeNumber } from '#clickhouse/query.ts'
import type { Limiter } from '#clickhouse/sync/limiter.ts'
import { BATCH_COLUMN, type RemoteTarget } from '#clickhouse/sync/remote.ts'

/** Larger than any block: with it a sorted result is one block. */
const ONE_BLOCK = { max_block_size: '1048449', optimize_read_in_order: 0 } as const

export interface BatchQuery {
  table: string
  columns: readonly string[]
  /** Value of the batch column. */
  batch: number
  token: string
  /** Condition on the source's rows, with its parameters. */
  where: string
  params: Readonly<Record<string, unknown>>
  final?: boolean
}

export interface BatchDeps {
  source: ClickHouseClient
  remote: RemoteTarget
  bytes: Limiter
  signal: AbortSignal
}

/** Blocks after `from` up to `to` of one partition: rows of an older block come first, so that the newest version of a key stays. */
export const BLOCKS_WHERE =
  '_partition_id = {partition:String} AND _block_number > {from:UInt64} AND _block_number <= {to:UInt64}'

/**
 * Sends the batch. Sent again it changes nothing, as long as the remote remembers the token.
 * @returns rows and bytes that went over the wire
 * @throws what the client throws; nothing or everything of the batch is stored
 */
export async function sendBatch(
  deps: BatchDeps,
  query: BatchQuery,
): Promise<{ rows: number; bytes: number }> {
  const { source, remote, signal } = deps
  const names = query.columns.join(', ')
  const sent = { rows: 0, bytes: 0 }
  const read = await source.exec({
    query: `SELECT ${names}, toUInt64(${query.batch}) AS ${BATCH_COLUMN} FROM ${query.table}${query.final ? ' FINAL' : ''}
      WHERE ${query.where} ORDER BY _block_number FORMAT Native`,
    query_params: { ...query.params },
    clickhouse_settings: ONE_BLOCK,
    abort_signal: signal,
  })
  const write = await remote.client.exec({
    query: `INSERT INTO ${query.table} (${names}, ${BATCH_COLUMN}) FORMAT Native`,
    values: Readable.from(counted(read.stream, deps, sent), { objectMode: false }),
    clickhouse_settings: { ...remote.settings, insert_deduplication_token: query.token },
    abort_signal: signal,
  })
  for await (const _ of write.stream) {
    // An insert answers nothing; reading to the end frees the connection.
  }
  return sent
}

async function* counted(
  pieces: AsyncIterable<Uint8Array>,
  { bytes, signal }: BatchDeps,
  sent: { rows: number; bytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    if (sent.bytes === 0) sent.rows = rowsOfNativeBlock(piece)
    sent.bytes += piece.length
    await bytes.take(piece.length, signal)
    yield piece
  }
}

/** A Native block begins with two LEB128 numbers: columns and rows. */
export function rowsOfNativeBlock(block: Uint8Array): number {
  let at = 0
  const number = (): number => {
    let value = 0
    for (let factor = 1; at < block.length; factor *= 128) {
      const byte = block[at++] as number
      value += (byte & 127) * factor
      if (byte < 128) break
    }
    return value
  }
  number()
  return number()
}

/** Rows of the partition that a batch brought to the remote. */
export async function rowsOfBatchThere(
  { client, settings }: RemoteTarget,
  where: { table: string; partition: string; batch: number },
): Promise<number> {
  const { table, ...params } = where
  const sequential = settings.select_sequential_consistency
    ? 'SETTINGS select_sequential_consistency = 1'
    : ''
  const [found] = await runQuery(
    client,
    {
      name: `rows of a batch of ${table}`,
      sql: `SELECT count() AS row_count FROM ${table}
        WHERE _partition_id = {partition:String} AND ${BATCH_COLUMN} = {batch:UInt64} ${sequential}`,
      params: z.object({ partition: z.string(), batch: z.int() }),
      row: z.object({ row_count: wholeNumber }),
    },
    params,
  )
  return found?.row_count ?? 0
}
