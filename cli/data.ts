/** `holdfast migrate` brings the tables of ClickHouse up to date; `holdfast storage` shows what they take. */
// Not here: measuring and printing of storage (storage.ts), what the tables are (clickhouse/tables), who calls the same at start (cli/setup-steps.ts).
import type { Command } from 'commander'
import { print, printJson } from '#cli/output.ts'
import { showStorage } from '#cli/storage.ts'
import { type ClickHouseClient, clickHouseUrl, createClickHouse } from '#clickhouse/client.ts'
import { migrate } from '#clickhouse/migrate.ts'
import { type Environment, loadEnvironment } from '#config/environment.ts'
import { loadSettings } from '#config/load.ts'

export function registerData(program: Command): void {
  program
    .command('migrate')
    .description('create what is missing in ClickHouse; may be repeated')
    .option('--json', 'one JSON object')
    .action(runMigrate)
  program
    .command('storage')
    .description('rows and bytes of every table, growth, and what each recording policy would keep')
    .option('--json', 'one JSON object')
    .action(({ json = false }: { json?: boolean }) =>
      withClickHouse((client, environment) =>
        showStorage(client, loadSettings(environment.HOLDFAST_CONFIG), json),
      ),
    )
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
