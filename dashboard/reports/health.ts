/** Report health: what the services noticed about themselves lately, newest first, and how often each kind came. */
import { z } from 'zod'
import { defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import { latestHealth } from '#clickhouse/tables/operations-queries.ts'
import { defineReport } from '#dashboard/reports/report.ts'
import { HOUR_MS } from '#domain/time.ts'

const EVENTS_MAX = 500

const countedHealth = defineQuery({
  name: 'counted health',
  sql: `SELECT service, kind, count() AS rows, toUnixTimestamp64Milli(max(ts)) AS last_ts
FROM health FINAL WHERE ts >= fromUnixTimestamp64Milli({since_ts:Int64})
GROUP BY service, kind ORDER BY rows DESC, service, kind LIMIT 200`,
  params: z.object({ since_ts: z.int() }),
  row: z.object({ service: z.string(), kind: z.string(), rows: wholeNumber, last_ts: wholeNumber }),
})

export const healthReport = defineReport({
  slug: 'health',
  title: 'Health',
  params: z.object({ hours: z.coerce.number().min(1).max(720).default(24) }),
  take: async ({ clickhouse, clock }, { hours }) => {
    const since_ts = clock.now() - Math.round(hours * HOUR_MS)
    const [events, counts] = await Promise.all([
      runQuery(clickhouse, latestHealth, { since_ts, limit: EVENTS_MAX }),
      runQuery(clickhouse, countedHealth, { since_ts }),
    ])
    return { hours, events, counts }
  },
})

export type HealthAnswer = Awaited<ReturnType<typeof healthReport.take>>
