/** The WebSocket protocol of one connection: subscribe, unsubscribe, ping, post; errors never close it. */
// Not here: feeds (subscriptions.ts), accepting connections (http.ts). Source: wire contract §4.
import type { RawData, WebSocket } from 'ws'
import { HoldfastError } from '#domain/errors.ts'
import type { FanOut, Subscriber } from '#exchange/paper/fan-out.ts'
import { RequestError } from '#exchange/paper/request-errors.ts'
import { type Feed, type FeedDeps, readFeed } from '#exchange/paper/subscriptions.ts'
import type { SocketLimiter } from '#exchange/paper/venue-limits.ts'

export interface SocketDeps {
  fanOut: FanOut
  feeds: FeedDeps
  info(payload: unknown): unknown
  /** Answers an action; may take a while when a latency is set. */
  action(payload: unknown): Promise<unknown>
  limiter: SocketLimiter
  /** Logs what nobody expected. */
  onFault(error: unknown): void
  /** Monotonic milliseconds. */
  monotonicMs(): number
}

/** A client that lets so many bytes pile up is disconnected: it would never catch up. */
export const BACKLOG_BYTES_MAX = 64 * 1024 * 1024
/** The venue closes a socket to which it has sent nothing for so long. */
export const IDLE_MS_MAX = 60_000

export interface Connection {
  /** Milliseconds since something was sent. */
  idleMs(): number
  close(code: number, reason: string): void
}

type Message = Readonly<Record<string, unknown>>

const parse = (raw: string): Message | null => {
  try {
    const value: unknown = JSON.parse(raw)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Message) : null
  } catch {
    return null
  }
}

/** Longest piece of a bad frame that is sent back. */
const ECHO_CHARS_MAX = 4_096

export function serveSocket(socket: WebSocket, deps: SocketDeps): Connection {
  const { fanOut, limiter } = deps
  const subscribed = new Map<string, Feed>()
  let lastSentMs = deps.monotonicMs()
  let postsInFlight = 0

  const subscriber: Subscriber = {
    send: (text) => {
      if (socket.readyState !== socket.OPEN) return
      lastSentMs = deps.monotonicMs()
      socket.send(text)
      if (socket.bufferedAmount > BACKLOG_BYTES_MAX) socket.terminate()
    },
    backlog: () => (socket.readyState === socket.OPEN ? socket.bufferedAmount : 0),
  }
  const send = (channel: string, data?: unknown) =>
    subscriber.send(JSON.stringify(data === undefined ? { channel } : { channel, data }))
  const unreadableFrame = (raw: string) =>
    send('error', `Error parsing JSON into valid websocket request: ${raw.slice(0, ECHO_CHARS_MAX)}`)

  function readable(raw: string, subscription: unknown): Feed | null {
    let read: ReturnType<typeof readFeed>
    try {
      read = readFeed(subscription, deps.feeds)
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      read = { fault: 'unreadable' }
    }
    if ('feed' in read) return read.feed
    if (read.fault === 'invalid') send('error', `Invalid subscription ${JSON.stringify(subscription)}`)
    else unreadableFrame(raw)
    return null
  }

  function subscribe(raw: string, message: Message): void {
    const feed = readable(raw, message.subscription)
    if (!feed) return
    if (subscribed.has(feed.key))
      return send('error', `Already subscribed: ${JSON.stringify(message.subscription)}`)
    const users = new Set([...subscribed.values()].map(({ user }) => user).filter((user) => user !== null))
    const refusal = limiter.subscription({ count: subscribed.size, users, user: feed.user })
    if (refusal !== null) return send('error', refusal)
    send('subscriptionResponse', { method: 'subscribe', subscription: feed.echo })
    // First message and registration in one turn: nothing can be published in between.
    for (const text of feed.first()) subscriber.send(text)
    subscribed.set(feed.key, feed)
    fanOut.add(feed.key, subscriber)
  }

  function unsubscribe(raw: string, message: Message): void {
    const feed = readable(raw, message.subscription)
    if (!feed) return
    if (!subscribed.has(feed.key))
      return send('error', `Already unsubscribed: ${JSON.stringify(message.subscription)}`)
    subscribed.delete(feed.key)
    fanOut.remove(feed.key, subscriber)
    send('subscriptionResponse', { method: 'unsubscribe', subscription: feed.echo })
  }

  async function post(raw: string, message: Message): Promise<void> {
    const { id, request } = message
    const { type, payload } = (typeof request === 'object' && request !== null ? request : {}) as Message
    if (typeof id !== 'number' || (type !== 'info' && type !== 'action')) return unreadableFrame(raw)
    if (limiter.tooManyPosts(postsInFlight)) return send('error', `too many pending post requests id=${id}`)
    postsInFlight++
    try {
      const answer =
        type === 'info'
          ? { type: (payload as Message | null)?.type, data: deps.info(payload) }
          : await deps.action(payload)
      send('post', { id, response: { type, payload: answer } })
    } catch (error) {
      if (!(error instanceof HoldfastError)) deps.onFault(error)
      const text = error instanceof RequestError ? `${error.status}: ${error.message}` : 'Internal error'
      send('post', { id, response: { type: 'error', payload: text } })
    } finally {
      postsInFlight--
    }
  }

  function handle(raw: string): void {
    const refusal = limiter.message()
    if (refusal !== null) return send('error', refusal)
    const message = parse(raw)
    switch (message?.method) {
      case 'ping':
        return send('pong')
      case 'subscribe':
        return subscribe(raw, message)
      case 'unsubscribe':
        return unsubscribe(raw, message)
      case 'post':
        void post(raw, message)
        return
      default:
        return unreadableFrame(raw)
    }
  }

  socket.on('message', (data: RawData) => {
    try {
      handle(String(data))
    } catch (error) {
      deps.onFault(error)
      send('error', 'Internal error')
    }
  })
  socket.on('error', () => {}) // a broken frame or a cut line: the close event follows
  socket.on('close', () => {
    fanOut.drop(subscriber)
    limiter.closed()
  })

  return {
    idleMs: () => deps.monotonicMs() - lastSentMs,
    close: (code, reason) => socket.close(code, reason),
  }
}
