/** What every operator command starts from: environment and settings, with the addresses of the stack that runs in this state folder. */
// Not here: what commands print (cli/output.ts).
import { connect } from 'node:net'
import { userInfo } from 'node:os'
import type { Client, Connection } from '@temporalio/client'
import { type Environment, loadEnvironment } from '#config/environment.ts'
import { loadSettings } from '#config/load.ts'
import { readLeases } from '#config/run-files.ts'
import { readRuntime } from '#config/runtime-file.ts'
import type { Settings } from '#config/schema.ts'
import { HoldfastError, InvalidInputError } from '#domain/errors.ts'
import type { KillScope } from '#domain/session/types.ts'

export interface Operator {
  /** Addresses that were not set come from runtime.json: a stack on other ports is found. */
  environment: Environment
  settings: Settings
  /** Who asks, for the record. */
  name: string
}

export function loadOperator(): Operator {
  const given = loadEnvironment()
  const runtime = readRuntime(given.home)
  const running = runtime && {
    ...(runtime.exchange_url ? { HOLDFAST_EXCHANGE_URL: runtime.exchange_url } : {}),
    ...(runtime.temporal_address ? { TEMPORAL_ADDRESS: runtime.temporal_address } : {}),
    ...(runtime.temporal_ui_url ? { HOLDFAST_TEMPORAL_UI_URL: runtime.temporal_ui_url } : {}),
    ...(runtime.clickhouse_url ? { CLICKHOUSE_URL: runtime.clickhouse_url } : {}),
  }
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const environment = { ...running, ...set } as Environment
  return { environment, settings: loadSettings(environment.HOLDFAST_CONFIG), name: userName() }
}

function userName(): string {
  try {
    return `cli:${userInfo().username}`
  } catch {
    return 'cli' // a container may run under a user id without a name
  }
}

export interface Temporal {
  client: Client
  connection: Connection
  close(): Promise<void>
}

const KNOCK_MS_MAX = 2_000

/** Tells a closed port in a millisecond; the gRPC client would go on trying for seconds. @throws the socket's error */
function knock(address: string): Promise<void> {
  const { hostname, port } = new URL(`tcp://${address}`)
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port) || 7233,
      timeout: KNOCK_MS_MAX,
    })
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
    socket.once('timeout', () => socket.destroy(new TypeError(`no answer within ${KNOCK_MS_MAX} ms`)))
    socket.once('error', reject)
  })
}

/** One try, soon over: commands say that nobody answers instead of waiting. @throws HoldfastError TEMPORAL_UNREACHABLE */
export async function connectTemporal({ environment }: Operator): Promise<Temporal> {
  const address = environment.TEMPORAL_ADDRESS ?? '127.0.0.1:7233'
  try {
    await knock(address)
    const { connectClient } = await import('#workers/support/temporal-client.ts')
    return await connectClient(environment)
  } catch (error) {
    throw new HoldfastError(`Temporal does not answer at ${address}`, {
      code: 'TEMPORAL_UNREACHABLE',
      retryable: true,
      hint: 'start it with `npm start`, or set TEMPORAL_ADDRESS',
      cause: error,
    })
  }
}

/** Reads JSON typed on the command line. @throws InvalidInputError */
export function parseJsonOption(text: string, option: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new InvalidInputError({
      source: option,
      path: '',
      found: `${text.slice(0, 60)} (${(error as Error).message})`,
      expected: 'one JSON object',
    })
  }
}

/** `session/<mode>/<key>` as it is; a bare key is looked up among running sessions, else taken for a paper session. */
export function resolveSessionId(operator: Operator, typed: string): string {
  if (typed.startsWith('session/')) return typed
  const running = readLeases(operator.environment.home).map(({ session_id }) => session_id)
  const matches = running.filter((id) => id.split('/').at(-1) === typed)
  if (matches.length > 1) {
    throw new InvalidInputError({
      source: 'session id',
      path: '',
      found: `"${typed}", which fits ${matches.join(' and ')}`,
      expected: 'the full id, session/<mode>/<key>',
    })
  }
  return matches[0] ?? `session/paper/${typed}`
}

/** Reads `all`, `account:NAME` or `session:ID`. A name that is not in the settings is refused: a kill must not miss silently. */
export function parseScope(operator: Operator, text: string): KillScope {
  const [kind = '', ...rest] = text.split(':')
  const name = rest.join(':')
  if (text === 'all') return { kind: 'all' }
  if (kind === 'session' && name !== '')
    return { kind: 'session', session_id: resolveSessionId(operator, name) }
  const accounts = Object.keys(operator.settings.accounts)
  if (kind === 'account' && accounts.includes(name)) return { kind: 'account', account: name }
  throw new InvalidInputError({
    source: '--scope',
    path: '',
    found: JSON.stringify(text),
    expected: `all, session:ID, or account:NAME with NAME one of ${accounts.join(', ') || '(no accounts are set up)'}`,
  })
}
