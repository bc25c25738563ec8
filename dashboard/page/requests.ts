/** The page's requests that change something; a refusal comes back as a sentence to show. */
import type { KillJobView } from '#dashboard/model.ts'
import type { CommandResult } from '#domain/session/command.ts'
import type { KillMode, KillScope } from '#domain/session/types.ts'

export type Outcome<T> = { ok: true; value: T } | { ok: false; message: string }

async function post<T>(path: string, body: unknown): Promise<Outcome<T>> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const value = (await response.json()) as T & { error?: { message: string; hint: string } }
    if (response.ok) return { ok: true, value }
    return {
      ok: false,
      message: value.error ? `${value.error.message} (${value.error.hint})` : response.statusText,
    }
  } catch (error) {
    return { ok: false, message: `the dashboard server cannot be reached: ${(error as Error).message}` }
  }
}

export const sendKill = (request: { scope: KillScope; mode: KillMode; reason: string }) =>
  post<KillJobView>('/api/kill', request)

export const sendRelease = (scope: KillScope) => post('/api/release', { scope })

export type CommandName = 'forceEntry' | 'forceClose' | 'reduce' | 'updateParams'

/** An order of a person; the answer of an order that trades carries its result. */
export const sendCommand = (command: CommandName, sessionId: string, body: Record<string, unknown>) =>
  post<{ result?: CommandResult }>('/api/session/command', { session_id: sessionId, command, body })

export const sendAction = (action: 'stop' | 'pause' | 'resume', sessionId: string) =>
  post(`/api/session/${action}`, { session_id: sessionId, reason: 'from the dashboard' })
