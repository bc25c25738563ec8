/** docs/tables.md from the declarations: `node clickhouse/tables-page.ts` rewrites it; tables-page.test.ts fails while it is not current. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { declaredPolicy } from '#clickhouse/data-policy.ts'
import type { Table } from '#clickhouse/table.ts'
import { REMOTE_TABLES, TABLES } from '#clickhouse/tables/index.ts'
import { PROJECT_ROOT } from '#config/environment.ts'

export const TABLES_PAGE = join(PROJECT_ROOT, 'docs', 'tables.md')

/** The whole page. */
export function tablesPage(tables: readonly Table[] = [...TABLES, ...REMOTE_TABLES]): string {
  return [
    '# Tables',
    '',
    'Everything Holdfast stores in ClickHouse. This page is generated from `clickhouse/tables` (`node clickhouse/tables-page.ts`).',
    '',
    'All times are UTC with milliseconds; prices, sizes and money are exact decimals. Rows that agree in the key are one fact and are replaced by the',
    'newest when ClickHouse merges: count with `FINAL`. Deletion is counted from the insert, not from the time of the row; it waits for the archive and',
    'for the remote copy, as far as they are switched on (features/archive.md, features/remote-sync.md).',
    '',
    ...tables.flatMap(section),
  ].join('\n')
}

function section(table: Table): string[] {
  const { partition, version } = table
  const facts = [
    `key \`${table.key.join(', ')}\``,
    ...(table.indexed ? [`indexed by the first ${table.indexed}`] : []),
    version ? `newest by \`${version}\`` : 'the last insert stays',
    partition.by === 'none' ? 'one partition' : `partitioned by ${partition.by} of \`${partition.column}\``,
    ...lifeOf(table),
  ]
  return [
    `## ${table.name}`,
    '',
    `${sentence(table.why)}.`,
    '',
    `${sentence(facts.join('; '))}.`,
    '',
    '| column | type | meaning | codec |',
    '|---|---|---|---|',
    ...Object.entries(table.columns).map(
      ([name, { type, doc, codec }]) => `| \`${name}\` | \`${type}\` | ${cell(doc)} | ${codec} |`,
    ),
    '',
  ]
}

/** What happens to its rows after they were stored. */
function lifeOf(table: Table): string[] {
  const { sync, archive, retention } = declaredPolicy(table)
  const tiers = (retention?.tiers ?? []).map(({ where, days }) => `rows with \`${where}\` after ${days} days`)
  const whole = retention?.days == null ? [] : [`partitions after ${retention.days} days`]
  const dropped = [...tiers, ...whole].join(', ')
  return [
    sync ? 'copied to the remote' : 'not copied',
    archive ? `archived by ${archive.by} (Parquet, ${archive.codec})` : 'not archived',
    dropped === ''
      ? 'kept for ever'
      : `dropped: ${dropped}${retention?.after.length ? `, once ${retention.after.map((what) => (what === 'sync' ? 'copied' : 'archived')).join(' and ')}` : ''}`,
  ]
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const cell = (text: string): string => text.replaceAll('|', '\\|')

if (import.meta.main) writeFileSync(TABLES_PAGE, tablesPage())
