/** A whole stack for one test file: `holdfast up --detach` in a folder of its own, and what a test asks of it. */
// Not here: single services in a test (each area has its own helper), waiting (wait-until.ts).
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import { PROJECT_ROOT } from '#config/environment.ts'
import { type Home, homeAt } from '#config/home.ts'
import { type AccountsFile, readAccounts } from '#config/run-files.ts'
import { type RuntimeFile, type RuntimeService, readRuntime } from '#config/runtime-file.ts'
import { assert } from '#domain/errors.ts'
import type { OpenOrder, VenueAccount } from '#domain/session/ports.ts'
import { parseAccountState, parseOpenOrders } from '#exchange/wire/info.ts'
import { waitUntil } from './wait-until.ts'

export interface CliResult {
  code: number
  stdout: string
  stderr: string
}

export interface Stack {
  home: Home
  /** Runs `holdfast ARGS` with this stack's state folder. */
  cli(...args: string[]): Promise<CliResult>
  /** The same with --json; the last line, parsed. @throws InvariantError on an exit code other than 0 */
  cliJson<Answer>(...args: string[]): Promise<Answer>
  runtime(): RuntimeFile
  service(name: string): RuntimeService
  /** kill -9 of a service; resolves with the dead pid at once. */
  kill9(name: string): number
  /** Resolves once the service runs ready under another pid; returns the milliseconds it took. */
  restarted(name: string, deadPid: number, timeoutMs: number): Promise<number>
  accounts(): AccountsFile
  address(account: string): string
  openOrders(account: string): Promise<OpenOrder[]>
  venueAccount(account: string): Promise<VenueAccount>
  info(body: Record<string, unknown>): Promise<unknown>
  rows<Row>(query: string, params?: Record<string, unknown>): Promise<Row[]>
  stop(): Promise<void>
}

export interface StackOptions {
  market?: string
  speed?: number
  /** Start the sessions of config/holdfast.yaml too. */
  sessions?: boolean
  env?: Record<string, string>
}

/** Starts a stack and waits until every service is ready. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const home = homeAt(mkdtempSync(join(tmpdir(), 'holdfast-stack-')))
  const env = { ...process.env, ...options.env, NO_COLOR: '1', HOLDFAST_HOME: home.root }
  const cli = (...args: string[]): Promise<CliResult> => runCli(env, args)
  const up = ['up', '--detach', '--json']
  if (options.market) up.push('--market', options.market)
  if (options.speed) up.push('--speed', String(options.speed))
  if (!options.sessions) up.push('--no-sessions')
  const started = await cli(...up)
  assert(
    started.code === 0,
    `holdfast up ended with ${started.code}: ${started.stderr.slice(-2_000)}${started.stdout.slice(-500)}`,
  )
  return buildStack(home, cli)
}

function buildStack(home: Home, cli: (...args: string[]) => Promise<CliResult>): Stack {
  const runtime = (): RuntimeFile => {
    const read = readRuntime(home)
    assert(read, `no runtime.json under ${home.run}`)
    return read
  }
  const service = (name: string): RuntimeService => {
    const found = runtime().services.find((each) => each.name === name)
    assert(found, `no service ${name} in runtime.json`)
    return found
  }
  const address = (account: string): string => {
    const found = readAccounts(home).find(({ name }) => name === account)
    assert(found, `account ${account} was not provisioned`)
    return found.address
  }
  const info = (body: Record<string, unknown>): Promise<unknown> => postInfo(runtime().exchange_url, body)
  return {
    home,
    cli,
    cliJson: (...args) => cliJson(cli, args),
    runtime,
    service,
    kill9: (name) => {
      const { pid } = service(name)
      assert(pid !== null, `${name} does not run`)
      process.kill(pid, 'SIGKILL')
      return pid
    },
    restarted: async (name, deadPid, timeoutMs) => {
      const from = performance.now()
      await waitUntil(
        `${name} to be ready again`,
        () => {
          const { pid, state } = service(name)
          return state === 'ready' && pid !== null && pid !== deadPid
        },
        timeoutMs,
      )
      return performance.now() - from
    },
    accounts: () => readAccounts(home),
    address,
    openOrders: async (account) =>
      parseOpenOrders(await info({ type: 'frontendOpenOrders', user: address(account) })),
    venueAccount: async (account) =>
      parseAccountState(await info({ type: 'clearinghouseState', user: address(account) })),
    info,
    rows: (query, params) => queryRows(runtime().clickhouse_url, query, params),
    stop: async () => {
      await cli('down')
      rmSync(home.root, { recursive: true, force: true })
    },
  }
}

async function cliJson<Answer>(cli: Stack['cli'], args: string[]): Promise<Answer> {
  const result = await cli(...args, '--json')
  assert(
    result.code === 0,
    `holdfast ${args.join(' ')} ended with ${result.code}: ${result.stderr.slice(-2_000)}${result.stdout.slice(-500)}`,
  )
  return JSON.parse(result.stdout.trim().split('\n').at(-1) ?? 'null') as Answer
}

function runCli(env: NodeJS.ProcessEnv, args: string[]): Promise<CliResult> {
  return new Promise((resolve) => {
    const main = join(PROJECT_ROOT, 'cli', 'main.ts')
    execFile(
      process.execPath,
      [main, ...args],
      { cwd: PROJECT_ROOT, env, timeout: 180_000, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
        resolve({ code, stdout, stderr })
      },
    )
  })
}

async function postInfo(url: string, body: Record<string, unknown>): Promise<unknown> {
  const answer = await fetch(`${url}/info`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  assert(answer.ok, `/info ${String(body.type)} answered ${answer.status}`)
  return answer.json()
}

async function queryRows<Row>(
  url: string,
  query: string,
  params: Record<string, unknown> = {},
): Promise<Row[]> {
  const client = createClient({ url, database: 'holdfast' })
  try {
    const result = await client.query({
      query,
      query_params: params,
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    })
    return await result.json<Row>()
  } finally {
    await client.close()
  }
}
