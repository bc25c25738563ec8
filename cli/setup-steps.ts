/** The work between the starts: tables, accounts, schedules, first sessions. Each may be repeated and then changes nothing. */
// Not here: when each is done (cli/supervisor/start-order.ts), the process that does it (cli/setup.ts), the same as a verb (cli/provision.ts).
import type { SetupRequest, SetupStep } from '#cli/supervisor/setup-client.ts'
import type { Environment } from '#config/environment.ts'
import { loadSettings } from '#config/load.ts'
import type { Logger } from '#config/logger.ts'

export interface StepParts {
  environment: Environment
  log: Logger
}

export interface StepResult {
  /** Shown beside the step. */
  text: string
  /** What the user should know beyond that. */
  notes: readonly string[]
}

/** Does one step. Modules are loaded by the step that needs them. @throws HoldfastError of the layer that failed */
export function runSetupStep(request: SetupRequest, parts: StepParts): Promise<StepResult> {
  const steps: Record<SetupStep, () => Promise<StepResult>> = {
    tables: () => migrateTables(parts),
    accounts: () => provision(parts),
    schedules: () => reconcileSchedules(parts),
    sessions: () => startSessions(parts, request.files ?? []),
  }
  return steps[request.step]()
}

async function migrateTables({ environment, log }: StepParts): Promise<StepResult> {
  const { createClickHouse } = await import('#clickhouse/client.ts')
  const { migrate } = await import('#clickhouse/migrate.ts')
  const client = createClickHouse(environment)
  try {
    const applied = await migrate(client, log)
    return { text: `${applied}`, notes: [] }
  } finally {
    await client.close()
  }
}

async function provision({ environment }: StepParts): Promise<StepResult> {
  const { provisionPaperAccounts } = await import('#exchange/client/provision.ts')
  const { exchangeUrl } = await import('#exchange/client/connect.ts')
  const settings = loadSettings(environment.HOLDFAST_CONFIG)
  const url = exchangeUrl(settings, environment)
  const accounts = await provisionPaperAccounts(settings, environment, url)
  return { text: accounts.map(({ name }) => name).join(', ') || 'none configured', notes: [] }
}

async function reconcileSchedules({ environment, log }: StepParts): Promise<StepResult> {
  const { applySchedules } = await import('#cli/schedules.ts')
  const { connectClientPatiently } = await import('#workers/support/temporal-client.ts')
  const temporal = await connectClientPatiently(environment, log)
  try {
    const changes = await applySchedules(temporal.client)
    const changed = changes.filter(({ change }) => change !== 'unchanged')
    return { text: `${changes.length} declared, ${changed.length} changed`, notes: [] }
  } finally {
    await temporal.close()
  }
}

async function startSessions(_parts: StepParts, files: readonly string[]): Promise<StepResult> {
  return { text: String(files.length), notes: [] }
}
