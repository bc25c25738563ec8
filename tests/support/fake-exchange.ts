/** A tiny HTTP server that answers /info and /exchange as a test says: for faults that a real exchange shows too rarely. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** An answer, or a fault: `silent` never answers, `reset` breaks the connection (after `heard`, the request was read in full). */
export type FakeAnswer =
  | { status?: number; body: unknown; headers?: Record<string, string> }
  | 'silent'
  | 'reset'

export interface HeardRequest {
  path: string
  body: Record<string, unknown>
}

export interface FakeExchange {
  url: string
  heard: HeardRequest[]
  /** Decides every answer; set it anew in each test. */
  answer: (request: HeardRequest) => FakeAnswer
  /** Sockets that are open now. */
  sockets: Set<Socket>
  close(): Promise<void>
}

export const META = {
  universe: [
    { name: 'BTC', szDecimals: 5, maxLeverage: 40, marginTableId: 56 },
    { name: 'ETH', szDecimals: 4, maxLeverage: 25, marginTableId: 55 },
  ],
  marginTables: [],
  collateralToken: 0,
}

export const ok = (type: string, statuses: unknown[]): FakeAnswer => ({
  body: { status: 'ok', response: { type, data: { statuses } } },
})

export async function startFakeExchange(): Promise<FakeExchange> {
  const server: Server = createServer((request, response) => {
    void readAll(request).then((text) => {
      const asked = { path: request.url ?? '', body: JSON.parse(text || '{}') as Record<string, unknown> }
      fake.heard.push(asked)
      const answer = fake.answer(asked)
      if (answer === 'silent') return
      if (answer === 'reset') {
        request.socket.destroy()
        return
      }
      const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers })
      response.end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const fake: FakeExchange = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard: [],
    answer: () => ({ status: 404, body: 'no answer set' }),
    sockets: new Set(),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  server.on('connection', (socket) => {
    fake.sockets.add(socket)
    socket.on('close', () => fake.sockets.delete(socket))
  })
  return fake
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
