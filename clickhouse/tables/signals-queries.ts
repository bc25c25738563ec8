/** Named queries about signals: the newest, their history, prices to hold them against, and their returns. */
// Not here: the traders behind them (traders-queries.ts).
import { z } from 'zod'
import { defineQuery, wholeNumber } from '#clickhouse/query.ts'

const at = (column: string, name: string): string => `toUnixTimestamp64Milli(${column}) AS ${name}`
const SIGNAL = {
  coin: z.string(),
  at: wholeNumber,
  recommendation: z.enum(['LONG', 'SHORT', 'NEUTRAL']),
  confidence: z.number(),
  long_bias: z.number(),
  short_bias: z.number(),
  net_exposure: z.number(),
  participation: z.number(),
  longs: wholeNumber,
  shorts: wholeNumber,
  flats: wholeNumber,
  unknown: wholeNumber,
  price: z.number(),
  change: z.string(),
  alert: z.boolean(),
}
const COLUMNS = `coin, ${at('ts', 'at')}, recommendation, confidence, long_bias, short_bias, net_exposure, participation,
      longs, shorts, flats, unknown, price, change, alert`

/** The newest signal of each coin that is not older than `since`. */
export const latestSignals = defineQuery({
  name: 'latest signals',
  sql: `
    SELECT ${COLUMNS}
    FROM signals FINAL
    WHERE ts >= fromUnixTimestamp64Milli({since:Int64})
    ORDER BY coin, ts DESC
    LIMIT 1 BY coin`,
  params: z.object({ since: z.int().min(0).default(0) }),
  row: z.object(SIGNAL),
})

/** Signals of one coin, oldest first. */
export const signalsOfCoin = defineQuery({
  name: 'signals of a coin',
  sql: `
    SELECT * FROM (
      SELECT ${COLUMNS}
      FROM signals FINAL
      WHERE coin = {coin:String} AND ts >= fromUnixTimestamp64Milli({since:Int64})
      ORDER BY ts DESC
      LIMIT {limit:UInt32}
    ) ORDER BY at`,
  params: z.object({
    coin: z.string(),
    since: z.int().min(0).default(0),
    limit: z.int().min(1).max(100_000),
  }),
  row: z.object(SIGNAL),
})

/** Newest mark of each coin and when it was seen; where no mark is recorded, the last trade. */
export const marksNow = defineQuery({
  name: 'marks now',
  sql: `
    SELECT coin, toFloat64(argMax(px, (kind, ts))) AS price, toUnixTimestamp64Milli(argMax(ts, (kind, ts))) AS at
    FROM (
      SELECT coin, mark_px AS px, ts, 2 AS kind FROM asset_contexts WHERE ts >= fromUnixTimestamp64Milli({since:Int64})
      UNION ALL
      SELECT coin, px, ts, 1 AS kind FROM trades WHERE ts >= fromUnixTimestamp64Milli({since:Int64})
    )
    GROUP BY coin`,
  params: z.object({ since: z.int().min(0) }),
  row: z.object({ coin: z.string(), price: z.number(), at: wholeNumber }),
})

/** Signals whose return at a horizon is due and not written yet, with the price then: the last close at or before the horizon. */
export const dueReturns = defineQuery({
  name: 'due returns',
  sql: `
    SELECT s.coin AS coin, ${at('s.ts', 'at')}, s.recommendation AS recommendation, s.confidence AS confidence, s.price AS price,
      toFloat64(c.close) AS later_price, ${at('c.close_ts', 'later_at')}
    FROM (
      SELECT coin, ts, recommendation, confidence, price, ts + toIntervalMillisecond({horizon:UInt32}) AS due_ts
      FROM signals FINAL
      WHERE due_ts <= fromUnixTimestamp64Milli({now:Int64}) AND due_ts > fromUnixTimestamp64Milli({since:Int64}) AND price > 0
        AND (coin, ts) NOT IN (SELECT coin, ts FROM signal_returns WHERE horizon_ms = {horizon:UInt32})
    ) AS s
    ASOF JOIN (
      SELECT coin, close, close_ts FROM candles FINAL
      WHERE interval = '1m' AND close_ts > fromUnixTimestamp64Milli({since:Int64}) - INTERVAL 5 MINUTE
    ) AS c ON c.coin = s.coin AND c.close_ts <= s.due_ts
    ORDER BY s.ts
    LIMIT {limit:UInt32}`,
  params: z.object({
    horizon: z.int().min(1),
    now: z.int().min(0),
    since: z.int().min(0),
    limit: z.int().min(1).max(100_000),
  }),
  row: z.object({
    coin: z.string(),
    at: wholeNumber,
    recommendation: z.enum(['LONG', 'SHORT', 'NEUTRAL']),
    confidence: z.number(),
    price: z.number(),
    later_price: z.number(),
    later_at: wholeNumber,
  }),
})

/** Returns since a moment, of one coin or of all. */
export const returnsSince = defineQuery({
  name: 'signal returns since',
  sql: `
    SELECT coin, ${at('ts', 'at')}, horizon_ms, recommendation, price_return, signal_return
    FROM signal_returns FINAL
    WHERE ts >= fromUnixTimestamp64Milli({since:Int64}) AND ({coin:String} = '' OR coin = {coin:String})
    ORDER BY ts
    LIMIT {limit:UInt32}`,
  params: z.object({ coin: z.string(), since: z.int().min(0), limit: z.int().min(1).max(1_000_000) }),
  row: z.object({
    coin: z.string(),
    at: wholeNumber,
    horizon_ms: wholeNumber,
    recommendation: z.enum(['LONG', 'SHORT', 'NEUTRAL']),
    price_return: z.number(),
    signal_return: z.number(),
  }),
})
