/** Named queries of an analyst: which gates blocked most, which moves were missed, minute closes of the market. */
// Not here: round trips (domain/analyst/round-trips.ts over fills, orders and decisions of trading-queries.ts).
import { z } from 'zod'
import { defineQuery, wholeNumber } from '#clickhouse/query.ts'

const session = {
  session_id: z.string().min(1),
  since_ts: z.int().min(0),
}
const SINCE = 'ts >= fromUnixTimestamp64Milli({since_ts:Int64})'

/** How often each gate stopped something, the busiest first. */
export const gatesOfSession = defineQuery({
  name: 'gates of session',
  sql: `
    SELECT
      gate, count() AS times, uniqExact(coin) AS coins, groupUniqArray(5)(reason) AS reasons,
      toUnixTimestamp64Milli(min(ts)) AS first_at, toUnixTimestamp64Milli(max(ts)) AS last_at
    FROM decisions FINAL
    WHERE session_id = {session_id:String} AND gate != '' AND ${SINCE}
    GROUP BY gate
    ORDER BY times DESC, gate`,
  params: z.object(session),
  row: z.object({
    gate: z.string(),
    times: wholeNumber,
    coins: wholeNumber,
    reasons: z.array(z.string()),
    first_at: wholeNumber,
    last_at: wholeNumber,
  }),
})

/**
 * Moves that followed a decision which a gate stopped, while the coin was not held: from the close it was taken on to the close
 * \`horizon_ms\` later, the largest first. One row a coin, gate and hour, so that a gate that stands for a day is not a thousand rows.
 */
export const missedMoves = defineQuery({
  name: 'missed moves',
  sql: `
    SELECT
      coin, gate, toUnixTimestamp64Milli(at_first) AS at, any_reason AS reason, px, toFloat64(c.close) AS later_px,
      100 * (toFloat64(c.close) / px - 1) AS move_pct
    FROM (
      SELECT
        coin, gate, min(ts) AS at_first, argMin(reason, ts) AS any_reason,
        argMin(JSONExtractFloat(inputs, 'close'), ts) AS px,
        min(ts) + toIntervalMillisecond({horizon_ms:Int64}) AS at_later
      FROM decisions FINAL
      WHERE session_id = {session_id:String} AND gate != '' AND kind IN ('hold', 'enter', 'flip') AND ${SINCE}
        AND JSONExtractFloat(inputs, 'close') > 0
        AND toFloat64OrZero(JSONExtractString(inputs, 'position_sz')) = 0 AND JSONExtractFloat(inputs, 'position_sz') = 0
      GROUP BY coin, gate, toStartOfHour(ts)
    ) AS d
    ASOF INNER JOIN (SELECT coin, close_ts, close FROM candles FINAL WHERE interval = {interval:String}) AS c
      ON d.coin = c.coin AND d.at_later <= c.close_ts
    WHERE toUnixTimestamp64Milli(c.close_ts) - toUnixTimestamp64Milli(d.at_later) <= 3600000
    ORDER BY abs(move_pct) DESC, at
    LIMIT {limit:UInt32}`,
  params: z.object({
    ...session,
    horizon_ms: z.int().min(60_000),
    interval: z.string().default('1m'),
    limit: z.int().min(1).max(10_000),
  }),
  row: z.object({
    coin: z.string(),
    gate: z.string(),
    at: wholeNumber,
    reason: z.string(),
    px: z.number(),
    later_px: z.number(),
    move_pct: z.number(),
  }),
})

/** Closes of the last minutes per coin, oldest first. */
export const minuteCloses = defineQuery({
  name: 'minute closes',
  sql: `
    SELECT coin, groupArray(px) AS closes
    FROM (
      SELECT coin, toFloat64(close) AS px
      FROM candles FINAL
      WHERE interval = '1m' AND open_ts > fromUnixTimestamp64Milli({until_ts:Int64}) - toIntervalMinute({minutes:UInt32})
        AND open_ts <= fromUnixTimestamp64Milli({until_ts:Int64})
      ORDER BY coin, open_ts
    )
    GROUP BY coin ORDER BY coin`,
  params: z.object({ until_ts: z.int().min(0), minutes: z.int().min(1).max(1_440).default(61) }),
  row: z.object({ coin: z.string(), closes: z.array(z.number()) }),
})
