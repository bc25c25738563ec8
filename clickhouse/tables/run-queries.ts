/** Named queries for what a page draws of one run: its curve, the market beside it, its newest quotes and fills. */
// Not here: sessions, decisions and orders (trading-queries.ts); all of a maker's (maker-queries.ts). Times are epoch ms, decimals text.
import { z } from 'zod'
import { decimalText, defineQuery, wholeNumber } from '#clickhouse/query.ts'

const ms = (column: string): string => `toUnixTimestamp64Milli(${column})`
const since = 'fromUnixTimestamp64Milli({since_ts:Int64})'
const limit = z.int().min(1).max(10_000)
const run = { session_id: z.string(), run: z.int().min(0) }
const OF_RUN = 'session_id = {session_id:String} AND run = {run:UInt32}'
const flag = z.union([z.boolean(), z.literal(0), z.literal(1)]).transform(Boolean)

/** Width of a bucket, ms: a power of two of seconds, so that it seldom changes, and about 1,500 of them at most. */
const widthOf = (source: string): string =>
  `SELECT toInt64(1000 * exp2(ceil(log2(greatest(1, (${ms('max(ts)')} - ${ms('min(ts)')}) / 1500000))))) ${source}`

/** Reads backwards along the sorting key: a few rows, however long the curve is. */
export const lastEquity = defineQuery({
  name: 'last equity',
  sql: `SELECT ${ms('ts')} AS equity_ts, equity_usd, net_pnl_usd, position FROM equity WHERE ${OF_RUN} ORDER BY ts DESC LIMIT 1`,
  params: z.object(run),
  row: z.object({
    equity_ts: wholeNumber,
    equity_usd: decimalText,
    net_pnl_usd: decimalText,
    position: z.string(),
  }),
})

/** The last point of each bucket, oldest first. */
export const equityCurve = defineQuery({
  name: 'equity curve',
  sql: `
    WITH (${widthOf(`FROM equity WHERE ${OF_RUN}`)}) AS width
    SELECT intDiv(${ms('ts')}, width) * width AS bucket, max(${ms('ts')}) AS at_ts,
      toFloat64(argMax(equity_usd, ts)) AS equity, toFloat64(argMax(net_pnl_usd, ts)) AS net
    FROM equity WHERE ${OF_RUN}
    GROUP BY bucket ORDER BY bucket`,
  params: z.object(run),
  row: z.object({ bucket: wholeNumber, at_ts: wholeNumber, equity: z.number(), net: z.number() }),
})

/** Mid of one coin in buckets, as the equity curve has them. */
export const midCurve = defineQuery({
  name: 'mid curve',
  sql: `
    WITH (${widthOf(`FROM mids WHERE coin = {coin:String} AND ts >= ${since}`)}) AS width
    SELECT intDiv(${ms('ts')}, width) * width AS bucket, max(${ms('ts')}) AS at_ts, toFloat64(argMax(mid, ts)) AS price
    FROM mids WHERE coin = {coin:String} AND ts >= ${since}
    GROUP BY bucket ORDER BY bucket`,
  params: z.object({ coin: z.string(), since_ts: z.number() }),
  row: z.object({ bucket: wholeNumber, at_ts: wholeNumber, price: z.number() }),
})

/** Newest first; a run's orders carry the session's tag and the run in their ids. Trade ids may be beyond 2^53: text. */
export const newestFills = defineQuery({
  name: 'newest fills',
  sql: `
    SELECT coin, ${ms('ts')} AS at_ts, tid, cloid, side, px, sz, direction, closed_pnl, fee, crossed FROM fills FINAL
    WHERE account = {account:String} AND startsWith(cloid, {tag:String}) AND substring(cloid, 23, 8) = {run_hex:String}
    ORDER BY ts DESC, tid DESC
    LIMIT {limit:UInt32}`,
  params: z.object({ account: z.string(), tag: z.string(), run_hex: z.string(), limit }),
  row: z.object({
    coin: z.string(),
    at_ts: wholeNumber,
    tid: z.union([z.string(), z.number()]).transform(String),
    cloid: z.string(),
    side: z.string(),
    px: decimalText,
    sz: decimalText,
    direction: z.string(),
    closed_pnl: decimalText,
    fee: decimalText,
    crossed: flag,
  }),
})

/** Quotes of all coins since a time, newest first. */
export const newestQuotes = defineQuery({
  name: 'newest quotes',
  sql: `
    SELECT ${ms('ts')} AS at_ts, coin, bid_px, bid_sz, ask_px, ask_sz, mid, position_sz, gate FROM quotes FINAL
    WHERE session_id = {session_id:String} AND ts >= ${since}
    ORDER BY ts DESC
    LIMIT {limit:UInt32}`,
  params: z.object({ session_id: z.string(), since_ts: z.number(), limit }),
  row: z.object({
    at_ts: wholeNumber,
    coin: z.string(),
    bid_px: decimalText,
    bid_sz: decimalText,
    ask_px: decimalText,
    ask_sz: decimalText,
    mid: decimalText,
    position_sz: decimalText,
    gate: z.string(),
  }),
})
