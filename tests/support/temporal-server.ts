/** A Temporal dev server of a test's own: free port, fresh SQLite file, the flags of the product; stopped and removed with the test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Connection } from '@temporalio/client'
import { HoldfastError } from '#domain/errors.ts'
import { devServerArguments } from '#workers/support/temporal-flags.ts'

const CACHED = join(homedir(), '.cache', 'holdfast', 'temporal-1.9.1', 'temporal')

/** The server binary, or null. */
export const temporalBinary = (): string | null =>
  [process.env.TEMPORAL_CLI_PATH, CACHED].find((path) => path !== undefined && existsSync(path)) ?? null

/** Null when the server can be started; else the sentence to skip with. */
export const missingTemporal = (): string | null =>
  temporalBinary()
    ? null
    : `skipped: no Temporal server; set TEMPORAL_CLI_PATH, or run \`npm start\` once, which puts one at ${CACHED}`

export interface TestTemporal {
  address: string
  pid(): number
  /** kill -9, keeping the file: what a crash leaves. */
  crash(): Promise<void>
  /** Starts it again on the same port and file. */
  start(): Promise<void>
  stop(): Promise<void>
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

export interface TestTemporalOptions {
  ui?: boolean
  /** Low, so that a session continues as new within a test. */
  suggestContinueAsNewEvents?: number
}

/** Starts a server and waits until it answers. */
export async function startTemporal(options: TestTemporalOptions = {}): Promise<TestTemporal> {
  const binary = temporalBinary()
  if (!binary) throw new HoldfastError(missingTemporal() ?? '', NO_BINARY)
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-temporal-'))
  const port = await freePort()
  const uiPort = options.ui ? await freePort() : null
  const address = `127.0.0.1:${port}`
  const args = devServerArguments({
    port,
    uiPort,
    dbFile: join(folder, 'temporal.db'),
    synchronous: 'OFF',
    ...(options.suggestContinueAsNewEvents
      ? { suggestContinueAsNewEvents: options.suggestContinueAsNewEvents }
      : {}),
  })
  let child: ChildProcess | null = null
  const server: TestTemporal = {
    address,
    pid: () => child?.pid ?? 0,
    async start() {
      child = spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'] })
      let said = ''
      child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
        said = `${said}${chunk}`.slice(-2_000)
      })
      await untilAnswering(address, child, () => said)
    },
    async crash() {
      await ended(child, 'SIGKILL')
    },
    async stop() {
      await ended(child, 'SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}

async function untilAnswering(address: string, child: ChildProcess, said: () => string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) break
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1_000 })
      await connection.workflowService.describeNamespace({ namespace: 'default' })
      await connection.close()
      return
    } catch {
      await delay(50)
    }
  }
  throw new HoldfastError(`the Temporal server at ${address} did not answer: ${said()}`, NO_BINARY)
}

async function ended(child: ChildProcess | null, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await exit
}

const NO_BINARY = {
  code: 'NO_TEMPORAL_SERVER',
  retryable: false,
  hint: 'set TEMPORAL_CLI_PATH to a Temporal CLI of version 1.8 or newer',
} as const
