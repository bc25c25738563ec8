/** Brings a database to the declared tables: ordered, checksummed, safe to run again and at any moment. */
// Not here: the statements (ddl.ts), the tables (tables/index.ts).
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type ClickHouseClient, ensureDatabase } from '#clickhouse/client.ts'
import { RETENTION_VERSION, retentionStatementsOf, statementsOf, withoutTtl } from '#clickhouse/ddl.ts'
import { defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import type { Table } from '#clickhouse/table.ts'
import { TABLES } from '#clickhouse/tables/index.ts'
import { migrations } from '#clickhouse/tables/operations.ts'
import type { Logger } from '#config/logger.ts'
import { HoldfastError } from '#domain/errors.ts'

/** What one version changes in one table. */
export interface Migration {
  version: number
  /** Name of the table, ` retention` after it where its TTL is taken away. */
  name: string
  table: string
  /** As they are run. */
  statements: readonly string[]
  /** sha256 of the statements as they were first declared, hex. */
  checksum: string
}

/** A declaration was edited after its migration ran somewhere: history must not be rewritten. */
export class MigrationChangedError extends HoldfastError {
  constructor(migration: Migration, applied: string) {
    super(
      `migration ${migration.version} of table ${migration.name} was applied with checksum ${applied.slice(0, 12)}, the declaration now gives ${migration.checksum.slice(0, 12)}`,
      {
        code: 'MIGRATION_CHANGED',
        retryable: false,
        hint: `take the change to ${migration.name} back, and declare it as a new version: \`since\` on new columns, \`changes\` on the table`,
        details: { version: migration.version, table: migration.name },
      },
    )
  }
}

export class MigrationFailedError extends HoldfastError {
  constructor(what: string, cause: unknown) {
    super(`migration failed: ${what}`, {
      code: 'MIGRATION_FAILED',
      retryable: true,
      hint: 'see the cause; `holdfast migrate` may be repeated, it goes on where it stopped',
      cause,
    })
  }
}

const appliedMigrations = defineQuery({
  name: 'applied migrations',
  sql: 'SELECT version, name, checksum FROM migrations FINAL ORDER BY version, name',
  params: z.object({}),
  row: z.object({ version: wholeNumber, name: z.string(), checksum: z.string() }),
})

/** Tables of the current database that ClickHouse itself deletes from. */
const tablesWithTtl = defineQuery({
  name: 'tables with a TTL',
  sql: "SELECT name FROM system.tables WHERE database = currentDatabase() AND position(engine_full, ' TTL ') > 0",
  params: z.object({}),
  row: z.object({ name: z.string() }),
})

/** All migrations of these tables: by version, in a version in the order of the tables. */
export function planMigrations(tables: readonly Table[]): Migration[] {
  const versions = new Set(
    tables.flatMap((table) => [
      table.since,
      Math.max(RETENTION_VERSION, table.since),
      ...Object.values(table.columns).map(({ since }) => since ?? table.since),
      ...(table.changes ?? []).map(({ since }) => since),
    ]),
  )
  return [...versions]
    .sort((a, b) => a - b)
    .flatMap((version) =>
      tables.flatMap((table) => {
        const declared = statementsOf(table, version)
        const removal = retentionStatementsOf(table, version)
        const of = { version, table: table.name }
        return [
          { ...of, name: table.name, statements: declared.map(withoutTtl), checksum: checksumOf(declared) },
          { ...of, name: `${table.name} retention`, statements: removal, checksum: checksumOf(removal) },
        ]
      }),
    )
    .filter(({ statements }) => statements.length > 0)
}

const checksumOf = (statements: readonly string[]): string =>
  createHash('sha256').update(statements.join(';\n')).digest('hex')

/**
 * Applies what the database has not been through yet; makes the database itself where needed.
 * @returns how many migrations were applied; 0 when it was current
 * @throws MigrationChangedError before anything is changed, MigrationFailedError at the statement that failed
 */
export async function migrate(
  client: ClickHouseClient,
  log: Pick<Logger, 'info' | 'warn'>,
  tables: readonly Table[] = TABLES,
): Promise<number> {
  await step('create the database', () => ensureDatabase(client))
  for (const sql of statementsOf(migrations, migrations.since))
    await step('create table migrations', () => client.command({ query: sql }))
  const plan = planMigrations(tables)
  const before = await runQuery(client, appliedMigrations, {})
  const checksums = new Map(before.map(({ version, name, checksum }) => [`${version} ${name}`, checksum]))
  for (const migration of plan) {
    const applied = checksums.get(`${migration.version} ${migration.name}`)
    if (applied !== undefined && applied !== migration.checksum)
      throw new MigrationChangedError(migration, applied)
  }
  const due = plan.filter(({ version, name }) => !checksums.has(`${version} ${name}`))
  const withTtl = due.length === 0 ? [] : await runQuery(client, tablesWithTtl, {})
  for (const migration of due) {
    const hasTtl = withTtl.some(({ name }) => name === migration.table)
    const statements = migration.statements.filter((sql) => hasTtl || !/ TTL\b/.test(sql))
    await apply(client, { ...migration, statements })
  }
  const unknown = before.length + due.length - plan.length
  if (unknown > 0)
    log.warn({ unknown }, 'the database has been through migrations that this version does not know')
  log.info({ applied: due.length, tables: tables.length }, 'tables are current')
  return due.length
}

async function apply(
  client: ClickHouseClient,
  { version, name, statements, checksum }: Migration,
): Promise<void> {
  const what = `version ${version} of ${name}`
  for (const query of statements) await step(what, () => client.command({ query }))
  await step(`record ${what}`, () =>
    client.command({
      query:
        'INSERT INTO migrations (version, name, checksum, applied_ts) SELECT {version:UInt32}, {name:String}, {checksum:String}, now64(3)',
      query_params: { version, name, checksum },
    }),
  )
}

async function step(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw new MigrationFailedError(what, error)
  }
}
