/** Named queries about how much lies on disk, how fast it grows, and the rows that a recording policy would judge. */
// Not here: putting them together (clickhouse/storage.ts).
import { z } from 'zod'
import { defineQuery, wholeNumber } from '#clickhouse/query.ts'

/** Rows and bytes of every table, and the span of insert times where the table knows them. */
export const tableSizes = defineQuery({
  name: 'table sizes',
  sql: `
    SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, sum(data_uncompressed_bytes) AS uncompressed_bytes,
      count() AS parts, uniqExact(partition_id) AS partitions
    FROM system.parts
    WHERE active AND database = currentDatabase()
    GROUP BY table
    ORDER BY bytes DESC, table`,
  params: z.object({}),
  row: z.object({
    table: z.string(),
    rows: wholeNumber,
    bytes: wholeNumber,
    uncompressed_bytes: wholeNumber,
    parts: wholeNumber,
    partitions: wholeNumber,
  }),
})

/** Time column of each table that grows with time. */
export const GROWING: Readonly<Record<string, string>> = {
  trades: 'ts',
  l2_snapshots: 'ts',
  bbo: 'ts',
  candles: 'received_ts',
  mids: 'ts',
  asset_contexts: 'ts',
  liquidity: 'ts',
  tickers: 'ts',
  funding_rates: 'ts',
  account_snapshots: 'ts',
  position_snapshots: 'ts',
  decisions: 'ts',
  quotes: 'ts',
  equity: 'ts',
  session_events: 'ts',
  orders: 'status_ts',
  fills: 'ts',
  health: 'ts',
  rate_limit_usage: 'ts',
}

/** Rows of the newest day of each growing table, and the time they span: how fast it grows. */
export const growth = defineQuery({
  name: 'growth',
  sql: Object.entries(GROWING)
    .map(
      ([table, ts]) => `
    SELECT '${table}' AS table, count() AS rows, toUnixTimestamp64Milli(max(${ts})) - toUnixTimestamp64Milli(min(${ts})) AS span_ms
    FROM ${table}
    WHERE ${ts} > (SELECT max(${ts}) FROM ${table}) - INTERVAL 1 DAY`,
    )
    .join('\n    UNION ALL'),
  params: z.object({}),
  row: z.object({ table: z.string(), rows: wholeNumber, span_ms: wholeNumber }),
})

const number = z.union([z.number(), z.string()]).transform(Number)
const newest = (table: string, columns: string) => `
    SELECT coin, toUnixTimestamp64Milli(ts) AS at, ${columns}
    FROM (SELECT * FROM ${table} ORDER BY ts DESC LIMIT {limit:UInt32})
    ORDER BY coin, ts`

/** The newest rows of each table that a policy thins, ordered by coin and time, with what it judges them by. */
const judged = (table: string, columns: string) =>
  defineQuery({
    name: `judged ${table}`,
    sql: newest(table, columns),
    params: z.object({ limit: z.int().min(1).max(2_000_000) }),
    row: z.object({ coin: z.string(), at: wholeNumber, mid: number, usd: number, print: z.string() }),
  })

export const JUDGED = {
  trades: judged('trades', "0 AS mid, toFloat64(px) * toFloat64(sz) AS usd, '' AS print"),
  bbo: judged(
    'bbo',
    "if(bid_px > 0 AND ask_px > 0, (toFloat64(bid_px) + toFloat64(ask_px)) / 2, 0) AS mid, 0 AS usd, '' AS print",
  ),
  l2_snapshots: judged(
    'l2_snapshots',
    `if(notEmpty(bid_px) AND notEmpty(ask_px), (toFloat64(bid_px[1]) + toFloat64(ask_px[1])) / 2, 0) AS mid, 0 AS usd, '' AS print`,
  ),
  // The column of the figure and the one that is judged share a name: the inner one is meant.
  mids: judged('(SELECT coin, ts, mid AS price FROM mids)', '0 AS mid, 0 AS usd, toString(price) AS print'),
  asset_contexts: judged(
    'asset_contexts',
    "0 AS mid, 0 AS usd, concat(toString(mark_px), ' ', toString(oracle_px), ' ', toString(mid_px), ' ', toString(open_interest), ' ', toString(day_notional_usd)) AS print",
  ),
  liquidity: judged('liquidity', "0 AS mid, 0 AS usd, '' AS print"),
} as const
