/** The jobs that keep market data whole, built for the data worker: healing, grid check, collecting, daily figures, request usage. */
// Not here: the jobs (activities/), their SQL (clickhouse/tables/*-queries.ts), the process (workers/data.ts).
import { createBackfillActivities } from '#activities/backfill.ts'
import { createCandleCheckActivities } from '#activities/candle-check.ts'
import { createCollectAccountsActivities } from '#activities/collect-accounts.ts'
import { createCollectMarketActivities } from '#activities/collect-market.ts'
import { createDailyStatsActivities } from '#activities/daily-stats.ts'
import { createRateUsageActivities } from '#activities/rate-usage.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { runQuery } from '#clickhouse/query.ts'
import type { Row, Table } from '#clickhouse/table.ts'
import * as accountTables from '#clickhouse/tables/accounts.ts'
import { dayOfCandles, lastFunding, ownDailyFigures } from '#clickhouse/tables/daily-queries.ts'
import * as marketTables from '#clickhouse/tables/market.ts'
import * as derived from '#clickhouse/tables/market-derived.ts'
import {
  recordedSeries,
  STORED_ACCOUNT_KEYS,
  storedCandles,
  storedSessionIds,
  storedTradeIds,
  unhealedGaps,
} from '#clickhouse/tables/market-queries.ts'
import { ingestGaps, rateLimitUsage } from '#clickhouse/tables/operations.ts'
import * as tradingTables from '#clickhouse/tables/trading.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import type { Home } from '#config/home.ts'
import type { Logger } from '#config/logger.ts'
import { readAccounts } from '#config/run-files.ts'
import type { Settings } from '#config/schema.ts'
import { publicStatsUrl } from '#config/streamer-settings.ts'
import type { AccountEvent, CandleEvent, TradeEvent } from '#domain/events.ts'
import { hash32 } from '#domain/ids.ts'
import type { CandleFigures } from '#domain/market/candle-grid.ts'
import { type CandleInterval, type Clock, DAY_MS, type EpochMs } from '#domain/time.ts'
import { budgetFolder } from '#exchange/client/connect.ts'
import { createHistory, type VenueHistory } from '#exchange/client/history.ts'
import { publicDocuments } from '#exchange/client/public-stats.ts'
import { readUsage } from '#exchange/client/shared-budget.ts'
import { createAccountRecorder } from '#streamers/account-recorder.ts'
import { candleRow, tradeRow } from '#streamers/market-rows.ts'
import type { KeptExchange } from '#workers/support/kept-exchange.ts'

export interface MarketDataParts {
  exchange: KeptExchange
  clickhouse: ClickHouseClient
  writer: Writer
  home: Home
  settings: Settings
  clock: Clock
  log: Logger
  stillRunning(): void
}

export function marketDataActivities(parts: MarketDataParts) {
  const { home, settings, clock, log, stillRunning } = parts
  const store = storeOf(parts)
  const stored = storedOf(parts.clickhouse)
  const venue = async (): Promise<VenueHistory> => {
    const { collecting } = await parts.exchange()
    return createHistory(collecting, () => clock.now())
  }
  const common = { clock, stillRunning, warn: (facts: object, text: string) => log.warn(facts, text) }
  const candles = async (coin: string, interval: CandleInterval, fromTs: EpochMs, untilTs: EpochMs) =>
    (await venue()).candles(coin, interval, fromTs, untilTs)
  return {
    ...createBackfillActivities({
      ...common,
      unhealedGaps: (wanted) => runQuery(parts.clickhouse, unhealedGaps, wanted),
      writeGaps: store(ingestGaps),
      venue: { candles, recentTrades: async (coin) => (await venue()).recentTrades(coin) },
      stored,
      writeCandles: (rows: readonly CandleEvent[]) => store(marketTables.candles)(rows.map(candleRow)),
      writeTrades: (rows: readonly TradeEvent[]) => store(marketTables.trades)(rows.map(tradeRow)),
      ...accountHealing(parts, venue),
    }),
    ...createCandleCheckActivities({
      ...common,
      recordedSeries: (since_ts) => runQuery(parts.clickhouse, recordedSeries, { since_ts }),
      marketNow: async (coin) => (await (await parts.exchange()).collecting.book(coin))?.ts ?? null,
      storedCandles: stored.candles,
      venueCandles: candles,
      writeCandles: (rows) => store(marketTables.candles)(rows.map(candleRow)),
      writeChecks: store(derived.candleChecks),
    }),
    ...createCollectAccountsActivities({
      ...common,
      accounts: () => readAccounts(home),
      accountState: async (address) => (await venue()).accountState(address),
      writeSnapshots: async (snapshots, positions) => {
        await store(accountTables.positionSnapshots)(positions)
        await store(accountTables.accountSnapshots)(snapshots)
      },
    }),
    ...createCollectMarketActivities({
      ...common,
      contexts: async () => (await venue()).contexts(),
      dayOfCandles: async () =>
        (await runQuery(parts.clickhouse, dayOfCandles, {})).map(({ high_px, low_px, ...day }) => ({
          ...day,
          high: high_px,
          low: low_px,
        })),
      writeTickers: store(derived.tickers),
      lastFunding: () => runQuery(parts.clickhouse, lastFunding, {}),
      fundingRates: async (coin, fromTs) => (await venue()).fundingRates(coin, fromTs),
      writeFundingRates: store(derived.fundingRates),
    }),
    ...createDailyStatsActivities({
      ...common,
      ownFigures: (from_ts, until_ts) => runQuery(parts.clickhouse, ownDailyFigures, { from_ts, until_ts }),
      documents: publicDocuments(publicStatsUrl(settings.streamers, settings.exchange.network), clock),
      recordedCoins: () => recordedCoins(parts),
      write: store(derived.dailyStats),
    }),
    ...createRateUsageActivities({
      readUsage: () => readUsage(budgetFolder(home)),
      writeUsage: store(rateLimitUsage),
    }),
  }
}

