/** The work between the starts: tables, accounts, schedules, first sessions. Each may be repeated and then changes nothing. */
// Not here: when each is done (cli/supervisor/start-order.ts), the process that does it (cli/setup.ts), the same as a verb (cli/provision.ts).
import { sessionFile } from '#cli/config.ts'
import type { SetupRequest, SetupStep } from '#cli/supervisor/setup-client.ts'
import type { Environment } from '#config/environment.ts'
import { loadSettings } from '#config/load.ts'
import type { Logger } from '#config/logger.ts'
import { HoldfastError } from '#domain/errors.ts'

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
    return { text: applied === 0 ? 'current' : `${applied} created or changed`, notes: [] }
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
  const { schedulesFor } = await import('#workflows/schedules.ts')
  const { ensureSearchAttributes } = await import('#cli/support/search-attributes.ts')
  const { connectClientPatiently } = await import('#workers/support/temporal-client.ts')
  const temporal = await connectClientPatiently(environment, log)
  try {
    const added = await ensureSearchAttributes(temporal.connection, environment.TEMPORAL_NAMESPACE)
    const changes = await applySchedules(
      temporal.client,
      schedulesFor(loadSettings(environment.HOLDFAST_CONFIG)),
    )
    const changed = changes.filter(({ change }) => change !== 'unchanged')
    const notes = added.length > 0 ? [`search attributes added: ${added.join(', ')}`] : []
    return { text: `${changes.length} declared, ${changed.length} changed`, notes }
  } finally {
    await temporal.close()
  }
}

/**
 * Starts what does not run. A session that cannot start now, e.g. for a coin that this market has not, is a note and no reason
 * to stop everything else: the file itself was checked before the start.
 */
async function startSessions({ environment, log }: StepParts, files: readonly string[]): Promise<StepResult> {
  const { checkSession, readSessionFile, startSession } = await import('#cli/support/session-client.ts')
  const { connectClientPatiently } = await import('#workers/support/temporal-client.ts')
  const settings = loadSettings(environment.HOLDFAST_CONFIG)
  const temporal = await connectClientPatiently(environment, log)
  const outcomes: string[] = []
  const notes: string[] = []
  try {
    for (const file of files) {
      const input = readSessionFile(sessionFile(file))
      try {
        await checkSession({ environment, settings, name: 'cli:up' }, input)
        outcomes.push(`${(await startSession(temporal.client.workflow, input)).session_id} started`)
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error
        if (error.code === 'SESSION_RUNNING') outcomes.push(`${input.session_key} goes on`)
        else notes.push(`session ${input.session_key} was not started: ${error.message}; ${error.hint}`)
      }
    }
  } finally {
    await temporal.close()
  }
  return { text: outcomes.join(', ') || 'none', notes }
}
