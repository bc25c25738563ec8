/** Watches the session files of this installation, and the strategy files that they name, for edits and sends them to the sessions that run with them. */
// Not here: what an edit leads to (session-files.ts).
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Client } from '@temporalio/client'
import { z } from 'zod'
import { readJson, writeJsonAtomic } from '#config/atomic-file.ts'
import { type Environment, PROJECT_ROOT } from '#config/environment.ts'
import { loadSettings } from '#config/load.ts'
import type { Logger } from '#config/logger.ts'
import { loadSessionFile, sessionFileParts } from '#config/session-file.ts'
import { describeError } from '#domain/errors.ts'
import { createSessionFiles } from '#workers/support/session-files.ts'
import { isWorkflowAbsent } from '#workers/support/temporal-client.ts'
import { status, updateParams } from '#workflows/trading-session/messages.ts'

const LOOK_EVERY_MS = 1_000
const ANSWER_MS_MAX = 10_000

export interface FileWatch {
  close(): Promise<void>
}

/** Looks once a second by content: editors replace files, and mounted folders send no events. */
export function watchSessionFiles(parts: {
  environment: Environment
  client: Client
  log: Logger
}): FileWatch {
  const { environment, client, log } = parts
  const stateFile = join(environment.home.run, 'session-files.json')
  const files = createSessionFiles({
    files: () => sessionFiles(environment),
    mark: sessionMark,
    parts: sessionFileParts,
    read: loadSessionFile,
    async inForce(session) {
      try {
        const { params, limits, coins, report } = await client.withDeadline(Date.now() + ANSWER_MS_MAX, () =>
          client.workflow.getHandle(session).query(status),
        )
        return report === null ? { params, limits: { ...limits }, coins } : null
      } catch (error) {
        if (isWorkflowAbsent(error)) return null
        throw error
      }
    },
    async update(session, change) {
      await client.workflow.getHandle(session).executeUpdate(updateParams, { args: [change] })
    },
    seen: {
      load() {
        const read = readJson(stateFile, z.record(z.string(), z.string()))
        return read.kind === 'value' ? read.value : {}
      },
      save: (marks) => writeJsonAtomic(stateFile, marks),
    },
    log,
  })
  const stopped = new AbortController()
  const watching = watch(
    async () => {
      await files.look()
    },
    stopped.signal,
    log,
  )
  return {
    async close() {
      stopped.abort()
      await watching
    },
  }
}

async function watch(look: () => Promise<void>, stopped: AbortSignal, log: Logger): Promise<void> {
  while (!stopped.aborted) {
    try {
      await look()
    } catch (error) {
      log.warn({ why: describeError(error) }, 'session files were not looked at')
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOOK_EVERY_MS)
      stopped.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true })
    })
  }
}

/** Those that the settings start, and every other one beside them. */
export function sessionFiles({ HOLDFAST_CONFIG }: Pick<Environment, 'HOLDFAST_CONFIG'>): string[] {
  const { sessions } = loadSettings(HOLDFAST_CONFIG)
  const named = sessions.start.map((file) => resolve(PROJECT_ROOT, file))
  const folders = new Set([
    join(dirname(resolve(HOLDFAST_CONFIG)), 'sessions'),
    ...named.map((file) => dirname(file)),
  ])
  const beside = [...folders].flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [],
  )
  return [...new Set([...named, ...beside])]
    .filter((file) => /\.ya?ml$/.test(file) && existsSync(file))
    .sort()
}

/** Of the session file alone, or of it and its strategy file: an edit of either is an edit of the session. */
export function sessionMark(file: string): string | null {
  const [own, ...others] = sessionFileParts(file).map(fileMark)
  if (own === undefined || own === null || others.length === 0) return own ?? null
  return createHash('sha256')
    .update([own, ...others].join(' '))
    .digest('hex')
}

function fileMark(file: string): string | null {
  try {
    return createHash('sha256').update(readFileSync(file)).digest('hex')
  } catch {
    return null
  }
}
