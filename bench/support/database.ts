/** A database of a benchmark's own: the embedded server as a process, every table, a folder; all gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClickHouseClient, createClickHouse } from '#clickhouse/client.ts'
import { migrate } from '#clickhouse/migrate.ts'
import { loadEnvironment } from '#config/environment.ts'
import { createLogger } from '#config/logger.ts'
import { startService } from '#tests/streamers/processes.ts'

/** @param work gets a client of the migrated database, and the folder in which spools may lie */
export async function withDatabase<Result>(
  work: (client: ClickHouseClient, folder: string) => Promise<Result>,
): Promise<Result> {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  const env = { HOLDFAST_HOME: root, HOLDFAST_PORT_CLICKHOUSE: '0', HOLDFAST_LOG_LEVEL: 'error' }
  const server = await startService('clickhouse', 'clickhouse/front/server.ts', env)
  const client = createClickHouse(loadEnvironment({ ...env, CLICKHOUSE_URL: server.url }))
  try {
    await migrate(client, createLogger('bench', 'error'))
    return await work(client, root)
  } finally {
    await client.close()
    await server.stop()
    rmSync(root, { recursive: true, force: true })
  }
}
