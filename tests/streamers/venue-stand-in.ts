/** A WebSocket server that speaks just enough of the venue's wire to be cut, silenced and made to lie at will. */
// Not here: a market; tests publish what they want. The real paper exchange is exchange/paper.
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { subscriptionKey } from '#exchange/wire/frames.ts'

type Subscription = Record<string, unknown> & { type: string }

interface Client {
  socket: WebSocket
  held: Map<string, Subscription>
}

export interface VenueStandIn {
  url: string
  /** Sends a frame to everybody who holds a subscription with this key part, e.g. `trades|BTC`. */
  publish(subscription: Subscription, channel: string, data: unknown): void
  /** Sends any text to every socket. */
  sendRaw(text: string): void
  /** Ends every connection at once, as a dying server does. */
  cut(): void
  /** What a new subscriber gets right after the acknowledgement. */
  onSubscribe: (subscription: Subscription) => { channel: string; data: unknown } | null
  /** Subscription types that are never acknowledged. */
  deaf: Set<string>
  /** Coins that are answered with an error. */
  unknownCoins: Set<string>
  answersPings: boolean
  /** Refuses new connections while true. */
  isDown: boolean
  connects: number
  pings: number
  /** Every subscribe and unsubscribe received, in order: `subscribe trades|BTC||`. */
  requests: string[]
  clients(): number
  close(): Promise<void>
}

export async function startVenueStandIn(): Promise<VenueStandIn> {
  const clients = new Set<Client>()
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    path: '/ws',
    verifyClient: (_info: unknown, accept: (ok: boolean, code?: number) => void) =>
      accept(!venue.isDown, 503),
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const send = (client: Client, message: unknown): void => client.socket.send(JSON.stringify(message))

  const take = (client: Client, raw: string): void => {
    const { method, subscription } = JSON.parse(raw) as { method: string; subscription: Subscription }
    if (method === 'ping') {
      venue.pings++
      if (venue.answersPings) send(client, { channel: 'pong' })
      return
    }
    const key = subscriptionKey(subscription)
    venue.requests.push(`${method} ${key}`)
    if (venue.deaf.has(subscription.type)) return
    if (venue.unknownCoins.has(String(subscription.coin))) {
      send(client, { channel: 'error', data: `Invalid subscription ${JSON.stringify(subscription)}` })
      return
    }
    if (method === 'subscribe') client.held.set(key, subscription)
    else client.held.delete(key)
    send(client, { channel: 'subscriptionResponse', data: { method, subscription } })
    const first = method === 'subscribe' ? venue.onSubscribe(subscription) : null
    if (first) send(client, first)
  }

  server.on('connection', (socket) => {
    venue.connects++
    const client: Client = { socket, held: new Map() }
    clients.add(client)
    socket.on('message', (data) => take(client, String(data)))
    socket.on('close', () => clients.delete(client))
    socket.on('error', () => clients.delete(client))
  })

  const venue: VenueStandIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    publish(subscription, channel, data) {
      const key = subscriptionKey(subscription)
      for (const client of clients) if (client.held.has(key)) send(client, { channel, data })
    },
    sendRaw(text) {
      for (const { socket } of clients) socket.send(text)
    },
    cut() {
      for (const { socket } of clients) socket.terminate()
    },
    onSubscribe: () => null,
    deaf: new Set(),
    unknownCoins: new Set(),
    answersPings: true,
    isDown: false,
    connects: 0,
    pings: 0,
    requests: [],
    clients: () => clients.size,
    async close() {
      for (const { socket } of clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return venue
}
