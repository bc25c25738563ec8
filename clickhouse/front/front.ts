/** The HTTP face of the embedded engine: guard, login, ping, and one handler for every statement. */
// Not here: how a statement runs (execute.ts), the process around it (server.ts).
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerFault, startAnswer } from '#clickhouse/front/answer.ts'
import { type Engine, fault } from '#clickhouse/front/engine.ts'
import { type ExecuteDeps, execute } from '#clickhouse/front/execute.ts'
import { loginOf, readRequest } from '#clickhouse/front/request.ts'
import type { UploadArea } from '#clickhouse/front/upload.ts'
import { createGate } from '#clickhouse/gate.ts'
import type { Logger } from '#config/logger.ts'
import { judgeRequest, sameSecret } from '#config/request-guard.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'
import { hash32 } from '#domain/ids.ts'
import type { Clock } from '#domain/time.ts'

export interface FrontOptions {
  engine: Engine
  uploads: UploadArea
  clock: Clock
  log: Logger
  user: string
  /** Empty: no login is asked for. */
  password: string
  /** Host names beside localhost. */
  allowedHosts: readonly string[]
  bind: string
  /** 0 for any free one. */
  port: number
}

export interface Front {
  url: string
  /** Ends running statements and waits for them. @returns false when some would not end in time */
  close(): Promise<boolean>
}

/** `slowMs`: slower statements are logged as such. Every native call holds a thread: see widenThreadPool in server.ts. */
export const LIMITS = { readsMax: 8, writesMax: 4, slowMs: 1_000, closeMsMax: 1_200 } as const

export class PortTakenError extends HoldfastError {
  constructor(bind: string, port: number, cause: unknown) {
    super(`port ${port} of ${bind} cannot be opened: ${describeError(cause)}`, {
      code: 'PORT_TAKEN',
      retryable: false,
      hint: 'end what uses it, or set HOLDFAST_PORT_CLICKHOUSE to another port (0 takes any free one)',
    })
  }
}

/** Opens the port. @throws PortTakenError */
export async function startFront(options: FrontOptions): Promise<Front> {
  const deps: ExecuteDeps = {
    engine: options.engine,
    uploads: options.uploads,
    reads: createGate(LIMITS.readsMax),
    writes: createGate(LIMITS.writesMax),
    running: new Set(),
  }
  const server = createServer((request, response) => void answer(options, deps, request, response))
  server.keepAliveTimeout = 30_000 // longer than clients keep idle sockets
  server.requestTimeout = 0 // inserts may stream for long
  await listen(server, options.bind, options.port)
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${options.bind.includes(':') ? `[${options.bind}]` : options.bind}:${port}`,
    close: () => closeFront(server, deps, options.clock),
  }
}

async function answer(
  options: FrontOptions,
  deps: ExecuteDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const startedMs = options.clock.monotonicMs()
  try {
    if (refused(options, request, response) || pinged(request, response)) return
    checkLogin(options, request)
    const read = await readRequest(request)
    startAnswer(response, read.queryId)
    const executed = await execute(deps, read, response)
    const ms = Math.round(options.clock.monotonicMs() - startedMs)
    const facts = { query_id: read.queryId, sql_hash: hash32(read.sql).toString(16), ms, ...executed }
    if (ms > LIMITS.slowMs) options.log.info({ ...facts, sql: read.sql.slice(0, 300) }, 'slow statement')
    else options.log.debug(facts, 'statement')
  } catch (error) {
    options.log.debug({ error: describeError(error).slice(0, 500) }, 'statement refused')
    if (!request.complete) {
      response.setHeader('Connection', 'close') // the rest of the body is not worth reading
      request.resume()
    }
    answerFault(response, error)
  }
}

/** Host, Origin, and what browsers say about who calls. */
function refused(options: FrontOptions, request: IncomingMessage, response: ServerResponse): boolean {
  const crossSite = /^(?:cross-site|same-site)$/.test(String(request.headers['sec-fetch-site'] ?? ''))
  const refusal = crossSite
    ? { status: 403, reason: 'pages of other sites may not call this port' }
    : judgeRequest(request.headers, { allowedHosts: options.allowedHosts, token: null })
  if (!refusal) return false
  request.resume()
  response.writeHead(refusal.status, { 'Content-Type': 'text/plain; charset=UTF-8' })
  response.end(`${refusal.reason}\n`)
  return true
}

function pinged(request: IncomingMessage, response: ServerResponse): boolean {
  const url = request.url ?? '/'
  if (!/^\/(?:ping|replicas_status)(?:\?|$)/.test(url) && !(request.method === 'GET' && url === '/'))
    return false
  request.resume()
  response.end('Ok.\n')
  return true
}

function checkLogin(options: FrontOptions, request: IncomingMessage): void {
  if (options.password === '') return
  const { user, password } = loginOf(request)
  if (sameSecret(`${user}\0${password}`, `${options.user}\0${options.password}`)) return
  throw fault(
    516,
    'AUTHENTICATION_FAILED',
    `${user.slice(0, 60)}: Authentication failed: password is incorrect, or there is no user with such name.`,
  )
}

async function listen(server: Server, bind: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, bind, resolve)
    })
  } catch (error) {
    throw new PortTakenError(bind, port, error)
  }
}

async function closeFront(server: Server, deps: ExecuteDeps, clock: Clock): Promise<boolean> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const deadlineMs = clock.monotonicMs() + LIMITS.closeMsMax
  // Inserts end by themselves in milliseconds; what reads may be ended.
  await Promise.race([closed, clock.sleep(LIMITS.closeMsMax / 4)])
  await Promise.race([
    Promise.all([...deps.running].map((mark) => deps.engine.kill(mark))),
    clock.sleep(LIMITS.closeMsMax / 4),
  ])
  server.closeAllConnections()
  while (deps.running.size > 0 && clock.monotonicMs() < deadlineMs) await clock.sleep(10)
  return deps.running.size === 0
}
