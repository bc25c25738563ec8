/** `holdfast migrate` brings the tables of ClickHouse up to date; `holdfast storage` shows what they take. */
// Not here: what the tables are (clickhouse/tables), who calls the same at start (cli/setup-steps.ts).
import type { Command } from 'commander'
import { formatBytes, print, printJson, printTable } from '#cli/output.ts'
import { type ClickHouseClient, clickHouseUrl, createClickHouse } from '#clickhouse/client.ts'
import { migrate } from '#clickhouse/migrate.ts'
import { runQuery } from '#clickhouse/query.ts'
import { storageByTable } from '#clickhouse/tables/operations-queries.ts'
import { type Environment, loadEnvironment } from '#config/environment.ts'

/** One table as `holdfast storage --json` prints it. */
export interface TableStorage {
  table: string
  rows: number
  bytes: number
  uncompressed_bytes: number
  /** On disk; 0 for an empty table. */
  bytes_per_row: number
  parts: number
  partitions: number
}

export function registerData(program: Command): void {
  program
    .command('migrate')
    .description('create what is missing in ClickHouse; may be repeated')
    .option('--json', 'one JSON object')
    .action(runMigrate)
  program
    .command('storage')
    .description('rows and bytes of every table, from system.parts')
    .option('--json', 'one JSON object')
    .action(showStorage)
}

async function runMigrate({ json }: { json?: boolean }): Promise<void> {
  await withClickHouse(async (client, environment) => {
    const quiet = { info: () => {}, warn: (_facts: unknown, text?: string) => warn(text ?? '') }
    const applied = await migrate(client, quiet)
    if (json)
      printJson({ applied, url: clickHouseUrl(environment), database: environment.CLICKHOUSE_DATABASE })
    else print(applied === 0 ? 'Tables were current.' : `Applied ${applied} migrations.`)
  })
}

const warn = (text: string): void => void process.stderr.write(`${text}\n`)

async function showStorage({ json }: { json?: boolean }): Promise<void> {
  await withClickHouse(async (client) => {
    const tables = await readStorage(client)
    const total = tables.reduce(
      (sum, { rows, bytes }) => ({ rows: sum.rows + rows, bytes: sum.bytes + bytes }),
      { rows: 0, bytes: 0 },
    )
    if (json) return printJson({ tables, total })
    printTable(
      ['table', 'rows', 'bytes', 'bytes/row', 'packed', 'parts'],
      tables.map((each) => [
        each.table,
        each.rows.toLocaleString('en'),
        formatBytes(each.bytes),
        each.bytes_per_row.toFixed(1),
        each.bytes === 0 ? '' : `${(each.uncompressed_bytes / each.bytes).toFixed(1)}x`,
        String(each.parts),
      ]),
    )
    print(`${total.rows.toLocaleString('en')} rows, ${formatBytes(total.bytes)}`)
  })
}

/** Largest first. @throws QueryFailedError */
export async function readStorage(client: ClickHouseClient): Promise<TableStorage[]> {
  const rows = await runQuery(client, storageByTable, {})
  return rows.map((row) => ({ ...row, bytes_per_row: row.rows === 0 ? 0 : row.bytes / row.rows }))
}

async function withClickHouse(
  work: (client: ClickHouseClient, environment: Environment) => Promise<void>,
): Promise<void> {
  const environment = loadEnvironment()
  const client = createClickHouse(environment)
  try {
    await work(client, environment)
  } finally {
    await client.close()
  }
}
