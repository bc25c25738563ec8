/** How far the copy is: lag by table, what is refused and why, what the last runs did; also while the remote is away. */
import { z } from 'zod'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import { driftReasons } from '#clickhouse/sync/drift.ts'
import { faultOf, type RemoteTarget } from '#clickhouse/sync/remote.ts'
import { describeTables, readBlocks, readPartitions } from '#clickhouse/sync/source.ts'
import { readCursors } from '#clickhouse/sync/state.ts'
import type { Table } from '#clickhouse/table.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'

export interface TableSync {
  table: string
  outcome: 'ok' | 'behind' | 'drift' | 'unknown'
  /** Rows that are not copied yet; null while the remote is away. */
  lag_rows: number | null
  /** Rows copied since the copy began, re-sent ones included; null while the remote is away. */
  copied_rows: number | null
  why: string
}

export interface SyncRun {
  job: string
  at_ts: number
  table: string
  outcome: string
  rows: number
  took_ms: number
  details: Record<string, unknown>
}

export interface SyncStatus {
  enabled: boolean
  remote: { url: string; reachable: boolean; kind: string; code: string; why: string }
  lag_rows: number | null
  /** Rows a second of the last run that copied something; 0 when none did. */
  rows_per_s: number
  eta_s: number | null
  tables: TableSync[]
  /** Newest first. */
  runs: SyncRun[]
}

const latestRuns = defineQuery({
  name: 'latest data runs',
  sql: `
    SELECT job, toUnixTimestamp64Milli(ts) AS at_ts, table, outcome, rows, took_ms, details
    FROM data_runs FINAL
    WHERE has({jobs:Array(String)}, job)
    ORDER BY ts DESC, table LIMIT {limit:UInt32}`,
  params: z.object({ jobs: z.array(z.string()), limit: z.int().min(1).max(1_000) }),
  row: z.object({
    job: z.string(),
    at_ts: wholeNumber,
    table: z.string(),
    outcome: z.string(),
    rows: wholeNumber,
    took_ms: wholeNumber,
    details: z.string(),
  }),
})

/** Newest runs of these jobs first. */
export async function readRuns(
  client: ClickHouseClient,
  jobs: readonly string[],
  limit: number,
): Promise<SyncRun[]> {
  const rows = await runQuery(client, latestRuns, { jobs: [...jobs], limit })
  return rows.map((row) => ({ ...row, details: JSON.parse(row.details) as Record<string, unknown> }))
}

export interface StatusParts {
  client: ClickHouseClient
  enabled: boolean
  url: string
  tables: readonly Table[]
  openRemote(): Promise<RemoteTarget>
}

/** @throws QueryFailedError when the local database does not answer; a remote that does not is an answer */
export async function syncStatus(parts: StatusParts): Promise<SyncStatus> {
  const { client, enabled, url } = parts
  const runs = await readRuns(client, ['sync', 'verify'], 50)
  const rate = runs.find(({ job, table, rows }) => job === 'sync' && table === '' && rows > 0)
  const rows_per_s = Number(rate?.details.rows_per_s ?? 0)
  const base = { enabled, rows_per_s, runs }
  const unknown = (why: string): TableSync[] =>
    parts.tables.map(({ name }) => ({
      table: name,
      outcome: 'unknown',
      lag_rows: null,
      copied_rows: null,
      why,
    }))
  if (!enabled) {
    const remote = { url, reachable: false, kind: '', code: 'SYNC_OFF', why: 'sync.enabled is off' }
    return { ...base, remote, lag_rows: null, eta_s: null, tables: [] }
  }
  try {
    const target = await parts.openRemote()
    const tables = await lagOfTables(parts, target)
    const lag_rows = tables.reduce((sum, each) => sum + (each.lag_rows ?? 0), 0)
    const eta_s = lag_rows === 0 ? 0 : rows_per_s === 0 ? null : Math.ceil(lag_rows / rows_per_s)
    return {
      ...base,
      remote: { url, reachable: true, kind: target.kind, code: '', why: '' },
      lag_rows,
      eta_s,
      tables,
    }
  } catch (error) {
    const code = error instanceof HoldfastError ? error.code : faultOf(error).code
    if (!code.startsWith('REMOTE_') && faultOf(error).kind === 'refused') throw error
    const why = describeError(error)
    return {
      ...base,
      remote: { url, reachable: false, kind: '', code, why },
      lag_rows: null,
      eta_s: null,
      tables: unknown(why),
    }
  }
}

async function lagOfTables({ client, tables }: StatusParts, target: RemoteTarget): Promise<TableSync[]> {
  const [here, partitions, there, cursors] = await Promise.all([
    describeTables(client),
    readPartitions(client),
    describeTables(target.client),
    readCursors(target),
  ])
  const found: TableSync[] = []
  for (const table of tables) {
    const source = here.get(table.name)
    const made = target.refused.get(table.name)
    const reasons = [
      ...(made ? [made] : []),
      ...driftReasons(table.columnNames, source, there.get(table.name)),
    ]
    let lag = 0
    for (const { partition, newestBlock } of partitions.filter((each) => each.table === table.name)) {
      const { cursor } = cursors.get({ source: source?.identity ?? '', table: table.name, partition })
      if (newestBlock <= cursor) continue
      const blocks = await readBlocks(client, { table: table.name, partition, from: cursor, to: newestBlock })
      lag += blocks.reduce((sum, { rows }) => sum + rows, 0)
    }
    found.push({
      table: table.name,
      outcome: reasons.length > 0 ? 'drift' : lag > 0 ? 'behind' : 'ok',
      lag_rows: lag,
      copied_rows: cursors
        .of(source?.identity ?? '', table.name)
        .reduce((sum, { cursor }) => sum + cursor.rows, 0),
      why: reasons.join('; '),
    })
  }
  return found
}
