/** A process of the product or of a benchmark, started as the supervisor does: ready by its IPC message, stopped by SIGTERM. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { PROJECT_ROOT } from '#config/environment.ts'
import { HoldfastError } from '#domain/errors.ts'

export interface Child {
  readonly pid: number
  /** What it said when it became ready. */
  readonly url: string
  onMessage(listener: (message: unknown) => void): void
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Resolves when it has ended, by whatever hand. */
  readonly ended: Promise<void>
}

/** Starts a TypeScript file and waits until it is ready. @throws HoldfastError with its last words when it ends before */
export async function startChild(
  file: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<Child> {
  const child = spawn(process.execPath, [join(PROJECT_ROOT, file), ...args], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const whenEnded = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      said = `${said}${chunk}`.slice(-4_000)
    })
  }
  const url = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: { kind?: string; url?: string }) => {
      if (message.kind === 'ready') resolve(message.url ?? '')
    })
    child.once('exit', (code) =>
      reject(
        new HoldfastError(`${file} ended with ${code}: ${said}`, {
          code: 'CHILD_ENDED',
          retryable: false,
          hint: 'look at its last lines',
        }),
      ),
    )
  })
  return {
    pid: child.pid ?? 0,
    url,
    onMessage: (listener) => void child.on('message', listener),
    stop: (signal = 'SIGTERM') => ended(child, signal),
    ended: whenEnded,
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await exit
}
