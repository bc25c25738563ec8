/** Named queries about tracked traders: who they are, what they hold, how right we are. */
// Not here: signals and their returns (signals-queries.ts).
import { z } from 'zod'
import { decimalText, defineQuery, wholeNumber } from '#clickhouse/query.ts'

/** Day and document of the newest selection that was used. */
const LATEST = `(SELECT day, document_ts FROM trader_selections FINAL WHERE status = 'used' ORDER BY day DESC LIMIT 1)`
const at = (column: string, name: string): string => `toUnixTimestamp64Milli(${column}) AS ${name}`

export const latestSelections = defineQuery({
  name: 'latest selections',
  sql: `
    SELECT ${at('day', 'day_ts')}, status, reason, ${at('document_ts', 'document_at')}, rows, rows_seen, faults, tracked, entered, left
    FROM trader_selections FINAL
    ORDER BY day DESC
    LIMIT {limit:UInt32}`,
  params: z.object({ limit: z.int().min(1).max(1_000) }),
  row: z.object({
    day_ts: wholeNumber,
    status: z.string(),
    reason: z.string(),
    document_at: wholeNumber,
    rows: wholeNumber,
    rows_seen: wholeNumber,
    faults: z.string(),
    tracked: wholeNumber,
    entered: wholeNumber,
    left: wholeNumber,
  }),
})

/** Who is tracked now, best first. */
export const trackedNow = defineQuery({
  name: 'tracked traders',
  sql: `
    SELECT address, rank, score
    FROM tracked_traders FINAL
    WHERE (day, received_ts) IN ${LATEST} AND change != 'left'
    ORDER BY rank
    LIMIT {limit:UInt32}`,
  params: z.object({ limit: z.int().min(1).max(10_000) }),
  row: z.object({ address: z.string(), rank: wholeNumber, score: z.number() }),
})

/** The tracked with their parts of score and their figures, best first. */
export const topTraders = defineQuery({
  name: 'top traders',
  sql: `
    SELECT
      t.address AS address, t.rank AS rank, t.score AS score, t.change AS change, t.reason AS reason,
      s.all_time AS all_time, s.month AS month, s.week AS week, s.account AS account, s.volume AS volume,
      s.consistency AS consistency, s.tags AS tags, l.display_name AS display_name, l.account_value AS account_value,
      l.day_roi AS day_roi, l.week_roi AS week_roi, l.month_roi AS month_roi, l.all_time_roi AS all_time_roi,
      p.positions AS positions, p.gross AS holds, p.confidence AS confidence, ${at('p.base', 'base_at')}
    FROM (SELECT * FROM tracked_traders FINAL WHERE (day, received_ts) IN ${LATEST} AND change != 'left') AS t
    LEFT JOIN (SELECT * FROM trader_scores FINAL WHERE (day, received_ts) IN ${LATEST}) AS s ON s.address = t.address
    LEFT JOIN (SELECT * FROM leaderboard FINAL WHERE (day, received_ts) IN ${LATEST}) AS l ON l.address = t.address
    LEFT JOIN (
      SELECT address, countIf(sz != 0) AS positions, groupArrayIf(concat(coin, ' ', toString(sz)), sz != 0) AS gross,
        min(confidence) AS confidence, max(base_ts) AS base
      FROM trader_states FINAL GROUP BY address
    ) AS p ON p.address = t.address
    ORDER BY t.rank
    LIMIT {limit:UInt32}`,
  params: z.object({ limit: z.int().min(1).max(10_000) }),
  row: z.object({
    address: z.string(),
    rank: wholeNumber,
    score: z.number(),
    change: z.string(),
    reason: z.string(),
    all_time: z.number(),
    month: z.number(),
    week: z.number(),
    account: z.number(),
    volume: z.number(),
    consistency: z.number(),
    tags: z.array(z.string()),
    display_name: z.string(),
    account_value: z.number(),
    day_roi: z.number(),
    week_roi: z.number(),
    month_roi: z.number(),
    all_time_roi: z.number(),
    positions: wholeNumber,
    holds: z.array(z.string()),
    confidence: z.number(),
    base_at: wholeNumber,
  }),
})

/** Each day on which a trader was tracked, came or left, newest first. */
export const trackingOf = defineQuery({
  name: 'tracking of a trader',
  sql: `
    SELECT ${at('t.day', 'day_ts')}, t.rank AS rank, s.score AS score, t.change AS change, t.reason AS reason,
      s.all_time AS all_time, s.month AS month, s.week AS week, s.account AS account, s.volume AS volume,
      s.consistency AS consistency, s.tags AS tags, s.likely AS likely, s.reason AS guess, s.confidence AS confidence
    FROM (SELECT * FROM trader_scores FINAL WHERE address = {address:String}) AS s
    LEFT JOIN (SELECT * FROM tracked_traders FINAL WHERE address = {address:String}) AS t ON t.day = s.day
    ORDER BY s.day DESC
    LIMIT {limit:UInt32}`,
  params: z.object({ address: z.string(), limit: z.int().min(1).max(1_000) }),
  row: z.object({
    day_ts: wholeNumber,
    rank: wholeNumber,
    score: z.number(),
    change: z.string(),
    reason: z.string(),
    all_time: z.number(),
    month: z.number(),
    week: z.number(),
    account: z.number(),
    volume: z.number(),
    consistency: z.number(),
    tags: z.array(z.string()),
    likely: z.boolean(),
    guess: z.string(),
    confidence: z.number(),
  }),
})

