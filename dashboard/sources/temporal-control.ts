/** Sessions through Temporal: the list of those that run, their status, and stop, pause, resume. */
// Not here: kills (dashboard/sources/kill-service.ts), which must work without Temporal.
import { WorkflowUpdateFailedError } from '@temporalio/client'
import type { Environment } from '#config/environment.ts'
import type { ListedSession, SessionControl } from '#dashboard/services.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'
import type { SessionReport } from '#domain/session/types.ts'
import { connectClient, type TemporalClient } from '#workers/support/temporal-client.ts'
import { RUNNING_SESSIONS, SEARCH_ATTRIBUTES } from '#workflows/names.ts'
import { pause, resume, status, stop } from '#workflows/trading-session/messages.ts'

export const CONTROL_LIMITS = { sessionsMax: 200, readMs: 3_000, actMs: 10_000, commandMs: 30_000 } as const

type StopArguments = [{ reason: string }]

export interface TemporalControl extends SessionControl {
  close(): Promise<void>
}

/** Connects on first use; a failed connection is forgotten, so that the next question tries again. */
export function createTemporalControl(environment: Environment): TemporalControl {
  let opening: Promise<TemporalClient> | null = null
  const connect = (): Promise<TemporalClient> => {
    opening ??= connectClient(environment).catch((error: unknown) => {
      opening = null
      throw error
    })
    return opening
  }
  const within = async <T>(ms: number, ask: (temporal: TemporalClient) => Promise<T>): Promise<T> => {
    const temporal = await connect()
    return temporal.connection.withDeadline(Date.now() + ms, () => ask(temporal))
  }
  return {
    list: () => within(CONTROL_LIMITS.readMs, listRunning),
    status: (sessionId) =>
      within(CONTROL_LIMITS.readMs, async ({ client }) => ({
        ...(await client.workflow.getHandle(sessionId).query(status)),
      })),
    act: (sessionId, action, reason) =>
      within(CONTROL_LIMITS.actMs, async ({ client }) => {
        const handle = client.workflow.getHandle(sessionId)
        if (action === 'pause') await handle.signal(pause, { reason })
        else if (action === 'resume') await handle.signal(resume, { reason })
        else
          await handle.startUpdate<SessionReport, StopArguments>(stop.name, {
            args: [{ reason }],
            waitForStage: 'ACCEPTED',
          })
      }),
    command: (sessionId, command, body) =>
      within(CONTROL_LIMITS.commandMs, async ({ client }) => {
        try {
          return await client.workflow
            .getHandle(sessionId)
            .executeUpdate<Record<string, unknown>, [object]>(command, { args: [body] })
        } catch (error) {
          if (!(error instanceof WorkflowUpdateFailedError)) throw error
          throw new HoldfastError(describeError(error.cause ?? error), {
            code: 'SESSION_REFUSED',
            retryable: false,
            hint: 'correct what the message names',
            cause: error,
          })
        }
      }),
    close: async () => {
      const temporal = await opening?.catch(() => null)
      await temporal?.close()
    },
  }
}

async function listRunning({ client }: TemporalClient): Promise<ListedSession[]> {
  const found: ListedSession[] = []
  for await (const session of client.workflow.list({ query: RUNNING_SESSIONS, pageSize: 100 })) {
    const { typedSearchAttributes: attributes } = session
    const word = (name: keyof typeof SEARCH_ATTRIBUTES): string =>
      attributes.get(SEARCH_ATTRIBUTES[name]) ?? ''
    found.push({
      session_id: session.workflowId,
      state: word('state'),
      engine: word('engine'),
      mode: word('mode'),
      account: word('account'),
      coin: word('coin'),
      host: word('host'),
      started_ts: session.startTime.getTime(),
    })
    if (found.length >= CONTROL_LIMITS.sessionsMax) break
  }
  return found
}
