/** What is asked of the venue on a schedule because no stream brings it: accounts and tickers each minute, funding each hour, statistics each day. */
// Not here: how (activities/collect-accounts.ts, collect-market.ts, daily-stats.ts, rate-usage.ts), streams (streamers/).
import { proxyActivities } from '@temporalio/workflow'
import type { CollectAccountsActivities } from '#activities/collect-accounts.ts'
import type { CollectMarketActivities } from '#activities/collect-market.ts'
import type { DailyStatsActivities, PublicImport } from '#activities/daily-stats.ts'
import type { RateUsageActivities } from '#activities/rate-usage.ts'
import { BACKFILL_JOB, SMALL_JOB } from '#workflows/policies.ts'

const minute = proxyActivities<CollectAccountsActivities & CollectMarketActivities & RateUsageActivities>(
  SMALL_JOB,
)
const long = proxyActivities<CollectMarketActivities & DailyStatsActivities>(BACKFILL_JOB)

/** One part that fails must not cost the others their minute. */
const settled = async <T>(work: Promise<T>): Promise<T | string> => {
  try {
    return await work
  } catch (error) {
    return error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : ''
  }
}

export async function collect() {
  const [accounts, tickers, usage] = await Promise.all([
    settled(minute.snapshotAccounts()),
    settled(minute.collectTickers()),
    settled(minute.storeRateUsage()),
  ])
  return { accounts, tickers, usage }
}

export async function collectFunding(): Promise<{ coins: number; rows: number; failed: number }> {
  return long.collectFunding()
}

export async function dailyStats(
  input: { days?: number } = {},
): Promise<{ own_rows: number; public: PublicImport }> {
  const own = await long.computeDailyStats(input)
  return { own_rows: own.rows, public: await long.importPublicStats() }
}
