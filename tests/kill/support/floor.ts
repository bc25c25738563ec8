/** A trading floor for kill tests: a paper exchange with a scripted market, provisioned accounts, and processes of ours around it; no Temporal, no ClickHouse. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#config/clock.ts'
import { loadEnvironment, PROJECT_ROOT } from '#config/environment.ts'
import { controlToken, createHome, type Home } from '#config/home.ts'
import { loadSettings } from '#config/load.ts'
import type { Settings } from '#config/schema.ts'
import { assert } from '#domain/errors.ts'
import type { OpenOrder, VenueAccount } from '#domain/session/ports.ts'
import { connectExchange, type Exchange } from '#exchange/client/connect.ts'
import { provisionPaperAccounts } from '#exchange/client/provision.ts'
import { createPaperExchange, type PaperExchange } from '#exchange/paper/paper-exchange.ts'
import { type ScriptedMarket, scriptedMarket } from '#tests/paper/support/paper.ts'

export interface Floor {
  home: Home
  settings: Settings
  env: NodeJS.ProcessEnv
  paper: PaperExchange
  market: ScriptedMarket
  /** Looks with the operator's key. */
  exchange: Exchange
  openOrders(account: string): Promise<OpenOrder[]>
  account(account: string): Promise<VenueAccount>
  position(account: string, coin: string): Promise<string>
  /** Starts a process of ours and waits until it says that it is ready. */
  start(file: string, args?: string[]): Promise<Child>
  cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string; ms: number }>
  close(): Promise<void>
}

export interface Child {
  pid: number
  url: string
  output(): string
  signal(signal: NodeJS.Signals): void
  /** SIGKILL, and its end. */
  kill(): Promise<void>
}

export const ACCOUNTS = ['desk-a', 'desk-b'] as const

export async function openFloor(): Promise<Floor> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-floor-'))
  const config = join(folder, 'holdfast.yaml')
  writeFileSync(
    config,
    `accounts:\n${ACCOUNTS.map((name) => `  ${name}: { key: generated, paper_usdc: 100000 }\n`).join('')}`,
  )
  const nobody = `127.0.0.1:${await unusedPort()}`
  const base = {
    PATH: process.env.PATH,
    HOME: folder,
    HOLDFAST_HOME: join(folder, 'home'),
    HOLDFAST_CONFIG: config,
  }
  const { home } = loadEnvironment(base)
  createHome(home)
  const market = scriptedMarket()
  const paper = await createPaperExchange({
    ...{ source: () => market.source, sourceName: 'test', folder: null, host: '127.0.0.1', port: 0 },
    ...{ token: controlToken(home), clock: systemClock },
  })
  market.book('BTC', 99_990, 100_010)
  market.book('ETH', 3_499, 3_501, 50)
  const env = {
    ...base,
    HOLDFAST_EXCHANGE_URL: paper.url,
    TEMPORAL_ADDRESS: nobody,
    CLICKHOUSE_URL: `http://${nobody}`,
    HOLDFAST_LOG_LEVEL: 'warn',
  }
  const settings = loadSettings(config)
  await provisionPaperAccounts(settings, { home }, paper.url)
  const exchange = await connectExchange({
    settings,
    home,
    url: paper.url,
    role: 'operator',
    clock: systemClock,
  })
  const children = new Set<Child>()
  const account = (name: string) => exchange.info.account(exchange.address(name))
  return {
    ...{ home, settings, env, paper, market, exchange, account },
    openOrders: (name) => exchange.info.openOrders(exchange.address(name)),
    position: async (name, coin) =>
      (await account(name)).positions.find((held) => held.coin === coin)?.sz ?? '0',
    start: async (file, args = []) => {
      const child = await startChild(file, args, env)
      children.add(child)
      return child
    },
    cli: (...args) => runCli(env, args),
    async close() {
      await Promise.all([...children].map((child) => child.kill()))
      exchange.close()
      await paper.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A port where nobody listens. */
async function unusedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

async function startChild(file: string, args: string[], env: NodeJS.ProcessEnv): Promise<Child> {
  const child: ChildProcess = spawn(process.execPath, [join(PROJECT_ROOT, file), ...args], {
    ...{ cwd: PROJECT_ROOT, env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
    })
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { url: string }).url))
    child.once('exit', (code) => reject(new TypeError(`${file} ended with ${code}: ${output.slice(-2_000)}`)))
  })
  const { pid } = child
  assert(pid !== undefined, `${file} has no pid`)
  return {
    pid,
    url,
    output: () => output,
    signal: (signal) => process.kill(pid, signal),
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await ended
    },
  }
}

function runCli(env: NodeJS.ProcessEnv, args: string[]): ReturnType<Floor['cli']> {
  const began = performance.now()
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(PROJECT_ROOT, 'cli', 'main.ts'), ...args],
      { cwd: PROJECT_ROOT, env, timeout: 60_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
        resolve({ code, stdout, stderr, ms: performance.now() - began })
      },
    )
  })
}
