/** Report market data: gaps and how they were healed, the candle grid, sizes and policies of the tables, the request budget. */
import { z } from 'zod'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { decimalText, defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import { readStorage, type TableStorage } from '#clickhouse/storage.ts'
import { defineReport } from '#dashboard/reports/report.ts'
import { policiesOf } from '#domain/market/recording-policy.ts'
import { type Clock, HOUR_MS } from '#domain/time.ts'

const since = z.object({ since_ts: z.int() })
const sinceSql = (column: string): string => `${column} >= fromUnixTimestamp64Milli({since_ts:Int64})`

const gapCounts = defineQuery({
  name: 'gap counts',
  sql: `SELECT channel, status, reason, count() AS gaps, sum(rows_recovered) AS rows,
  sum(if(closed_ts > opened_ts, toUnixTimestamp64Milli(closed_ts) - toUnixTimestamp64Milli(opened_ts), 0)) AS ms
FROM ingest_gaps FINAL WHERE version >= {since_ts:UInt64}
GROUP BY channel, status, reason ORDER BY channel, status, reason LIMIT 200`,
  params: since,
  row: z.object({
    channel: z.string(),
    status: z.string(),
    reason: z.string(),
    gaps: wholeNumber,
    rows: wholeNumber,
    ms: wholeNumber,
  }),
})

const newestGaps = defineQuery({
  name: 'newest gaps',
  sql: `SELECT channel, coin, reason, status, rows_recovered AS rows, remains,
  toUnixTimestamp64Milli(opened_ts) AS opened_at, toUnixTimestamp64Milli(closed_ts) AS closed_at
FROM ingest_gaps FINAL WHERE version >= {since_ts:UInt64}
ORDER BY opened_ts DESC, channel, coin LIMIT 200`,
  params: since,
  row: z.object({
    channel: z.string(),
    coin: z.string(),
    reason: z.string(),
    status: z.string(),
    rows: wholeNumber,
    remains: z.string(),
    opened_at: wholeNumber,
    closed_at: wholeNumber,
  }),
})

const latestChecks = defineQuery({
  name: 'latest candle checks',
  sql: `SELECT coin, interval, max(toUnixTimestamp64Milli(checked_ts)) AS checked_at,
  argMax(expected, checked_ts) AS expected, argMax(missing, checked_ts) AS missing, argMax(healed, checked_ts) AS healed,
  argMax(empty, checked_ts) AS empty, argMax(remaining, checked_ts) AS remaining,
  argMax(compared, checked_ts) AS compared, argMax(differing, checked_ts) AS differing
FROM candle_checks WHERE ${sinceSql('checked_ts')}
GROUP BY coin, interval ORDER BY remaining DESC, differing DESC, missing DESC, coin, interval LIMIT 300`,
  params: since,
  row: z.object({
    coin: z.string(),
    interval: z.string(),
    checked_at: wholeNumber,
    expected: wholeNumber,
    missing: wholeNumber,
    healed: wholeNumber,
    empty: wholeNumber,
    remaining: wholeNumber,
    compared: wholeNumber,
    differing: wholeNumber,
  }),
})

const weightSpent = defineQuery({
  name: 'weight spent',
  sql: `SELECT process, purpose, sum(requests) AS requests, sum(weight) AS weight, sum(refused) AS refused, sum(throttled) AS throttled
FROM rate_limit_usage WHERE ${sinceSql('ts')}
GROUP BY process, purpose ORDER BY weight DESC, process, purpose LIMIT 100`,
  params: since,
  row: z.object({
    process: z.string(),
    purpose: z.string(),
    requests: wholeNumber,
    weight: wholeNumber,
    refused: wholeNumber,
    throttled: wholeNumber,
  }),
})

const weightByMinute = defineQuery({
  name: 'weight by minute',
  sql: `SELECT toUnixTimestamp(toStartOfMinute(ts)) * 1000 AS at, sum(weight) AS weight
FROM rate_limit_usage WHERE ${sinceSql('ts')}
GROUP BY at ORDER BY at DESC LIMIT 1440`,
  params: since,
  row: z.object({ at: wholeNumber, weight: wholeNumber }),
})

const rejected = defineQuery({
  name: 'rejected frames by kind',
  sql: `SELECT kind, max(seen) AS frames, toUnixTimestamp64Milli(max(ts)) AS last_at, argMax(sample, ts) AS sample, argMax(reason, ts) AS reason
FROM rejected_frames WHERE ${sinceSql('ts')}
GROUP BY kind ORDER BY last_at DESC LIMIT 50`,
  params: since,
  row: z.object({
    kind: z.string(),
    frames: wholeNumber,
    last_at: wholeNumber,
    sample: z.string(),
    reason: z.string(),
  }),
})

const tickersNow = defineQuery({
  name: 'tickers now',
  sql: `SELECT coin, toUnixTimestamp64Milli(max(ts)) AS at, argMax(mark_px, ts) AS mark, argMax(change_pct, ts) AS change,
  argMax(notional_usd, ts) AS notional, argMax(open_interest * mark_px, ts) AS interest
FROM tickers WHERE ts >= now64(3) - INTERVAL 10 MINUTE
GROUP BY coin ORDER BY toFloat64(notional) DESC, coin LIMIT 60`,
  params: z.object({}),
  row: z.object({
    coin: z.string(),
    at: wholeNumber,
    mark: decimalText,
    change: decimalText,
    notional: decimalText,
    interest: decimalText,
  }),
})

/** Sizes look at every table: they are looked up once a minute, however often the page is asked for. */
const STORAGE_MS = 60_000
const sizes = new WeakMap<ClickHouseClient, { atMs: number; storage: Promise<TableStorage[]> }>()

function storageOf(client: ClickHouseClient, clock: Pick<Clock, 'monotonicMs'>): Promise<TableStorage[]> {
  const known = sizes.get(client)
  if (known && clock.monotonicMs() - known.atMs < STORAGE_MS) return known.storage
  const storage = readStorage(client)
  storage.catch(() => sizes.delete(client)) // the next question tries again
  sizes.set(client, { atMs: clock.monotonicMs(), storage })
  return storage
}

export const marketDataReport = defineReport({
  slug: 'market-data',
  title: 'Market data',
  params: z.object({ hours: z.coerce.number().min(1).max(720).default(24) }),
  take: async ({ clickhouse, clock, settings }, { hours }) => {
    const since_ts = clock.now() - Math.round(hours * HOUR_MS)
    const [gap_counts, gaps, checks, weight, minutes, frames, tickers, storage] = await Promise.all([
      runQuery(clickhouse, gapCounts, { since_ts }),
      runQuery(clickhouse, newestGaps, { since_ts }),
      runQuery(clickhouse, latestChecks, { since_ts }),
      runQuery(clickhouse, weightSpent, { since_ts }),
      runQuery(clickhouse, weightByMinute, { since_ts }),
      runQuery(clickhouse, rejected, { since_ts }),
      runQuery(clickhouse, tickersNow, {}),
      storageOf(clickhouse, clock),
    ])
    const { preset } = settings.streamers
    return {
      ...{ hours, preset, policies: policiesOf(settings.streamers) },
      ...{ gap_counts, gaps, checks, weight, frames, tickers, storage },
      minutes: minutes.toReversed(),
    }
  },
})

export type MarketDataAnswer = Awaited<ReturnType<typeof marketDataReport.take>>
