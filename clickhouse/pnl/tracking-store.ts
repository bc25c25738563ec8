/** What tracking error reads and writes, as maps that the arithmetic takes. */
// Not here: the statements (tracking-queries.ts), the arithmetic (domain/tracking-error).
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { createHoursStore, type HoursStore } from '#clickhouse/pnl/hours-store.ts'
import { insertRows } from '#clickhouse/pnl/insert-rows.ts'
import * as queries from '#clickhouse/pnl/tracking-queries.ts'
import { runQuery } from '#clickhouse/query.ts'
import {
  type ModelPerformanceRow,
  modelPerformance,
  type TrackingErrorCoinRow,
  type TrackingErrorLagRow,
  type TrackingErrorRow,
  trackingError,
  trackingErrorCoins,
  trackingErrorLags,
} from '#clickhouse/tables/tracking-error.ts'
import type { EpochMs } from '#domain/time.ts'
import type { HeldDay } from '#domain/tracking-error/track.ts'
import type { Weights } from '#domain/tracking-error/weights.ts'

/** Days [from, to), named by their first millisecond. */
export interface DaySpan {
  from: EpochMs
  to: EpochMs
}

export interface NavOfDay {
  day: EpochMs
  /** 0 when the day has no snapshot. */
  snapshotTs: EpochMs
  nav: number | null
  dailyReturn: number | null
}

/** The store as the activity asks for it. */
export interface TrackingStore extends HoursStore {
  pairs(from: EpochMs): Promise<{ model: string; account: string }[]>
  /** The newest targets of each day that were known `knownDays` after its start. */
  targets(model: string, span: DaySpan, knownDays: number): Promise<Map<EpochMs, Weights>>
  closes(coins: readonly string[], span: DaySpan): Promise<Map<string, Map<EpochMs, number>>>
  nav(account: string, span: DaySpan): Promise<NavOfDay[]>
  /** Ordered by coin and day; each coin's last day before the span is among them. */
  ledger(account: string, span: DaySpan): Promise<HeldDay[]>
  /** USD by `coin/day`. */
  slippage(account: string, span: DaySpan): Promise<Map<string, number>>
  /** Book of each day's last snapshot. */
  books(account: string, span: DaySpan): Promise<Map<EpochMs, Weights>>
  /** What orders became, by coin; `ts` is the hour. */
  orders(
    account: string,
    span: DaySpan,
  ): Promise<Map<string, { ts: EpochMs; status: string; reduceOnly: boolean }[]>>
  stored(model: string, account: string, span: DaySpan): Promise<TrackingErrorRow[]>
  storedCoins(model: string, account: string, span: DaySpan): Promise<TrackingErrorCoinRow[]>
  saveDays(rows: readonly TrackingErrorRow[]): Promise<void>
  saveLags(rows: readonly TrackingErrorLagRow[]): Promise<void>
  saveCoins(rows: readonly TrackingErrorCoinRow[]): Promise<void>
  savePerformance(rows: readonly ModelPerformanceRow[]): Promise<void>
}

export const createTrackingStore = (client: ClickHouseClient): TrackingStore => ({
  ...createHoursStore(client),
  pairs: (from) => runQuery(client, queries.trackablePairs, { from }),
  targets: async (model, span, knownDays) =>
    weightsByDay(await runQuery(client, queries.targetsAsKnown, { model, known_days: knownDays, ...span })),
  closes: async (coins, span) => {
    const found = new Map<string, Map<EpochMs, number>>()
    if (coins.length === 0) return found
    for (const { coin, day_ts, close } of await runQuery(client, queries.dailyCloses, {
      coins: [...coins],
      ...span,
    })) {
      const known = found.get(coin)
      if (known) known.set(day_ts, close)
      else found.set(coin, new Map([[day_ts, close]]))
    }
    return found
  },
  nav: async (account, span) =>
    (await runQuery(client, queries.navDays, { account, ...span })).map((row) => ({
      day: row.day_ts,
      snapshotTs: row.snapshot_at,
      nav: row.nav_usd === null ? null : Number(row.nav_usd),
      dailyReturn: row.daily_return,
    })),
  ledger: async (account, span) =>
    (await runQuery(client, queries.ledgerOfAccount, { account, ...span })).map(({ day_ts, ...rest }) => ({
      day: day_ts,
      ...rest,
    })),
  slippage: async (account, span) => {
    const rows = await runQuery(client, queries.slippageByDay, { account, ...span })
    return new Map(rows.map(({ coin, day_ts, usd }) => [`${coin}/${day_ts}`, usd]))
  },
  books: async (account, span) => {
    const rows = await runQuery(client, queries.booksOfAccount, { account, ...span })
    return weightsByDay(rows.flatMap(({ weight, ...row }) => (weight === null ? [] : [{ ...row, weight }])))
  },
  orders: async (account, span) => {
    const found = new Map<string, { ts: EpochMs; status: string; reduceOnly: boolean }[]>()
    for (const { coin, hour_ts, status, reduce_only } of await runQuery(client, queries.orderTraces, {
      account,
      ...span,
    })) {
      const trace = { ts: hour_ts, status, reduceOnly: reduce_only }
      const known = found.get(coin)
      if (known) known.push(trace)
      else found.set(coin, [trace])
    }
    return found
  },
  stored: async (model, account, span) =>
    (await runQuery(client, queries.storedTracking, { model, account, ...span })).map(
      ({ day_ts, ...row }) => ({ day: day_ts, ...row }),
    ),
  storedCoins: async (model, account, span) =>
    (await runQuery(client, queries.storedCoins, { model, account, ...span })).map(({ day_ts, ...row }) => ({
      ...{ model, account, day: day_ts },
      ...row,
    })),
  saveDays: (rows) => insertRows(client, trackingError, rows),
  saveLags: (rows) => insertRows(client, trackingErrorLags, rows),
  saveCoins: (rows) => insertRows(client, trackingErrorCoins, rows),
  savePerformance: (rows) => insertRows(client, modelPerformance, rows),
})

function weightsByDay(
  rows: readonly { day_ts: EpochMs; coin: string; weight: number }[],
): Map<EpochMs, Weights> {
  const found = new Map<EpochMs, Map<string, number>>()
  for (const { day_ts, coin, weight } of rows) {
    const known = found.get(day_ts)
    if (known) known.set(coin, weight)
    else found.set(day_ts, new Map([[coin, weight]]))
  }
  return found
}
