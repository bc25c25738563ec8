/** How much each table takes and will take: measured sizes, growth, and what each recording policy would keep of the rows that are there. */
// Not here: printing (cli/storage.ts), the policies (domain/market/recording-policy.ts).
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { runQuery } from '#clickhouse/query.ts'
import { growth, JUDGED, tableSizes } from '#clickhouse/tables/storage-queries.ts'
import {
  createRowFilter,
  type PolicyTable,
  PRESETS,
  type RecordingPolicies,
  type RecordingPolicy,
} from '#domain/market/recording-policy.ts'
import { DAY_MS, MINUTE_MS } from '#domain/time.ts'

/** One table as it lies on disk. */
export interface TableStorage {
  table: string
  rows: number
  bytes: number
  uncompressed_bytes: number
  /** On disk; 0 for an empty table. */
  bytes_per_row: number
  parts: number
  partitions: number
  /** At the pace of its newest day, GB (10^9 bytes); null where that day spans less than a minute. */
  gb_per_month: number | null
}

/** A table under a policy. */
export interface PolicyStorage {
  policy: RecordingPolicy
  /** Of the stored rows, how many it keeps; null where they do not tell: they were thinned already, or there are none. */
  kept_ratio: number | null
  gb_per_month: number | null
}

export interface StorageReport {
  tables: TableStorage[]
  total: { rows: number; bytes: number; gb_per_month: number }
  /** The policies in force, and each preset, by table; `gb_per_month` of all their tables that could be measured. */
  policies: Record<string, { tables: Record<string, PolicyStorage>; gb_per_month: number }>
}

export const LIMITS = {
  /** Newest rows of a table that policies are tried on. */
  judgedRows: 500_000,
} as const

const MONTH_MS = 30 * DAY_MS

/** Largest table first. @throws QueryFailedError */
export async function readStorage(client: ClickHouseClient): Promise<TableStorage[]> {
  const [sizes, pace] = await Promise.all([runQuery(client, tableSizes, {}), runQuery(client, growth, {})])
  const byTable = new Map(pace.map((each) => [each.table, each]))
  return sizes.map((size) => {
    const bytesPerRow = size.rows === 0 ? 0 : size.bytes / size.rows
    const day = byTable.get(size.table)
    const isKnown = day !== undefined && day.span_ms >= MINUTE_MS
    return {
      ...size,
      bytes_per_row: bytesPerRow,
      gb_per_month: isKnown ? (((day.rows / day.span_ms) * MONTH_MS) / 1e9) * bytesPerRow : null,
    }
  })
}

/** @param active the policies in force  @throws QueryFailedError */
export async function storageReport(
  client: ClickHouseClient,
  active: RecordingPolicies,
): Promise<StorageReport> {
  const tables = await readStorage(client)
  const policies: StorageReport['policies'] = {}
  const presets = { active, ...PRESETS }
  const ratios = await keptRatios(client, presets, active)
  for (const [name, preset] of Object.entries(presets)) {
    const entries = (Object.keys(preset) as PolicyTable[]).map((table) => {
      const ratio = ratios.get(`${name} ${table}`) ?? null
      const stored = tables.find((each) => each.table === table)?.gb_per_month ?? null
      return [
        table,
        {
          policy: preset[table],
          kept_ratio: ratio,
          gb_per_month: ratio === null || stored === null ? null : stored * ratio,
        },
      ] as const
    })
    policies[name] = {
      tables: Object.fromEntries(entries),
      gb_per_month: sum(entries.map(([, each]) => each)),
    }
  }
  const total = {
    rows: tables.reduce((all, { rows }) => all + rows, 0),
    bytes: tables.reduce((all, { bytes }) => all + bytes, 0),
    gb_per_month: sum(tables),
  }
  return { tables, total, policies }
}

const sum = (parts: readonly { gb_per_month: number | null }[]): number =>
  parts.reduce((all, { gb_per_month }) => all + (gb_per_month ?? 0), 0)

/** Which policies lose nothing that a stored row could have shown: only of such rows can others be measured. */
const isWhole = (table: PolicyTable, active: RecordingPolicies): boolean =>
  JSON.stringify(active[table]) === JSON.stringify(PRESETS.full[table])

/** `<name> <table>` → share of the stored rows that the policy keeps. */
async function keptRatios(
  client: ClickHouseClient,
  presets: Readonly<Record<string, RecordingPolicies>>,
  active: RecordingPolicies,
): Promise<Map<string, number>> {
  const ratios = new Map<string, number>()
  for (const table of Object.keys(active) as PolicyTable[]) {
    const same = JSON.stringify(active[table])
    const names = Object.keys(presets)
    for (const name of names)
      if (JSON.stringify(presets[name]?.[table]) === same) ratios.set(`${name} ${table}`, 1)
    const others = names.filter((name) => !ratios.has(`${name} ${table}`))
    // The last version of a candle is stored under every policy: rows that replace each other are one.
    if (table === 'candles') for (const name of others) ratios.set(`${name} ${table}`, 1)
    else if (others.length > 0 && isWhole(table, active))
      for (const [name, ratio] of await judge(client, table, others, presets))
        ratios.set(`${name} ${table}`, ratio)
  }
  return ratios
}

async function judge(
  client: ClickHouseClient,
  table: Exclude<PolicyTable, 'candles'>,
  names: readonly string[],
  presets: Readonly<Record<string, RecordingPolicies>>,
): Promise<[string, number][]> {
  const rows = await runQuery(client, JUDGED[table], { limit: LIMITS.judgedRows })
  if (rows.length === 0) return []
  return names.map((name) => {
    const filter = createRowFilter((presets[name] as RecordingPolicies)[table])
    // A book has six costs of one moment: they are kept or left together.
    const moments = table === 'liquidity' ? rows.filter((row, at) => row.at !== rows[at - 1]?.at) : rows
    let kept = 0
    for (const { coin, at, mid, usd, print } of moments) {
      const judged = { coin, ts: at, mid: mid === 0 ? null : mid, usd, print }
      if (!filter.wants(judged)) continue
      filter.stored(judged)
      kept++
    }
    return [name, kept / moments.length]
  })
}
