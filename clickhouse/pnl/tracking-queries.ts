/** Named queries behind tracking error: targets as they were known, closes, days of the account, books, what fills lost to the middle. */
// Not here: what is made of them (tracking-store.ts).
import { z } from 'zod'
import { decimalText, defineQuery, wholeNumber } from '#clickhouse/query.ts'

const day = (ts: string): string =>
  `toUnixTimestamp64Milli(toDateTime64(toStartOfDay(${ts}, 'UTC'), 3, 'UTC'))`
const at = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`
const PERPETUAL = `NOT startsWith(coin, '@') AND position(coin, '/') = 0`
const window = { from: z.int(), to: z.int() }
const ofAccount = z.object({ account: z.string(), ...window })

/** Models with targets in the window, and accounts that could follow them: those of followers, or all when there is none. */
export const trackablePairs = defineQuery({
  name: 'models and accounts to compare',
  sql: `
    WITH followers AS (SELECT DISTINCT account FROM sessions WHERE engine = 'follower')
    SELECT model, account
    FROM (SELECT DISTINCT model FROM model_targets WHERE ts >= ${at('from')}) AS models
    CROSS JOIN (
      SELECT DISTINCT account FROM nav
      WHERE account IN followers OR (SELECT count() FROM followers) = 0
    ) AS accounts
    ORDER BY model, account`,
  params: z.object({ from: z.int() }),
  row: z.object({ model: z.string(), account: z.string() }),
})

/** The newest set of each day that was known \`known_days\` later: what was restated afterwards is not looked at. */
export const targetsAsKnown = defineQuery({
  name: 'targets as known',
  sql: `
    SELECT day_ts, coin, weight
    FROM (
      SELECT ${day('ts')} AS day_ts, coin, weight, ts, max(ts) OVER (PARTITION BY day_ts) AS newest
      FROM model_targets FINAL
      WHERE model = {model:String} AND ts >= ${at('from')} AND ts < ${at('to')}
        AND received_ts <= addDays(toStartOfDay(ts, 'UTC'), {known_days:UInt32})
    )
    WHERE ts = newest ORDER BY day_ts, coin`,
  params: z.object({ model: z.string(), known_days: z.int().min(1), ...window }),
  row: z.object({ day_ts: wholeNumber, coin: z.string(), weight: z.number() }),
})

/** Of closed days alone; the newest version of each candle. */
export const dailyCloses = defineQuery({
  name: 'daily closes',
  sql: `
    SELECT coin, toUnixTimestamp64Milli(open_ts) AS day_ts, toFloat64(close) AS close FROM candles FINAL
    WHERE interval = '1d' AND coin IN {coins:Array(String)} AND open_ts >= ${at('from')} AND open_ts < ${at('to')} AND close_ts < ${at('to')}
    ORDER BY coin, open_ts`,
  params: z.object({ coins: z.array(z.string()), ...window }),
  row: z.object({ coin: z.string(), day_ts: wholeNumber, close: z.number() }),
})

export const navDays = defineQuery({
  name: 'days of net asset value',
  sql: `
    SELECT toUnixTimestamp64Milli(day) AS day_ts, toUnixTimestamp64Milli(snapshot_ts) AS snapshot_at, nav_usd, daily_return
    FROM nav FINAL WHERE account = {account:String} AND day >= ${at('from')} AND day < ${at('to')} ORDER BY nav.day`,
  params: ofAccount,
  row: z.object({
    day_ts: wholeNumber,
    snapshot_at: wholeNumber,
    nav_usd: decimalText.nullable(),
    daily_return: z.number().nullable(),
  }),
})

/** Days of the ledger in the window, and of each coin the last one before it. */
export const ledgerOfAccount = defineQuery({
  name: 'days of the ledger by coin',
  sql: `
    SELECT coin, day_ts, sz, cost, realized, fees, funding
    FROM (
      SELECT coin, toUnixTimestamp64Milli(day) AS day_ts, toFloat64(position_sz) AS sz, toFloat64(cost_usd) AS cost,
        toFloat64(realized_usd) AS realized, toFloat64(taker_fees_usd + maker_fees_usd + builder_fees_usd - rebates_usd) AS fees,
        toFloat64(funding_usd) AS funding
      FROM pnl_daily FINAL
      WHERE account = {account:String} AND day < ${at('to')} AND ${PERPETUAL}
      ORDER BY coin, day_ts
    )
    WHERE day_ts >= {from:Int64} OR (coin, day_ts) IN (
      SELECT coin, toUnixTimestamp64Milli(max(day)) FROM pnl_daily
      WHERE account = {account:String} AND day < ${at('from')} GROUP BY coin
    )
    ORDER BY coin, day_ts`,
  params: ofAccount,
  row: z.object({
    coin: z.string(),
    day_ts: wholeNumber,
    sz: z.number(),
    cost: z.number(),
    realized: z.number(),
    fees: z.number(),
    funding: z.number(),
  }),
})

/** Signed size × (middle − price) of each fill whose middle was recorded in the minute before it. */
export const slippageByDay = defineQuery({
  name: 'slippage by day and coin',
  sql: `
    WITH traded AS (
      SELECT coin, ts, toFloat64(px) AS px, if(side = 'buy', 1, -1) * toFloat64(sz) AS signed FROM fills FINAL
      WHERE account = {account:String} AND ts >= ${at('from')} AND ts < ${at('to')} AND ${PERPETUAL}
    ), seen AS (
      SELECT coin, ts, toFloat64(mid) AS mid FROM mids
      WHERE mid > 0 AND (coin, toStartOfMinute(ts)) IN (
        SELECT coin, arrayJoin([toStartOfMinute(ts), toStartOfMinute(ts) - INTERVAL 1 MINUTE]) FROM traded
      )
    )
    SELECT traded.coin AS coin, ${day('traded.ts')} AS day_ts, sum(signed * (seen.mid - px)) AS usd
    FROM traded ASOF INNER JOIN seen ON traded.coin = seen.coin AND traded.ts >= seen.ts
    WHERE traded.ts <= seen.ts + INTERVAL 1 MINUTE
    GROUP BY coin, day_ts ORDER BY coin, day_ts`,
  params: ofAccount,
  row: z.object({ coin: z.string(), day_ts: wholeNumber, usd: z.number() }),
})

/** Positions of each day's last snapshot, as signed fractions of equity; a flat book has no rows. */
export const booksOfAccount = defineQuery({
  name: 'book of each day',
  sql: `
    SELECT ${day('p.ts')} AS day_ts, p.coin AS coin, toFloat64(p.notional_usd) / toFloat64(n.nav_usd) AS weight
    FROM (SELECT * FROM position_snapshots FINAL WHERE account = {account:String} AND ts >= ${at('from')} AND ts < ${at('to')}) AS p
    INNER JOIN (
      SELECT snapshot_ts, nav_usd FROM nav FINAL
      WHERE account = {account:String} AND day >= ${at('from')} AND day < ${at('to')} AND nav_usd > 0
    ) AS n ON n.snapshot_ts = p.ts
    ORDER BY day_ts, coin`,
  params: ofAccount,
  row: z.object({ day_ts: wholeNumber, coin: z.string(), weight: z.number().nullable() }),
})

export const storedTracking = defineQuery({
  name: 'stored tracking error',
  sql: `
    SELECT * EXCEPT (day, revision), toUnixTimestamp64Milli(day) AS day_ts, revision FROM tracking_error FINAL
    WHERE model = {model:String} AND account = {account:String} AND day >= ${at('from')} AND day < ${at('to')} ORDER BY day_ts`,
  params: z.object({ model: z.string(), account: z.string(), ...window }),
  row: z.object({
    model: z.string(),
    account: z.string(),
    day_ts: wholeNumber,
    revision: wholeNumber,
    lag_days: wholeNumber,
    leverage: z.number(),
    live_return: z.number().nullable(),
    paper_return: z.number().nullable(),
    coverage: z.number().nullable(),
    difference: z.number().nullable(),
    mean_7d: z.number().nullable(),
    te_7d: z.number().nullable(),
    fees: z.number().nullable(),
    funding: z.number().nullable(),
    slippage: z.number().nullable(),
    timing: z.number().nullable(),
    sizing: z.number().nullable(),
    missing: z.number().nullable(),
    extra: z.number().nullable(),
    wrong_side: z.number().nullable(),
    rest: z.number().nullable(),
  }),
})

export const storedCoins = defineQuery({
  name: 'stored coins of tracking error',
  sql: `
    SELECT toUnixTimestamp64Milli(day) AS day_ts, coin, target, actual, mismatch, gap_return, reason FROM tracking_error_coins FINAL
    WHERE model = {model:String} AND account = {account:String} AND day >= ${at('from')} AND day < ${at('to')}
    ORDER BY day_ts, coin`,
  params: z.object({ model: z.string(), account: z.string(), ...window }),
  row: z.object({
    day_ts: wholeNumber,
    coin: z.string(),
    target: z.number(),
    actual: z.number(),
    mismatch: z.string(),
    gap_return: z.number(),
    reason: z.string(),
  }),
})

/** States that orders of an account went through, by the hour. */
export const orderTraces = defineQuery({
  name: 'states of orders by the hour',
  sql: `
    SELECT DISTINCT coin, toUnixTimestamp64Milli(toDateTime64(toStartOfHour(status_ts), 3, 'UTC')) AS hour_ts, status, reduce_only
    FROM orders WHERE account = {account:String} AND status_ts >= ${at('from')} AND status_ts < ${at('to')} AND status != 'intent'
    ORDER BY coin, hour_ts, status`,
  params: ofAccount,
  row: z.object({ coin: z.string(), hour_ts: wholeNumber, status: z.string(), reduce_only: z.boolean() }),
})
