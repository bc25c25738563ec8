/** Market facts that no stream brings: the 24-hour ticker of each recorded coin once a minute, and settled funding rates once an hour. */
// Not here: streams (streamers/), figures per day (daily-stats.ts).
import type { FundingRateRow, TickerRow } from '#clickhouse/tables/market-derived.ts'
import { describeError } from '#domain/errors.ts'
import { divE8, formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { type Clock, DAY_MS, type EpochMs } from '#domain/time.ts'
import type { CoinContext } from '#exchange/wire/coin-contexts.ts'
import type { FundingRate } from '#exchange/wire/info.ts'

/** What the stored 1m candles say of a coin's last 24 hours. */
export interface DayOfCandles {
  coin: string
  high: string
  low: string
  trades: number
  minutes: number
}

export interface CollectMarketDeps {
  clock: Pick<Clock, 'now'>
  contexts(): Promise<CoinContext[]>
  /** Recorded coins with the figures of their stored 1m candles; the day ends with the newest candle of the coin. */
  dayOfCandles(): Promise<DayOfCandles[]>
  writeTickers(rows: TickerRow[]): Promise<void>
  /** Newest stored funding rate of each recorded coin; 0 where there is none. */
  lastFunding(): Promise<{ coin: string; last_ms: EpochMs }[]>
  fundingRates(coin: string, fromTs: EpochMs): Promise<FundingRate[]>
  writeFundingRates(rows: FundingRateRow[]): Promise<void>
  warn(facts: Readonly<Record<string, unknown>>, message: string): void
  stillRunning(): void
}

export const LIMITS = {
  /** How far back funding rates are fetched for a coin that has none yet. */
  fundingBackMs: 30 * DAY_MS,
} as const

export const createCollectMarketActivities = (deps: CollectMarketDeps) => ({
  collectTickers: async (): Promise<{ coins: number }> => {
    const [contexts, days] = await Promise.all([deps.contexts(), deps.dayOfCandles()])
    const byCoin = new Map(days.map((day) => [day.coin, day]))
    const ts = deps.clock.now()
    const rows = contexts.flatMap((context) => {
      const day = byCoin.get(context.coin)
      return day ? [tickerRow(context, day, ts)] : []
    })
    if (rows.length > 0) await deps.writeTickers(rows)
    return { coins: rows.length }
  },

  /** From the last stored hour on, so that an outage of days leaves no hole. */
  collectFunding: async (): Promise<{ coins: number; rows: number; failed: number }> => {
    const report = { coins: 0, rows: 0, failed: 0 }
    for (const { coin, last_ms } of await deps.lastFunding()) {
      deps.stillRunning()
      try {
        const fromTs = last_ms === 0 ? deps.clock.now() - LIMITS.fundingBackMs : last_ms + 1
        const rates = await deps.fundingRates(coin, fromTs)
        if (rates.length > 0) await deps.writeFundingRates(rates)
        report.coins++
        report.rows += rates.length
      } catch (error) {
        report.failed++
        deps.warn({ coin, why: describeError(error) }, 'no funding rates of a coin')
      }
    }
    return report
  },
})

const tickerRow = (context: CoinContext, day: DayOfCandles, ts: EpochMs): TickerRow => {
  const before = parseFixed(context.prevDayPx)
  const change = parseFixed(context.markPx) - before
  return {
    coin: context.coin,
    ts,
    mark_px: context.markPx,
    mid_px: context.midPx ?? '0',
    oracle_px: context.oraclePx,
    prev_day_px: context.prevDayPx,
    high_px: day.high,
    low_px: day.low,
    change_pct: before === 0n ? '0' : formatFixed(divE8(change * 100n, before)),
    volume: context.dayVolume,
    notional_usd: context.dayNotionalUsd,
    trades: day.trades,
    candle_minutes: day.minutes,
    funding: context.funding,
    open_interest: context.openInterest,
  }
}

export type CollectMarketActivities = ReturnType<typeof createCollectMarketActivities>
