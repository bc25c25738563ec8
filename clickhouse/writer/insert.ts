/** Sends one batch to ClickHouse, and judges a failure: the weather, an unready schema, or a batch that nobody will ever take. */
import { Readable } from 'node:stream'
import type { ClickHouseClient } from '@clickhouse/client'
import type { SegmentContent } from '#clickhouse/writer/segment.ts'

/**
 * `weather` passes by itself: try for ever. `schema` passes when somebody migrates: try for long.
 * `unclear` is tried some times. `poison` is refused for its content: trying again is pointless.
 */
export type FailureKind = 'weather' | 'schema' | 'unclear' | 'poison'

/**
 * One insert of one partition under its token: sent again, it changes nothing.
 * Works with any server that @clickhouse/client reaches. @throws what the client throws
 */
export async function insertBatch(
  client: ClickHouseClient,
  { header, pieces }: SegmentContent,
  signal: AbortSignal,
): Promise<void> {
  const { stream } = await client.exec({
    query: `INSERT INTO ${header.table} (${header.columns.join(', ')}) FORMAT RowBinary`,
    values: Readable.from(pieces, { objectMode: false }),
    abort_signal: signal,
    clickhouse_settings: {
      async_insert: 0, // on by default in new servers: it would answer before the rows are stored, and forget tokens
      insert_deduplicate: 1,
      insert_deduplication_token: header.token,
      wait_end_of_query: 1,
    },
  })
  for await (const _ of stream) {
    // The answer to an insert has no body; reading it to the end frees the connection.
  }
}

/** Codes for a value, a type or a constraint that the rows break. Source: ErrorCodes.cpp of ClickHouse. */
const POISON = new Set([6, 26, 27, 33, 38, 41, 43, 53, 69, 70, 72, 117, 131, 321, 349, 407, 469])
/** Unknown column, table, database, or number of columns: what a migration mends. */
const SCHEMA = new Set([8, 10, 16, 20, 47, 60, 81])
/** Load, memory, time, network, read-only phases, login: what passes or what an operator mends. */
const WEATHER = new Set([
  3, 23, 74, 75, 76, 159, 160, 164, 173, 192, 193, 194, 201, 202, 209, 210, 236, 241, 242, 243, 252, 279, 285,
  319, 341, 394, 425, 439, 497, 516, 999,
])

/** Judges what `insertBatch` threw. Whatever is no answer of ClickHouse is weather. */
export function judgeFailure(error: unknown): FailureKind {
  const code = Number((error as { code?: unknown } | null)?.code)
  if (!Number.isInteger(code)) return 'weather'
  if (POISON.has(code)) return 'poison'
  if (SCHEMA.has(code)) return 'schema'
  return WEATHER.has(code) ? 'weather' : 'unclear'
}
