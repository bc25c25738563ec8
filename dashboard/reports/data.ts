/** Report data: what copying, comparing, archiving and dropping did, what they refused, and which files the archive has. */
import { z } from 'zod'
import { defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import { defineReport } from '#dashboard/reports/report.ts'
import { HOUR_MS } from '#domain/time.ts'

const runsOfJobs = defineQuery({
  name: 'runs of data jobs',
  sql: `SELECT job, toUnixTimestamp64Milli(ts) AS at_ts, table, outcome, rows, took_ms,
  JSONExtractString(details, 'why') AS why, JSONExtractUInt(details, 'lag_rows') AS lag_rows,
  JSONExtractFloat(details, 'rows_per_s') AS rows_per_s, JSONExtractString(details, 'kept') AS kept
FROM data_runs FINAL WHERE ts >= fromUnixTimestamp64Milli({since_ts:Int64})
ORDER BY ts DESC, job, table LIMIT 1000`,
  params: z.object({ since_ts: z.int() }),
  row: z.object({
    job: z.string(),
    at_ts: wholeNumber,
    table: z.string(),
    outcome: z.string(),
    rows: wholeNumber,
    took_ms: wholeNumber,
    why: z.string(),
    lag_rows: wholeNumber,
    rows_per_s: z.coerce.number(),
    kept: z.string(),
  }),
})

const filesByTable = defineQuery({
  name: 'archive files by table',
  sql: `SELECT table, count() AS files, sum(rows) AS file_rows, sum(bytes) AS file_bytes,
  countIf(status = 'dropped') AS dropped, max(partition) AS newest, toUnixTimestamp64Milli(max(archived_ts)) AS archived_at
FROM archive_manifest FINAL WHERE status != 'superseded' GROUP BY table ORDER BY file_bytes DESC, table`,
  params: z.object({}),
  row: z.object({
    table: z.string(),
    files: wholeNumber,
    file_rows: wholeNumber,
    file_bytes: wholeNumber,
    dropped: wholeNumber,
    newest: z.string(),
    archived_at: wholeNumber,
  }),
})

export const dataReport = defineReport({
  slug: 'data',
  title: 'Copy and archive',
  params: z.object({ hours: z.coerce.number().min(1).max(720).default(24) }),
  take: async ({ clickhouse, clock, settings }, { hours }) => {
    const since_ts = clock.now() - Math.round(hours * HOUR_MS)
    const [runs, files] = await Promise.all([
      runQuery(clickhouse, runsOfJobs, { since_ts }),
      runQuery(clickhouse, filesByTable, {}),
    ])
    const { sync, archive, retention } = settings
    return {
      hours,
      on: { sync: sync.enabled, archive: archive.enabled, retention: retention.enabled },
      runs: runs.filter(({ table }) => table === ''),
      refused: runs.filter(({ table }) => table !== ''),
      files,
    }
  },
})

export type DataAnswer = Awaited<ReturnType<typeof dataReport.take>>
