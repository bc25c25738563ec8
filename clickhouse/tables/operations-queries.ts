/** Named queries about the machinery: what is recorded, gaps, health. */
import { z } from 'zod'
import { defineQuery, wholeNumber } from '#clickhouse/query.ts'

const ms = (column: string): string => `toUnixTimestamp64Milli(${column})`
const limit = z.int().min(1).max(10_000)

const stream = (table: string, columns: { coin?: string; ts?: string; received?: string } = {}): string =>
  `SELECT '${table}' AS stream, ${columns.coin ?? 'coin'} AS coin_name, count() AS row_count, ${ms(`min(${columns.ts ?? 'ts'})`)} AS first_ts,
    ${ms(`max(${columns.ts ?? 'ts'})`)} AS last_ts, ${ms(`max(${columns.received ?? 'received_ts'})`)} AS received_at
  FROM ${table} GROUP BY coin_name`

/** What the streamers have stored, a row a stream and coin. Rows as stored: one sent twice counts twice until ClickHouse merges it away. */
export const recordedStreams = defineQuery({
  name: 'recorded streams',
  sql: [
    stream('trades'),
    stream('l2_snapshots'),
    stream('bbo'),
    stream('candles', { coin: "concat(coin, ' ', interval)", ts: 'open_ts' }),
    stream('asset_contexts', { received: 'ts' }),
    // One row for all coins: the venue names hundreds.
    stream('mids', { coin: "''", received: 'ts' }),
  ].join(' UNION ALL '),
  params: z.object({}),
  row: z.object({
    stream: z.string(),
    coin_name: z.string(),
    row_count: wholeNumber,
    first_ts: wholeNumber,
    last_ts: wholeNumber,
    received_at: wholeNumber,
  }),
})

/** Newest gaps first; of an open one `closed_at` is 0. */
export const latestGaps = defineQuery({
  name: 'latest gaps',
  sql: `
    SELECT channel, coin, ${ms('opened_ts')} AS opened_at, ${ms('closed_ts')} AS closed_at, reason, rows_recovered, status
    FROM ingest_gaps FINAL
    ORDER BY opened_ts DESC, channel, coin
    LIMIT {limit:UInt32}`,
  params: z.object({ limit }),
  row: z.object({
    channel: z.string(),
    coin: z.string(),
    opened_at: wholeNumber,
    closed_at: wholeNumber,
    reason: z.string(),
    rows_recovered: wholeNumber,
    status: z.string(),
  }),
})

/** Newest first. */
export const latestHealth = defineQuery({
  name: 'latest health',
  sql: `
    SELECT service, kind, details, ${ms('ts')} AS at
    FROM health FINAL
    WHERE ts >= fromUnixTimestamp64Milli({since_ts:Int64})
    ORDER BY ts DESC, service, kind
    LIMIT {limit:UInt32}`,
  params: z.object({ since_ts: z.int().min(0), limit }),
  row: z.object({ service: z.string(), kind: z.string(), details: z.string(), at: wholeNumber }),
})
