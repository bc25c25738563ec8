/** Named queries that fold recorded rows into figures per coin: the last 24 hours of candles, and one figure per day and metric. */
// Not here: storing the figures (activities/collect-market.ts, activities/daily-stats.ts).
import { z } from 'zod'
import { decimalText, defineQuery, wholeNumber } from '#clickhouse/query.ts'

/** High, low and trades of each coin's stored 1m candles of the 24 hours that end with its newest one. */
export const dayOfCandles = defineQuery({
  name: 'day of candles',
  sql: `
    SELECT coin, max(high) AS high_px, min(low) AS low_px, sum(trades) AS trades, count() AS minutes
    FROM candles FINAL
    INNER JOIN (
      SELECT coin, max(open_ts) AS newest FROM candles WHERE interval = '1m' AND received_ts >= now64(3) - INTERVAL 1 DAY GROUP BY coin
    ) AS last USING (coin)
    WHERE interval = '1m' AND open_ts > newest - INTERVAL 1 DAY
    GROUP BY coin
    ORDER BY coin`,
  params: z.object({}),
  row: z.object({
    coin: z.string(),
    high_px: decimalText,
    low_px: decimalText,
    trades: wholeNumber,
    minutes: wholeNumber,
  }),
})

/** Coins that are recorded, each with its newest stored funding rate; 0 where there is none. */
export const lastFunding = defineQuery({
  name: 'last funding',
  sql: `
    SELECT coin, toUnixTimestamp64Milli(max(ts)) AS last_ms
    FROM (
      SELECT coin, toDateTime64(0, 3, 'UTC') AS ts FROM candles WHERE received_ts >= now64(3) - INTERVAL 2 DAY GROUP BY coin
      UNION ALL
      SELECT coin, max(ts) AS ts FROM funding_rates GROUP BY coin
    )
    GROUP BY coin
    ORDER BY coin`,
  params: z.object({}),
  row: z.object({ coin: z.string(), last_ms: wholeNumber }),
})

const day = (column: string): string =>
  `toUnixTimestamp64Milli(toDateTime64(toStartOfDay(${column}), 3, 'UTC')) AS day_ms`
const within = (column: string): string =>
  `${column} >= fromUnixTimestamp64Milli({from_ts:Int64}) AND ${column} < fromUnixTimestamp64Milli({until_ts:Int64})`

const SLIPPAGES = [
  [1_000, '1k'],
  [10_000, '10k'],
  [100_000, '100k'],
] as const

/** Own figures of the days that begin in [from_ts, until_ts). Slippages count only books that held the whole order. */
export const ownDailyFigures = defineQuery({
  name: 'own daily figures',
  sql: [
    `SELECT 'open_interest_usd' AS metric, coin, ${day('ts')}, toString(argMax(open_interest * mark_px, ts)) AS value, count() AS samples
     FROM asset_contexts WHERE ${within('ts')} GROUP BY coin, day_ms`,
    `SELECT 'volume_usd' AS metric, coin, ${day('ts')}, toString(sum(toDecimal128(px, 8) * sz)) AS value, count() AS samples
     FROM trades FINAL WHERE ${within('ts')} GROUP BY coin, day_ms`,
    `SELECT 'notional_liquidated_usd' AS metric, coin, ${day('ts')}, toString(sum(notional_usd)) AS value, count() AS samples
     FROM liquidations FINAL WHERE ${within('ts')} GROUP BY coin, day_ms`,
    `SELECT 'mid_px' AS metric, coin, ${day('ts')}, toString(argMax(mid, ts)) AS value, count() AS samples
     FROM liquidity WHERE ${within('ts')} GROUP BY coin, day_ms`,
    ...SLIPPAGES.map(
      ([usd, word]) =>
        `SELECT 'slippage_${word}_bps' AS metric, coin, ${day('ts')}, toString(toDecimal64(quantileExact(toFloat64(cost_bps)), 8)) AS value, count() AS samples
     FROM liquidity WHERE usd = ${usd} AND filled_usd >= ${usd - 1} AND ${within('ts')} GROUP BY coin, day_ms`,
    ),
  ].join('\n    UNION ALL\n    '),
  params: z.object({ from_ts: z.int().min(0), until_ts: z.int().min(0) }),
  row: z.object({
    metric: z.string(),
    coin: z.string(),
    day_ms: wholeNumber,
    value: z.string(),
    samples: wholeNumber,
  }),
})
