/** Single services of the stack as child processes in a folder of their own: started, killed and started again by one test. */
// Not here: the whole stack under its supervisor (tests/support/stack.ts).
import { type ChildProcess, fork } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT_ROOT } from '#config/environment.ts'
import type { ReadyMessage } from '#config/process.ts'
import { InvariantError } from '#domain/errors.ts'

export interface Service {
  url: string
  pid: number
  /** kill -9; resolves when the process is gone. */
  kill9(): Promise<void>
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
  /** Its log so far. */
  log(): string
}

/** Starts a root file and waits until it says that it is ready. */
export async function startService(
  name: string,
  file: string,
  env: Record<string, string>,
  readyMsMax = 90_000,
): Promise<Service> {
  const folder = join(env.HOLDFAST_HOME ?? '', 'logs')
  mkdirSync(folder, { recursive: true })
  const logFile = join(folder, `${name}.log`)
  const child = fork(join(PROJECT_ROOT, file), [], {
    cwd: PROJECT_ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, HOLDFAST_LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execPath: process.execPath,
    execArgv: [],
  })
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => appendFileSync(logFile, chunk))
  appendFileSync(logFile, '')
  const log = (): string => readFileSync(logFile, 'utf8')
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const ready = await readyOf(child, readyMsMax)
  if (ready === null) {
    child.kill('SIGKILL')
    throw new InvariantError(`${name} did not become ready: ${log().slice(-3_000)}`)
  }
  return {
    url: ready.url,
    pid: child.pid ?? 0,
    kill9: async () => {
      child.kill('SIGKILL')
      await gone
    },
    stop: async () => {
      child.kill('SIGTERM')
      return gone
    },
    log,
  }
}

function readyOf(child: ChildProcess, msMax: number): Promise<ReadyMessage | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), msMax)
    const settle = (answer: ReadyMessage | null): void => {
      clearTimeout(timer)
      resolve(answer)
    }
    child.once('message', (message) => settle(message as ReadyMessage))
    child.once('exit', () => settle(null))
  })
}
