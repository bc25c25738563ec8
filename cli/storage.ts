/** `holdfast storage` shows what each table takes, how fast it grows, and what each recording policy would keep of it. */
// Not here: measuring (clickhouse/storage.ts), `holdfast migrate` (cli/data.ts).
import { formatBytes, print, printJson, printTable } from '#cli/output.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { type PolicyStorage, type StorageReport, storageReport } from '#clickhouse/storage.ts'
import type { Settings } from '#config/schema.ts'
import { policiesOf, type RecordingPolicy } from '#domain/market/recording-policy.ts'

/** @throws QueryFailedError */
export async function showStorage(
  client: ClickHouseClient,
  settings: Settings,
  json: boolean,
): Promise<void> {
  const report = await storageReport(client, policiesOf(settings.streamers))
  if (json) return printJson(report)
  printTables(report)
  printPolicies(report)
}

const gb = (value: number | null): string =>
  value === null ? '' : value < 0.0995 ? value.toPrecision(2) : value.toFixed(1)

function printTables({ tables, total }: StorageReport): void {
  printTable(
    ['table', 'rows', 'bytes', 'bytes/row', 'packed', 'GB/month', 'parts'],
    tables.map((each) => [
      each.table,
      each.rows.toLocaleString('en'),
      formatBytes(each.bytes),
      each.bytes_per_row.toFixed(1),
      each.bytes === 0 ? '' : `${(each.uncompressed_bytes / each.bytes).toFixed(1)}x`,
      gb(each.gb_per_month),
      String(each.parts),
    ]),
  )
  print(
    `${total.rows.toLocaleString('en')} rows, ${formatBytes(total.bytes)}; ${gb(total.gb_per_month)} GB a month at the pace of the newest day, before retention`,
  )
}

/** Words of a policy: `change 1 % or 600 s`. */
export function policyWords(policy: RecordingPolicy): string {
  if (policy.store === 'value') return `value ≥ ${policy.min_usd} USD`
  if (policy.store === 'change') return `change ${policy.moved_pct} % or ${policy.every_s} s`
  if (policy.store === 'sample') return `sample ${policy.every_ms / 1_000} s`
  return policy.store
}

function printPolicies({ policies }: StorageReport): void {
  print('')
  print('What each policy keeps of the stored rows (blank: they were thinned already, or there are none):')
  const names = Object.keys(policies)
  const cell = (each: PolicyStorage | undefined): string => {
    if (!each) return ''
    const share = each.kept_ratio === null ? '' : ` ${(each.kept_ratio * 100).toPrecision(3)} %`
    return `${policyWords(each.policy)}${share}${each.gb_per_month === null ? '' : `, ${gb(each.gb_per_month)} GB`}`
  }
  printTable(
    ['table', ...names],
    Object.keys(policies[names[0] ?? '']?.tables ?? {}).map((table) => [
      table,
      ...names.map((name) => cell(policies[name]?.tables[table])),
    ]),
  )
  print(names.map((name) => `${name}: ${gb(policies[name]?.gb_per_month ?? null)} GB/month`).join(', '))
}
