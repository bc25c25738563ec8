/** Sessions as an operator handles them through Temporal: check, start, ask, tell. */
// Not here: what is printed (cli/session.ts).
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type WorkflowClient,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client'
import { createAdmitActivities } from '#activities/trading-session/admit.ts'
import { type Operator, parseJsonOption } from '#cli/support/operator.ts'
import { systemClock } from '#config/clock.ts'
import { createKillStore } from '#config/kill-store.ts'
import { loadSessionFile } from '#config/session-file.ts'
import { describeError, HoldfastError, InvalidInputError } from '#domain/errors.ts'
import { sessionId } from '#domain/ids.ts'
import { parseSessionInput, type SessionInput } from '#domain/session/input.ts'
import { effectiveKill } from '#domain/session/kill-order.ts'
import type { SessionReport } from '#domain/session/types.ts'
import { exchangeUrl } from '#exchange/client/connect.ts'
import { createTransport, type Transport } from '#exchange/client/http.ts'
import { createInfo, type Info } from '#exchange/client/info.ts'
import { createWeightBudget } from '#exchange/client/weight-budget.ts'
import { parseCoinContexts } from '#exchange/wire/coin-contexts.ts'
import { SEARCH_ATTRIBUTES, TASK_QUEUES, WORKFLOW_TYPES } from '#workflows/names.ts'
import { report as reportQuery } from '#workflows/trading-session/messages.ts'

/** Reads a session file: YAML, which JSON is a part of. @throws InvalidInputError with file, line and path */
export function readSessionFile(file: string): SessionInput {
  if (!existsSync(file)) {
    throw new InvalidInputError({
      source: '--file',
      path: '',
      found: `${file}, which is absent`,
      expected: 'a session file',
    })
  }
  if (file.endsWith('.json'))
    return parseSessionInput(parseJsonOption(readFileSync(file, 'utf8'), file), file)
  return loadSessionFile(file)
}

/** Every session file of a folder, by name. @throws InvalidInputError of the first bad one, or when there is none */
export function readSessionFolder(folder: string): SessionInput[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => /\.(ya?ml|json)$/.test(name)) : []
  if (names.length > 0) return names.sort().map((name) => readSessionFile(join(folder, name)))
  throw new InvalidInputError({
    source: '--folder',
    path: '',
    found: `${folder}, without session files`,
    expected: 'a folder of YAML or JSON session files',
  })
}

/** The same checks that the session itself makes first, here before anything is sent. @throws InvalidInputError, HoldfastError */
export async function checkSession(operator: Operator, input: SessionInput): Promise<void> {
  const { environment, settings } = operator
  const transport = createTransport(exchangeUrl(settings, environment))
  const killStore = createKillStore(environment.home.kills)
  const { admitSession } = createAdmitActivities({
    network: settings.exchange.network,
    accounts: settings.accounts,
    live: {
      enable: environment.HOLDFAST_LIVE_ENABLE,
      confirm: environment.HOLDFAST_LIVE_CONFIRM,
      caps: settings.live,
    },
    dayVolumes: async () => parseCoinContexts(await createInfoOf(transport).ask('metaAndAssetCtxs')),
    venueCoins: async () => {
      return new Map(
        [...(await createInfoOf(transport).meta())].map(([coin, { sizeDecimals }]) => [coin, sizeDecimals]),
      )
    },
    killOf: (session) => effectiveKill(killStore.list(), session),
    // The workflow asks for these two again, with Temporal's own view.
    switchKillOf: async () => null,
    rivals: async () => [],
    links: () => ({ dashboard: '', temporal_ui: '' }),
  })
  const session_id = sessionId(input.mode, input.session_key)
  try {
    const { admission } = await admitSession({ session_id, started_ts: systemClock.now(), input })
    if (admission.kill) throw new KillEngagedError(session_id, admission.kill)
  } finally {
    killStore.close()
    transport.close()
  }
}

const createInfoOf = (transport: Transport): Info =>
  createInfo({ transport, clock: systemClock, budget: createWeightBudget(systemClock) })

/** A kill is in force for this session: starting it would end at once. */
export class KillEngagedError extends HoldfastError {
  constructor(session: string, kill: { mode: string; reason: string }) {
    super(`a kill is engaged for ${session}: ${kill.mode}${kill.reason ? ` (${kill.reason})` : ''}`, {
      code: 'KILL_ENGAGED',
      retryable: false,
      hint: 'lift it with `holdfast kill --mode off` (and the scope it was engaged with)',
    })
  }
}

/** Starts the workflow of a session. @throws HoldfastError SESSION_RUNNING when it runs already */
export async function startSession(
  client: WorkflowClient,
  input: SessionInput,
): Promise<{ session_id: string; run_id: string }> {
  const workflowId = sessionId(input.mode, input.session_key)
  const { mode, engine, account, coins } = input
  try {
    const handle = await client.start(WORKFLOW_TYPES.tradingSession, {
      workflowId,
      taskQueue: TASK_QUEUES.orchestrator,
      args: [input],
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: `${engine} ${coins.join(',')} on ${account}`,
      typedSearchAttributes: [
        { key: SEARCH_ATTRIBUTES.mode, value: mode },
        { key: SEARCH_ATTRIBUTES.engine, value: engine },
        { key: SEARCH_ATTRIBUTES.account, value: account },
        { key: SEARCH_ATTRIBUTES.coin, value: coins.join(',') },
      ],
    })
    return { session_id: workflowId, run_id: handle.firstExecutionRunId }
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    throw new HoldfastError(`${workflowId} runs already`, {
      code: 'SESSION_RUNNING',
      retryable: false,
      hint: `stop it with \`holdfast session stop ${workflowId}\`, or give this one another session_key`,
    })
  }
}

/** Turns what Temporal says about one session into our words. */
export async function asking<T>(session: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) {
      throw new HoldfastError(`no session ${session}, or it has ended`, {
        code: 'NO_SESSION',
        retryable: false,
        hint: 'see `holdfast session list`',
        cause: error,
      })
    }
    if (error instanceof WorkflowUpdateFailedError || error instanceof WorkflowFailedError) {
      throw new HoldfastError(`${session} refused: ${describeError(error.cause ?? error)}`, {
        code: 'SESSION_REFUSED',
        retryable: false,
        hint: 'correct what the message names',
      })
    }
    throw error
  }
}

/** The final report of a session that ended; null while it runs. */
export async function finalReport(client: WorkflowClient, session: string): Promise<SessionReport | null> {
  const handle = client.getHandle(session)
  const { status } = await asking(session, () => handle.describe())
  if (status.name === 'RUNNING') return await asking(session, () => handle.query(reportQuery))
  return (await asking(session, () => handle.result())) as SessionReport
}
