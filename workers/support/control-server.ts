/** The direct kill path: a small HTTP server in the trading process, guarded by token, Host and Origin; it needs nothing else to be alive. */
// Not here: what a segment does when its inbox shows a kill (domain/session).
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import type { Home } from '#config/home.ts'
import { KillScopeSchema, type KillStore } from '#config/kill-store.ts'
import type { Logger } from '#config/logger.ts'
import { type GuardRules, judgeRequest } from '#config/request-guard.ts'
import { removeHost, writeHost } from '#config/run-files.ts'
import { formatScope, KILL_MODES } from '#domain/session/kill-order.ts'
import type { KillOrder } from '#domain/session/types.ts'
import type { Clock } from '#domain/time.ts'
import type { KillAcknowledgement, SessionRegistry } from '#workers/support/session-registry.ts'

export const LIMITS = { bodyBytesMax: 16_384, requestMsMax: 5_000 } as const

/** Body of POST /kill. */
export const KillRequest = z.strictObject({
  scope: KillScopeSchema.default({ kind: 'all' }),
  mode: z.enum(KILL_MODES).default('flatten'),
  reason: z.string().max(500).default(''),
  requested_by: z.string().max(100).default('direct'),
})

/** Answer of POST /kill: who heard it, and how long that took here. */
export interface KillAnswer {
  acknowledged: KillAcknowledgement[]
  took_ms: number
}

export interface ControlServerParts {
  registry: SessionRegistry
  killStore: KillStore
  clock: Clock
  log: Logger
  home: Home
  guard: GuardRules
  host: { host_id: string; network: string; bind: string; port: number }
}

export interface ControlServer {
  url: string
  close(): Promise<void>
}

interface Answer {
  status: number
  body: unknown
}

/** Starts the server and registers this host under HOME/run/hosts. */
export async function startControlServer(parts: ControlServerParts): Promise<ControlServer> {
  const server = createServer({ requestTimeout: LIMITS.requestMsMax }, (request, response) => {
    answer(parts, request).then(
      (result) => send(response, result),
      (error: unknown) => {
        parts.log.error({ err: error }, 'control request failed')
        send(response, { status: 500, body: { error: 'internal error; see the log of this host' } })
      },
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(parts.host.port, parts.host.bind, resolve)
  })
  const { port } = server.address() as AddressInfo
  const shown = ['0.0.0.0', '::'].includes(parts.host.bind) ? parts.host.host_id : parts.host.bind
  const url = `http://${shown}:${port}`
  const { host_id, network } = parts.host
  writeHost(parts.home, { host_id, network, url, pid: process.pid, started_ts: parts.clock.now() })
  return {
    url,
    close: async () => {
      removeHost(parts.home, host_id)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer(parts: ControlServerParts, request: IncomingMessage): Promise<Answer> {
  const refusal = judgeRequest(request.headers, parts.guard)
  if (refusal) return { status: refusal.status, body: { error: refusal.reason } }
  const path = (request.url ?? '').split('?')[0]
  if (request.method === 'POST' && path === '/kill') return await killRoute(parts, request)
  if (request.method === 'GET' && path === '/sessions') {
    return { status: 200, body: { host_id: parts.host.host_id, sessions: parts.registry.list() } }
  }
  if (request.method === 'GET' && path === '/health') return { status: 200, body: { ok: true } }
  return {
    status: 404,
    body: { error: `no ${request.method} ${path}; there are POST /kill, GET /sessions, GET /health` },
  }
}

async function killRoute(parts: ControlServerParts, request: IncomingMessage): Promise<Answer> {
  const body = await readBody(request)
  if (body === null)
    return { status: 413, body: { error: `body is larger than ${LIMITS.bodyBytesMax} bytes` } }
  const parsed = KillRequest.safeParse(body)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return {
      status: 422,
      body: { error: `${issue?.path.map(String).join('.') || '(root)'}: ${issue?.message ?? ''}` },
    }
  }
  return { status: 200, body: applyKill(parts, { ...parsed.data, requested_ts: parts.clock.now() }) }
}

/** Memory first, so that loops stop in this very tick; the file after, so that a restart still knows. */
function applyKill(parts: ControlServerParts, order: KillOrder): KillAnswer {
  const began = parts.clock.monotonicMs()
  const acknowledged = parts.registry.kill(order, 'direct')
  if (order.mode === 'off') {
    parts.killStore.clear(order.scope)
    parts.registry.lift(order.scope)
  } else {
    parts.killStore.engage(order)
  }
  const took_ms = parts.clock.monotonicMs() - began
  parts.log.warn(
    {
      scope: formatScope(order.scope),
      mode: order.mode,
      by: order.requested_by,
      sessions: acknowledged.length,
      took_ms,
    },
    'kill received',
  )
  return { acknowledged, took_ms }
}

/** The parsed body, {} for an empty one, undefined for broken JSON, null when it is too long. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > LIMITS.bodyBytesMax) return null
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    return undefined
  }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
