/** What the hourly classes of tracking error read and write: hours that were seen, closes of the hour, sums by class. */
// Not here: the arithmetic (domain/tracking-error/hours.ts), days (tracking-store.ts).
import { z } from 'zod'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { insertRows } from '#clickhouse/pnl/insert-rows.ts'
import { defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import { type TrackingErrorHourRow, trackingErrorHours } from '#clickhouse/tables/tracking-error.ts'
import type { EpochMs } from '#domain/time.ts'
import type { SeenHour } from '#domain/tracking-error/hours.ts'

interface Span {
  from: EpochMs
  to: EpochMs
}

/** Hours [from, to), named by their first millisecond. */
export interface HoursStore {
  /** Hours with a snapshot of the account, in order. */
  hours(account: string, span: Span): Promise<SeenHour[]>
  hourCloses(coins: readonly string[], span: Span): Promise<Map<string, Map<EpochMs, number>>>
  storedHours(model: string, account: string, span: Span): Promise<TrackingErrorHourRow[]>
  saveHours(rows: readonly TrackingErrorHourRow[]): Promise<void>
}

const hour = (ts: string): string =>
  `toUnixTimestamp64Milli(toDateTime64(toStartOfHour(${ts}, 'UTC'), 3, 'UTC'))`
const at = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`
const window = { from: z.int(), to: z.int() }
const ofAccount = z.object({ account: z.string(), ...window })
const OWN = `account = {account:String} AND ts >= ${at('from')} AND ts < ${at('to')}`

export const equityByHour = defineQuery({
  name: 'account value by the hour',
  sql: `
    SELECT ${hour('ts')} AS hour_ts, avg(toFloat64(equity_usd)) AS equity FROM account_snapshots FINAL
    WHERE ${OWN} GROUP BY hour_ts ORDER BY hour_ts`,
  params: ofAccount,
  row: z.object({ hour_ts: wholeNumber, equity: z.number() }),
})

/** Positions of the last snapshot of each hour. */
export const positionsByHour = defineQuery({
  name: 'positions by the hour',
  sql: `
    SELECT ${hour('ts')} AS hour_ts, coin, toFloat64(sz) AS size, toFloat64(mark_px) AS mark FROM position_snapshots FINAL
    WHERE ${OWN} AND ts IN (SELECT max(ts) FROM account_snapshots WHERE ${OWN} GROUP BY toStartOfHour(ts, 'UTC'))
    ORDER BY hour_ts, coin`,
  params: ofAccount,
  row: z.object({ hour_ts: wholeNumber, coin: z.string(), size: z.number(), mark: z.number() }),
})

export const hourlyCloses = defineQuery({
  name: 'hourly closes',
  sql: `
    SELECT coin, toUnixTimestamp64Milli(open_ts) AS hour_ts, toFloat64(close) AS px FROM candles FINAL
    WHERE interval = '1h' AND coin IN {coins:Array(String)} AND open_ts >= ${at('from')} AND open_ts < ${at('to')}
    ORDER BY coin, open_ts`,
  params: z.object({ coins: z.array(z.string()), ...window }),
  row: z.object({ coin: z.string(), hour_ts: wholeNumber, px: z.number() }),
})

export const storedClasses = defineQuery({
  name: 'stored hourly classes',
  sql: `
    SELECT model, account, toUnixTimestamp64Milli(ts) AS hour_ts, kind, lag_days, coins, squared_error, flip_error, younger_error, younger_coins
    FROM tracking_error_hours FINAL
    WHERE model = {model:String} AND account = {account:String} AND ts >= ${at('from')} AND ts < ${at('to')}`,
  params: z.object({ model: z.string(), account: z.string(), ...window }),
  row: z.object({
    ...{ model: z.string(), account: z.string(), hour_ts: wholeNumber, kind: z.string() },
    ...{ lag_days: wholeNumber, coins: wholeNumber, squared_error: z.number(), flip_error: z.number() },
    ...{ younger_error: z.number(), younger_coins: wholeNumber },
  }),
})

export const createHoursStore = (client: ClickHouseClient): HoursStore => ({
  hours: async (account, span) => {
    const [values, positions] = await Promise.all([
      runQuery(client, equityByHour, { account, ...span }),
      runQuery(client, positionsByHour, { account, ...span }),
    ])
    const byHour = Map.groupBy(positions, ({ hour_ts }) => hour_ts)
    return values.map(({ hour_ts, equity }) => ({
      ...{ ts: hour_ts, equity },
      held: new Map(
        (byHour.get(hour_ts) ?? []).map(({ coin, size, mark }) => [coin, { sz: size, markPx: mark }]),
      ),
    }))
  },
  hourCloses: async (coins, span) => {
    if (coins.length === 0) return new Map()
    const rows = await runQuery(client, hourlyCloses, { coins: [...coins], ...span })
    return new Map(
      [...Map.groupBy(rows, ({ coin }) => coin)].map(([coin, own]) => [
        coin,
        new Map(own.map(({ hour_ts, px }) => [hour_ts, px])),
      ]),
    )
  },
  storedHours: async (model, account, span) =>
    (await runQuery(client, storedClasses, { model, account, ...span })).map(({ hour_ts, ...row }) => ({
      ...row,
      ts: hour_ts,
    })),
  saveHours: (rows) => insertRows(client, trackingErrorHours, rows),
})
