/** The supervisor's side of cli/setup.ts: a helper process that does the work between the starts and then leaves, with its memory. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { PROJECT_ROOT } from '#config/environment.ts'
import { HoldfastError } from '#domain/errors.ts'

/** What the helper can do; the results are lines to show. */
export type SetupStep = 'tables' | 'accounts' | 'schedules' | 'sessions'

export interface SetupRequest {
  step: SetupStep
  /** Session files, for step `sessions`. */
  files?: readonly string[]
}

export type SetupAnswer =
  | { kind: 'done'; step: SetupStep; text: string; notes: readonly string[] }
  | { kind: 'failed'; step: SetupStep; message: string; code: string; hint: string; retryable: boolean }

export interface SetupClient {
  /** Runs one step. @throws HoldfastError with the code and hint of what went wrong there */
  run(request: SetupRequest): Promise<{ text: string; notes: readonly string[] }>
  close(): void
}

export interface SetupClientOptions {
  env: () => Readonly<Record<string, string>>
  output(stream: 'stdout' | 'stderr', chunk: string): void
  guard: { add(pid: number): void; drop(pid: number): void }
}

const HEAP_MB = 384

/** Starts the helper at once: its modules load while the services start. */
export function createSetupClient(options: SetupClientOptions): SetupClient {
  const waiting = new Map<SetupStep, PromiseWithResolvers<{ text: string; notes: readonly string[] }>>()
  const child = spawnSetup(options)
  let over = ''
  const ended = (why: string) => {
    over = why
    if (child.pid !== undefined) options.guard.drop(child.pid)
    for (const [step, { reject }] of waiting) reject(setupFailed(step, why))
    waiting.clear()
  }
  child.on('message', (answer: SetupAnswer) => {
    const waiter = waiting.get(answer.step)
    waiting.delete(answer.step)
    if (answer.kind === 'done') waiter?.resolve(answer)
    else waiter?.reject(new HoldfastError(answer.message, answer))
  })
  child.on('error', (error) => ended(error.message))
  child.on('exit', (code, signal) => ended(`the helper process ended (${signal ?? `exit code ${code}`})`))
  return {
    run: (request) => {
      if (over !== '') return Promise.reject(setupFailed(request.step, over))
      const waiter = Promise.withResolvers<{ text: string; notes: readonly string[] }>()
      waiting.set(request.step, waiter)
      child.send(request)
      return waiter.promise
    },
    close: () => {
      if (child.connected) child.disconnect()
      child.kill('SIGTERM')
    },
  }
}

function spawnSetup(options: SetupClientOptions): ChildProcess {
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${HEAP_MB}`, join(PROJECT_ROOT, 'cli', 'setup.ts')],
    { env: options.env(), detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  )
  if (child.pid !== undefined) options.guard.add(child.pid)
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (chunk: string) => options.output(stream, chunk))
  }
  return child
}

const setupFailed = (step: SetupStep, why: string): HoldfastError =>
  new HoldfastError(`step ${step} could not be done: ${why}`, {
    code: 'SETUP_FAILED',
    retryable: true,
    hint: 'see logs/setup.log in the state folder',
  })
