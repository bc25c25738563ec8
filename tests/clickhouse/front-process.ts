/** The embedded ClickHouse as a process of a test's own: fresh state folder, free port, gone with the test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { type ClickHouseAddress, createClickHouse } from '#clickhouse/client.ts'
import { PROJECT_ROOT } from '#config/environment.ts'
import type { ReadyMessage } from '#config/process.ts'

export interface FrontProcess {
  home: string
  url: string
  child: ChildProcess
  /** Everything it has logged. */
  log(): string
  address(database?: string): ClickHouseAddress
  client(database?: string): ClickHouseClient
  /** kill -9: what a crash leaves stays. */
  crash(): Promise<void>
  /** Starts it again on the same folder and port. */
  start(): Promise<void>
  /** SIGTERM. @returns milliseconds until it was gone, and its exit code */
  stop(): Promise<{ ms: number; code: number | null }>
  /** Stops it and removes the folder. */
  remove(): Promise<void>
}

export interface FrontStart {
  home?: string
  port?: number
  env?: Readonly<Record<string, string>>
}

/** Starts a front and waits until it says that it is ready. */
export async function startFrontProcess(start: FrontStart = {}): Promise<FrontProcess> {
  const home = start.home ?? mkdtempSync(join(tmpdir(), 'holdfast-clickhouse-'))
  let port = start.port ?? 0
  let log = ''
  const front: FrontProcess = {
    home,
    url: '',
    child: spawnFront(home, port, start.env ?? {}),
    log: () => log,
    address: (database = 'default') => ({
      CLICKHOUSE_URL: front.url,
      CLICKHOUSE_USER: start.env?.CLICKHOUSE_USER ?? 'default',
      CLICKHOUSE_PASSWORD: start.env?.CLICKHOUSE_PASSWORD ?? '',
      CLICKHOUSE_DATABASE: database,
      HOLDFAST_PORT_CLICKHOUSE: undefined,
    }),
    client: (database) => createClickHouse(front.address(database)),
    async crash() {
      const gone = once(front.child, 'exit')
      front.child.kill('SIGKILL')
      await gone
    },
    async start() {
      front.child = spawnFront(home, port, start.env ?? {})
      await untilReady()
    },
    async stop() {
      const { child } = front
      if (child.exitCode !== null || child.signalCode !== null) return { ms: 0, code: child.exitCode }
      const gone = once(child, 'exit')
      const startedMs = performance.now()
      child.kill('SIGTERM')
      await gone
      return { ms: performance.now() - startedMs, code: child.exitCode }
    },
    async remove() {
      await front.stop()
      rmSync(home, { recursive: true, force: true })
    },
  }

  async function untilReady(): Promise<void> {
    const { child } = front
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        log += chunk.toString()
      })
    const ready = await Promise.race([once(child, 'message'), once(child, 'exit')])
    const message = ready[0] as ReadyMessage | number
    if (typeof message !== 'object') throw new FrontDidNotStart(log)
    front.url = message.url
    port = Number(new URL(message.url).port)
  }

  await untilReady()
  return front
}

/** It ended before it was ready; the log says why. */
export class FrontDidNotStart extends Error {}

function spawnFront(home: string, port: number, env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, ['clickhouse/front/server.ts'], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env.PATH ?? '',
      HOLDFAST_HOME: home,
      HOLDFAST_PORT_CLICKHOUSE: String(port),
      ...env,
    },
  })
}
