/** What tracking error reports read: stored days with their causes, lags of the books, coins of one day, the model's own performance. */
// Not here: who computes them (activities/tracking-error.ts).
import { z } from 'zod'
import { defineQuery, wholeNumber } from '#clickhouse/query.ts'

const at = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`
const params = z.object({ model: z.string(), account: z.string(), from: z.int(), to: z.int() })
const WHERE = `({model:String} = '' OR model = {model:String}) AND ({account:String} = '' OR account = {account:String})
  AND day >= ${at('from')} AND day < ${at('to')}`
const part = z.number().nullable()

export const trackingDays = defineQuery({
  name: 'tracking error by day',
  sql: `
    SELECT model, account, toUnixTimestamp64Milli(day) AS day_ts, lag_days, live_return, paper_return, coverage, difference,
      mean_7d, te_7d, fees, funding, slippage, timing, sizing, missing, extra, wrong_side, rest, revision
    FROM tracking_error FINAL WHERE ${WHERE} ORDER BY model, account, day_ts`,
  params,
  row: z.object({
    model: z.string(),
    account: z.string(),
    day_ts: wholeNumber,
    lag_days: wholeNumber,
    live_return: part,
    paper_return: part,
    coverage: part,
    difference: part,
    mean_7d: part,
    te_7d: part,
    fees: part,
    funding: part,
    slippage: part,
    timing: part,
    sizing: part,
    missing: part,
    extra: part,
    wrong_side: part,
    rest: part,
    revision: wholeNumber,
  }),
})
export type TrackingDayRow = z.output<typeof trackingDays.row>

export const trackingLags = defineQuery({
  name: 'books by lag',
  sql: `
    SELECT model, account, toUnixTimestamp64Milli(day) AS day_ts, lag, active_share, mean_abs_diff, missing, extra, sign_flip,
      mis_sized, aligned, best
    FROM tracking_error_lags FINAL WHERE ${WHERE} ORDER BY model, account, day_ts, lag`,
  params,
  row: z.object({
    model: z.string(),
    account: z.string(),
    day_ts: wholeNumber,
    lag: wholeNumber,
    active_share: part,
    mean_abs_diff: part,
    missing: wholeNumber,
    extra: wholeNumber,
    sign_flip: wholeNumber,
    mis_sized: wholeNumber,
    aligned: wholeNumber,
    best: z.boolean(),
  }),
})

export const trackingCoins = defineQuery({
  name: 'coins of tracking error',
  sql: `
    SELECT model, account, toUnixTimestamp64Milli(day) AS day_ts, coin, target, actual, mismatch, gap_return, reason
    FROM tracking_error_coins FINAL WHERE ${WHERE} AND (target != 0 OR actual != 0)
    ORDER BY model, account, day_ts, coin LIMIT 100000`,
  params,
  row: z.object({
    model: z.string(),
    account: z.string(),
    day_ts: wholeNumber,
    coin: z.string(),
    target: z.number(),
    actual: z.number(),
    mismatch: z.string(),
    gap_return: z.number(),
    reason: z.string(),
  }),
})

export type TrackingCoinRow = z.output<typeof trackingCoins.row>

/** Of each pair with the lag that its stored day was compared with. */
export const modelDays = defineQuery({
  name: "the model's own performance",
  sql: `
    SELECT model, account, toUnixTimestamp64Milli(day) AS day_ts, lag_days, gross_return, turnover, net_return
    FROM model_performance FINAL
    WHERE ${WHERE} AND (model, account, lag_days, day) IN (SELECT model, account, lag_days, day FROM tracking_error FINAL WHERE ${WHERE})
    ORDER BY model, account, day_ts`,
  params,
  row: z.object({
    ...{ model: z.string(), account: z.string(), day_ts: wholeNumber, lag_days: wholeNumber },
    ...{ gross_return: part, turnover: z.number(), net_return: part },
  }),
})

/** Sums by class, over buckets of `step_ms`: an hour, a day, or the whole window. */
export const trackingClasses = defineQuery({
  name: 'hourly classes',
  sql: `
    SELECT model, account, intDiv(toUnixTimestamp64Milli(ts), {step_ms:Int64}) * {step_ms:Int64} AS bucket_ts, kind,
      sum(coins) AS coins, sum(squared_error) AS squared_error, sum(flip_error) AS flip_error,
      sum(younger_error) AS younger_error, sum(younger_coins) AS younger_coins
    FROM (
      SELECT * FROM tracking_error_hours FINAL
      WHERE ({model:String} = '' OR model = {model:String}) AND ({account:String} = '' OR account = {account:String})
        AND ts >= ${at('from')} AND ts < ${at('to')}
    )
    GROUP BY model, account, bucket_ts, kind ORDER BY model, account, bucket_ts, kind`,
  params: params.extend({ step_ms: z.int().min(1) }),
  row: z.object({
    ...{ model: z.string(), account: z.string(), bucket_ts: wholeNumber, kind: z.string() },
    ...{ coins: wholeNumber, squared_error: z.number(), flip_error: z.number() },
    ...{ younger_error: z.number(), younger_coins: wholeNumber },
  }),
})
export type TrackingClassRow = z.output<typeof trackingClasses.row>