const STATE_ROW = z.object({
  address: z.string(),
  coin: z.string(),
  status: z.string(),
  sz: decimalText,
  entry_px: decimalText,
  confidence: z.number(),
  moved_at: wholeNumber,
  base_at: wholeNumber,
  updated_at: wholeNumber,
})
const STATE_COLUMNS = `address, coin, status, sz, entry_px, confidence, ${at('moved_ts', 'moved_at')}, ${at('base_ts', 'base_at')}, ${at('received_ts', 'updated_at')}`

/** Everything that tracked traders hold or held, with what is known of it. `address` empty: of all. */
export const statesOfTracked = defineQuery({
  name: 'states of tracked traders',
  sql: `
    SELECT ${STATE_COLUMNS}
    FROM trader_states FINAL
    WHERE {address:String} = '' AND address IN (SELECT address FROM tracked_traders FINAL WHERE (day, received_ts) IN ${LATEST} AND change != 'left')
      OR address = {address:String}
    ORDER BY address, coin
    LIMIT {limit:UInt32}`,
  params: z.object({ address: z.string(), limit: z.int().min(1).max(1_000_000) }),
  row: STATE_ROW,
})

/** Changes of one trader's positions, newest first. */
export const positionsOf = defineQuery({
  name: 'positions of a trader',
  sql: `
    SELECT coin, ${at('ts', 'at')}, sz, sz_before, entry_px, action, source, confidence, signal_confidence
    FROM trader_positions FINAL
    WHERE address = {address:String} AND ts >= fromUnixTimestamp64Milli({since:Int64})
    ORDER BY ts DESC
    LIMIT {limit:UInt32}`,
  params: z.object({
    address: z.string(),
    since: z.int().min(0).default(0),
    limit: z.int().min(1).max(100_000),
  }),
  row: z.object({
    coin: z.string(),
    at: wholeNumber,
    sz: decimalText,
    sz_before: decimalText,
    entry_px: decimalText,
    action: z.string(),
    source: z.string(),
    confidence: z.number(),
    signal_confidence: z.number(),
  }),
})

/** Open orders of one trader, or of all with an empty address; and how long ago each was looked at. */
export const openOrdersOfTraders = defineQuery({
  name: 'open orders of traders',
  sql: `
    SELECT address, oid, coin, side, px, sz, original_sz, reduce_only, status, word, source,
      ${at('opened_ts', 'opened_at')}, ${at('status_ts', 'status_at')}, ${at('seen_ts', 'seen_at')}
    FROM trader_orders FINAL
    WHERE ({address:String} = '' OR address = {address:String}) AND ({ended:UInt8} = 1 OR status = 'open')
    ORDER BY seen_ts DESC
    LIMIT {limit:UInt32}`,
  params: z.object({
    address: z.string(),
    ended: z.int().min(0).max(1).default(0),
    limit: z.int().min(1).max(1_000_000),
  }),
  row: z.object({
    address: z.string(),
    oid: wholeNumber,
    coin: z.string(),
    side: z.enum(['buy', 'sell']),
    px: decimalText,
    sz: decimalText,
    original_sz: decimalText,
    reduce_only: z.boolean(),
    status: z.string(),
    word: z.string(),
    source: z.string(),
    opened_at: wholeNumber,
    status_at: wholeNumber,
    seen_at: wholeNumber,
  }),
})

/** The stored tape after (`since`, `tid`), oldest first: what a follower reads again after a restart. */
export const tapeSince = defineQuery({
  name: 'tape since',
  sql: `
    SELECT coin, ${at('ts', 'at')}, tid, side, px, sz, buyer, seller
    FROM trades FINAL
    WHERE (ts, tid) > (fromUnixTimestamp64Milli({since:Int64}), {tid:UInt64})
    ORDER BY ts, tid
    LIMIT {limit:UInt32}`,
  params: z.object({ since: z.int().min(0), tid: z.int().min(0), limit: z.int().min(1).max(1_000_000) }),
  row: z.object({
    coin: z.string(),
    at: wholeNumber,
    tid: wholeNumber,
    side: z.enum(['buy', 'sell']),
    px: decimalText,
    sz: decimalText,
    buyer: z.string(),
    seller: z.string(),
  }),
})