/** Rows of a table are on disk when this settles; ClickHouse gets them when it is there. */
const storeOf =
  ({ writer }: MarketDataParts) =>
  <T extends Table>(table: T) =>
  async (rows: readonly Row<T>[]): Promise<void> => {
    writer.write(table, rows)
    await writer.flush()
  }

const storedOf = (clickhouse: ClickHouseClient) => ({
  async candles(
    coin: string,
    interval: CandleInterval,
    from_ts: EpochMs,
    until_ts: EpochMs,
  ): Promise<CandleFigures[]> {
    const rows = await runQuery(clickhouse, storedCandles, { coin, interval, from_ts, until_ts })
    return rows.map(({ open_ms, ...figures }) => ({ openTs: open_ms, ...figures }))
  },
  trades: (coin: string, from_ts: EpochMs, until_ts: EpochMs) =>
    runQuery(clickhouse, storedTradeIds, { coin, from_ts, until_ts }),
})

async function recordedCoins({ clickhouse, clock }: MarketDataParts): Promise<string[]> {
  const series = await runQuery(clickhouse, recordedSeries, { since_ts: clock.now() - 2 * DAY_MS })
  return [...new Set(series.map(({ coin }) => coin))]
}

/** Histories of accounts by their names, and rows that name the session as those of the stream do. */
function accountHealing({ home, clickhouse, writer }: MarketDataParts, venue: () => Promise<VenueHistory>) {
  return {
    async accountHistory(
      kind: AccountEvent['kind'],
      name: string,
      fromTs: EpochMs,
    ): Promise<readonly AccountEvent[] | null> {
      const account = readAccounts(home).find((each) => each.name === name)
      if (!account) return null
      const history = await venue()
      if (kind === 'fill') return history.fills(account.address, name, fromTs)
      if (kind === 'order') return history.orders(account.address, name)
      if (kind === 'funding_payment') return history.fundings(account.address, name, fromTs)
      return history.ledger(account.address, name, fromTs)
    },
    async storedAccountKeys(
      kind: AccountEvent['kind'],
      account: string,
      from_ts: EpochMs,
      until_ts: EpochMs,
    ): Promise<Set<string>> {
      const rows = await runQuery(clickhouse, STORED_ACCOUNT_KEYS[kind], { account, from_ts, until_ts })
      return new Set(rows.map(({ id }) => id))
    },
    async writeAccountEvents(events: readonly AccountEvent[]): Promise<void> {
      const ids = await runQuery(clickhouse, storedSessionIds, {})
      const byTag = new Map(ids.map(({ session_id }) => [hash32(session_id), session_id]))
      const recorder = createAccountRecorder({
        writer,
        tables: { ...tradingTables, ledgerUpdates: accountTables.ledgerUpdates },
        sessionOf: (tag) => byTag.get(tag) ?? '',
      })
      recorder.take(events)
      await writer.flush()
    },
  }
}
