/** Named queries about the machinery: what is recorded, gaps, health. */
import { z } from 'zod'
import { defineQuery, wholeNumber } from '#clickhouse/query.ts'

/** What the streamers have stored since `since_ts`, one row a channel and coin. Re-sent rows count once. */
export const ingestStatus = defineQuery({
  name: 'ingest status',
  sql: ['trades', 'l2_snapshots', 'bbo', 'mids', 'asset_contexts']
    .map(
      (table) => `
    SELECT '${table}' AS channel, coin, count() AS rows, toUnixTimestamp64Milli(max(ts)) AS last_ts
    FROM ${table} FINAL
    WHERE ts >= fromUnixTimestamp64Milli({since_ts:Int64})
    GROUP BY coin`,
    )
    .concat(`
    SELECT concat('candles ', interval) AS channel, coin, count() AS rows, toUnixTimestamp64Milli(max(open_ts)) AS last_ts
    FROM candles FINAL
    WHERE open_ts >= fromUnixTimestamp64Milli({since_ts:Int64})
    GROUP BY coin, interval`)
    .join('\n    UNION ALL'),
  params: z.object({ since_ts: z.int().min(0) }),
  row: z.object({ channel: z.string(), coin: z.string(), rows: wholeNumber, last_ts: wholeNumber }),
})

/** Newest gaps first; open ones have closed_ts 0. */
export const latestGaps = defineQuery({
  name: 'latest gaps',
  sql: `
    SELECT
      channel, coin, reason, status, rows_recovered,
      toUnixTimestamp64Milli(opened_ts) AS opened,
      toUnixTimestamp64Milli(closed_ts) AS closed
    FROM ingest_gaps FINAL
    WHERE opened_ts >= fromUnixTimestamp64Milli({since_ts:Int64})
    ORDER BY opened_ts DESC, channel, coin
    LIMIT {limit:UInt32}`,
  params: z.object({ since_ts: z.int().min(0), limit: z.int().min(1).max(10_000) }),
  row: z.object({
    channel: z.string(),
    coin: z.string(),
    reason: z.string(),
    status: z.string(),
    rows_recovered: wholeNumber,
    opened: wholeNumber,
    closed: wholeNumber,
  }),
})

/** Newest first. */
export const latestHealth = defineQuery({
  name: 'latest health',
  sql: `
    SELECT service, kind, details, toUnixTimestamp64Milli(ts) AS at
    FROM health FINAL
    WHERE ts >= fromUnixTimestamp64Milli({since_ts:Int64})
    ORDER BY ts DESC, service, kind
    LIMIT {limit:UInt32}`,
  params: z.object({ since_ts: z.int().min(0), limit: z.int().min(1).max(10_000) }),
  row: z.object({ service: z.string(), kind: z.string(), details: z.string(), at: wholeNumber }),
})
