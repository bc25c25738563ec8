/** GET /status and /metrics of the streamers: rates, sockets, gaps, spool, as JSON and for Prometheus, for whoever holds the control token. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { judgeRequest } from '#config/request-guard.ts'
import { describeError } from '#domain/errors.ts'

export interface StatusServer {
  url: string
  close(): Promise<void>
}

/** @param port 0 takes any free one */
export async function startStatusServer(options: {
  bind: string
  port: number
  token: string
  allowedHosts: readonly string[]
  status(): unknown
  metrics: { contentType: string; text(): Promise<string> }
}): Promise<StatusServer> {
  const { bind, port, token, allowedHosts, status, metrics } = options
  const server: Server = createServer((request, response) => {
    const answer = (code: number, body: unknown): void => {
      response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(JSON.stringify(body))
    }
    const refusal = judgeRequest(request.headers, { allowedHosts, token })
    if (refusal) return answer(refusal.status, { error: refusal.reason })
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (request.method === 'GET' && pathname === '/status') return answer(200, status())
    if (request.method !== 'GET' || pathname !== '/metrics')
      return answer(404, { error: 'GET /status and GET /metrics are all there is' })
    metrics.text().then(
      (text) => {
        response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' })
        response.end(text)
      },
      (error: unknown) => answer(500, { error: describeError(error) }),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, bind, resolve)
  })
  const { port: taken } = server.address() as AddressInfo
  return {
    url: `http://${bind === '0.0.0.0' ? '127.0.0.1' : bind}:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
