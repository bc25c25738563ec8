/** Were the signals worth anything: stored returns → hit rate and mean return of each horizon, for command line and dashboard. */
// Not here: the statistics (domain/traders/signal-returns.ts), the query (signals-queries.ts).
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { runQuery } from '#clickhouse/query.ts'
import { returnsSince } from '#clickhouse/tables/signals-queries.ts'
import type { EpochMs } from '#domain/time.ts'
import { HORIZONS_MS, type ReturnStatistics, returnStatistics } from '#domain/traders/signal-returns.ts'

/** Figures of every horizon, of one coin or of all with ''; bounds that are not known yet are null. */
export async function signalStatistics(
  client: ClickHouseClient,
  coin: string,
  since: EpochMs,
): Promise<SignalStatisticsRow[]> {
  const rows = await runQuery(client, returnsSince, { coin, since, limit: 1_000_000 })
  const returns = rows.map((row) => ({
    ts: row.at,
    horizonMs: row.horizon_ms,
    recommendation: row.recommendation,
    priceReturn: row.price_return,
    signalReturn: row.signal_return,
  }))
  return HORIZONS_MS.map((horizon) => rowOf(returnStatistics(returns, horizon)))
}

const known = (value: number): number | null => (Number.isFinite(value) ? value : null)

const rowOf = (found: ReturnStatistics) => ({
  horizon_ms: found.horizonMs,
  signals: found.signals,
  independent: found.independent,
  hit_rate: found.hitRate,
  hit_rate_low: found.hitRate95.low,
  hit_rate_high: found.hitRate95.high,
  mean_return: found.meanReturn,
  mean_return_low: known(found.meanReturn95.low),
  mean_return_high: known(found.meanReturn95.high),
})
export type SignalStatisticsRow = ReturnType<typeof rowOf>
