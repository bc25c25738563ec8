/** Declarations → ClickHouse statements: create, add columns, later changes. */
// Not here: when they are applied (migrate.ts).
import type { Column } from '#clickhouse/column.ts'
import type { Table } from '#clickhouse/table.ts'

/** How many insert blocks a table remembers, so that a batch that is sent again is not stored again. */
const DEDUPLICATION_WINDOW = 10_000
/** How often expired parts are looked for, seconds. */
const TTL_TIMEOUT_S = 3_600

/** Not in `SELECT *` and not inserted: when the row came into this database, for retention only. */
const INSERTED_AT = "  `inserted_at` DateTime('UTC') MATERIALIZED now() CODEC(ZSTD(1))"

const columnSql = (name: string, { type, codec }: Column<unknown>): string =>
  `\`${name}\` ${type} CODEC(${codec})`

/** `CREATE TABLE IF NOT EXISTS` with the columns that the table had when it was first made, and the TTL (see `withoutTtl`). */
export function createTableSql(table: Table): string {
  const columns = Object.entries(table.columns).filter(
    ([, { since }]) => (since ?? table.since) === table.since,
  )
  const { partition, keepDays } = table
  return [
    `CREATE TABLE IF NOT EXISTS ${table.name}`,
    '(',
    [
      ...columns.map(([name, column]) => `  ${columnSql(name, column)}`),
      ...(keepDays ? [INSERTED_AT] : []),
    ].join(',\n'),
    ')',
    `ENGINE = ReplacingMergeTree${table.version ? `(${table.version})` : ''}`,
    ...(partition.by === 'none'
      ? []
      : [`PARTITION BY ${partition.by === 'day' ? 'toYYYYMMDD' : 'toYYYYMM'}(${partition.column})`]),
    ...(table.indexed ? [`PRIMARY KEY (${table.key.slice(0, table.indexed).join(', ')})`] : []),
    `ORDER BY (${table.key.join(', ')})`,
    ...(keepDays ? [`TTL inserted_at + INTERVAL ${keepDays} DAY DELETE`] : []),
    `SETTINGS ${settingsOf(table).join(', ')}`,
  ].join('\n')
}

/** Block numbers: sync follows them. Fsync: a batch leaves the spool when it is acknowledged, so it must be on disk by then. */
function settingsOf(table: Table): string[] {
  return [
    'enable_block_number_column = 1',
    'enable_block_offset_column = 1',
    `non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`,
    'fsync_after_insert = 1',
    'fsync_part_directory = 1',
    ...(table.keepDays ? ['ttl_only_drop_parts = 1', `merge_with_ttl_timeout = ${TTL_TIMEOUT_S}`] : []),
  ]
}

/**
 * A statement of `statementsOf` as it is run today. The words of a declaration are kept as they were first applied somewhere, since
 * their checksum is; but the TTL in them is set nowhere any more.
 */
export const withoutTtl = (sql: string): string =>
  sql.replace(/^TTL .*\n/m, '').replace(/, MODIFY TTL [^;]*$/, '')

/** Migration that takes deletion from ClickHouse, which would not wait for the archive, and gives it to retention. */
export const RETENTION_VERSION = 3

/**
 * Statements that take a table's TTL away, for databases from before version 3; empty where nothing is ever dropped, or in another version.
 * Those that touch the TTL are left out where there is none (migrate.ts). A TTL is set before it is removed: two may migrate at once, and
 * removing none is an error.
 */
export function retentionStatementsOf(table: Table, version: number): string[] {
  if (version !== Math.max(RETENTION_VERSION, table.since)) return []
  if (!table.keepDays && !table.tiers) return []
  return [
    ...(table.keepDays ? [] : [`ALTER TABLE ${table.name} ADD COLUMN IF NOT EXISTS ${INSERTED_AT.trim()}`]),
    `ALTER TABLE ${table.name} MODIFY TTL inserted_at + INTERVAL 3650 DAY DELETE SETTINGS materialize_ttl_after_modify = 0`,
    `ALTER TABLE ${table.name} REMOVE TTL`,
  ]
}

/** Statements that migration `version` runs for this table; empty when it does not concern it. */
export function statementsOf(table: Table, version: number): string[] {
  if (version < table.since) return []
  if (version === table.since) return [createTableSql(table)]
  const added = Object.entries(table.columns)
    .filter(([, { since }]) => since === version)
    .map(([name, column]) => `ALTER TABLE ${table.name} ADD COLUMN IF NOT EXISTS ${columnSql(name, column)}`)
  const changed = (table.changes ?? [])
    .filter(({ since }) => since === version)
    .map(({ alter }) => `ALTER TABLE ${table.name} ${alter}`)
  return [...added, ...changed]
}
