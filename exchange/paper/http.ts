/** The HTTP face: /info, /exchange, /health, the admin paths and the upgrade to /ws. */
// Not here: what is answered (info-requests.ts, actions.ts, admin.ts).
//
// Plain node:http: two hot paths with small bodies, where a router would cost more than the work.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { HoldfastError } from '#domain/errors.ts'
import type { RequestFate } from '#exchange/paper/faults.ts'
import { BODY_BYTES_MAX, readJson, sendJson, sendText } from '#exchange/paper/http-messages.ts'
import { RequestError, unreadable } from '#exchange/paper/request-errors.ts'
import type { SlowLane } from '#exchange/paper/slow-lane.ts'

export interface HttpDeps {
  info(body: unknown, ip: string): unknown
  action(body: unknown, ip: string, connection: object): Promise<unknown>
  /** Admin paths; null when the path is not one. */
  admin(
    request: IncomingMessage,
    path: string,
    body: () => Promise<unknown>,
  ): Promise<{ status: number; body: unknown }> | null
  health(): unknown
  /** The stats host's document. */
  leaderboard(): unknown
  /** @returns false when the connection is refused */
  socket(socket: WebSocket, ip: string): boolean
  onFault(error: unknown): void
  /** What is to happen to one request of /info or /exchange. */
  fate(): RequestFate
  slowLane: SlowLane
  delay(ms: number): Promise<void>
}

/** Where the stats host has it, whichever network a client believes in. */
const LEADERBOARD = /^(\/(Mainnet|Testnet))?\/leaderboard$/

/** 502 is a fault on purpose; all other refusals are the sender's doing. */
const isSendersFault = (error: unknown): boolean =>
  error instanceof RangeError || (error instanceof RequestError && error.status < 500)

export interface HttpServer {
  port: number
  url: string
  close(): Promise<void>
}

export async function startHttp(deps: HttpDeps, listen: { host: string; port: number }): Promise<HttpServer> {
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0] as string
    const ip = request.socket.remoteAddress ?? ''
    if (deps.slowLane.isSlow(request.socket, ip)) await deps.slowLane.turn()
    if (request.method === 'OPTIONS') return sendText(response, 204, '')
    if (path === '/health') return sendJson(response, 200, deps.health())
    if (LEADERBOARD.test(path)) return sendJson(response, 200, deps.leaderboard())
    const admin = deps.admin(request, path, () => readJson(request))
    if (admin) {
      const { status, body } = await admin
      return sendJson(response, status, body)
    }
    if (path !== '/info' && path !== '/exchange') throw new RequestError(404, 'Not found')
    if (request.method !== 'POST') throw new RequestError(405, 'Method not allowed')
    const fate = deps.fate()
    if (fate.refuse !== 0)
      throw new RequestError(fate.refuse, fate.refuse === 429 ? 'Too many requests' : 'Bad gateway')
    const body = await readJson(request)
    const result = path === '/info' ? deps.info(body, ip) : await deps.action(body, ip, request.socket)
    if (path === '/info') deps.slowLane.prove(request.socket)
    if (fate.delayMs > 0) await deps.delay(fate.delayMs)
    if (fate.loseAnswer) response.destroy()
    else sendJson(response, 200, result)
  }

  const server: Server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (isSendersFault(error)) deps.slowLane.strike(request.socket, request.socket.remoteAddress ?? '')
      if (response.headersSent || response.destroyed) return
      if (error instanceof RequestError) return sendText(response, error.status, error.message)
      // Deep or odd JSON that our readers choke on is the sender's fault; all else is ours.
      if (error instanceof RangeError) return sendText(response, 422, unreadable().message)
      if (!(error instanceof HoldfastError) || error.code === 'INVARIANT') deps.onFault(error)
      return sendText(response, 500, 'Internal error')
    })
  })
  // Clients keep connections for minutes; a server that closes first loses their next request.
  server.keepAliveTimeout = 75_000
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: BODY_BYTES_MAX,
    perMessageDeflate: false,
  })
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    if ((request.url ?? '').split('?')[0] !== '/ws') {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      if (!deps.socket(client, request.socket.remoteAddress ?? '')) client.close(1008, 'Too many connections')
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new HoldfastError(`cannot listen on ${listen.host}:${listen.port}: ${error.message}`, {
          code: error.code === 'EADDRINUSE' ? 'PORT_TAKEN' : 'LISTEN_FAILED',
          retryable: false,
          hint: 'choose another port with --port or HOLDFAST_PORT_PAPER',
          cause: error,
        }),
      )
    })
    server.listen(listen.port, listen.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  const host = listen.host === '0.0.0.0' || listen.host === '::' ? '127.0.0.1' : listen.host
  return {
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: async () => {
      for (const client of sockets.clients) client.close(1001, 'going away')
      sockets.close()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      setTimeout(() => {
        for (const client of sockets.clients) client.terminate()
        server.closeAllConnections()
      }, 200).unref()
      await closed
    },
  }
}
