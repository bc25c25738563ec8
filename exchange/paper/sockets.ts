/** The WebSocket protocol of one connection: subscribe, unsubscribe, ping, post; errors never close it. */
// Not here: feeds (subscriptions.ts), accepting connections (http.ts). Source: wire contract §4.
import type { WebSocket } from 'ws'
import { HoldfastError } from '#domain/errors.ts'
import type { FanOut, Subscriber } from '#exchange/paper/fan-out.ts'
import type { Faults } from '#exchange/paper/faults.ts'
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
  slow: {
    /** Counts a frame that could not be read. */
    strike(): void
    /** Notes that one made sense. */
    prove(): void
    /** Null when frames may be looked at as they come; else resolves when the next one may. */
    turn(): Promise<void> | null
  }
  faults: Faults
  /** Logs what nobody expected. */
  onFault(error: unknown): void
  /** Monotonic milliseconds. */
  monotonicMs(): number
}

/** A client that lets so many bytes pile up is disconnected: it would never catch up. */
export const BACKLOG_BYTES_MAX = 64 * 1024 * 1024
/** The venue closes a socket to which it has sent nothing for so long. */
export const IDLE_MS_MAX = 60_000
/** Longest piece of a bad frame that is sent back. */
const ECHO_CHARS_MAX = 4_096

type Message = Readonly<Record<string, unknown>>

function parse(raw: string): Message {
  try {
    const value: unknown = JSON.parse(raw)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Message) : {}
  } catch {
    return {} // no method: answered as any frame that is no request
  }
}

export class SocketSession implements Subscriber {
  readonly #socket: WebSocket
  readonly #deps: SocketDeps
  readonly #feeds = new Map<string, Feed>()
  #lastSentMs: number
  #postsInFlight = 0
  /** A frame that a fault holds back until the next one. */
  readonly #held: { frame: string | null } = { frame: null }
  /** Frames of a client that floods, waiting for their turns; null while it does not. */
  #slowly: string[] | null = null

  constructor(socket: WebSocket, deps: SocketDeps) {
    this.#socket = socket
    this.#deps = deps
    this.#lastSentMs = deps.monotonicMs()
    socket.on('message', (data) => this.#onMessage(String(data)))
    socket.on('error', () => {}) // a broken frame or a cut line: the close event follows
    socket.on('close', () => {
      deps.fanOut.drop(this)
      deps.limiter.closed()
    })
  }

  send(frame: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    const nowMs = this.#deps.monotonicMs()
    const fate = this.#deps.faults.frame(frame, this.#held, nowMs)
    if (fate === 'disconnect') {
      this.#socket.terminate()
      return
    }
    this.#lastSentMs = nowMs
    for (const text of fate) this.#socket.send(text)
    if (this.#socket.bufferedAmount > BACKLOG_BYTES_MAX) this.#socket.terminate()
  }

  backlog(): number {
    return this.#socket.readyState === this.#socket.OPEN ? this.#socket.bufferedAmount : 0
  }

  /** Milliseconds since something was sent. */
  idleMs(): number {
    return this.#deps.monotonicMs() - this.#lastSentMs
  }

  cut(): void {
    this.#socket.terminate()
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  #say(channel: string, data?: unknown): void {
    this.send(JSON.stringify(data === undefined ? { channel } : { channel, data }))
  }

  #unreadable(raw: string): void {
    this.#deps.slow.strike()
    this.#say('error', `Error parsing JSON into valid websocket request: ${raw.slice(0, ECHO_CHARS_MAX)}`)
  }

  #onMessage(raw: string): void {
    const turn = this.#slowly === null ? this.#deps.slow.turn() : null
    if (this.#slowly !== null) this.#slowly.push(raw)
    else if (turn === null) this.#take(raw)
    else {
      this.#slowly = [raw]
      this.#socket.pause() // what has arrived already still comes out
      void this.#takeSlowly(turn)
    }
  }

  async #takeSlowly(first: Promise<void>): Promise<void> {
    const { slow } = this.#deps
    try {
      for (let turn: Promise<void> | null = first; turn !== null; turn = slow.turn()) {
        await turn
        const raw = this.#slowly?.shift()
        if (raw === undefined) break
        this.#take(raw)
      }
    } catch {
      this.#socket.terminate() // the lane is full
      return
    }
    const rest = this.#slowly ?? []
    this.#slowly = null
    for (const raw of rest) this.#take(raw)
    this.#socket.resume()
  }

  #take(raw: string): void {
    try {
      const refusal = this.#deps.limiter.message()
      if (refusal === null) this.#handle(raw, parse(raw))
      else {
        this.#deps.slow.strike()
        this.#say('error', refusal)
      }
    } catch (error) {
      this.#deps.onFault(error)
      this.#say('error', 'Internal error')
    }
  }

  #handle(raw: string, message: Message): void {
    switch (message.method) {
      case 'ping':
        this.#say('pong')
        break
      case 'subscribe':
        this.#subscribe(raw, message.subscription)
        break
      case 'unsubscribe':
        this.#unsubscribe(raw, message.subscription)
        break
      case 'post':
        void this.#post(raw, message)
        break
      default:
        this.#unreadable(raw)
    }
  }

  /** The feed a subscription asks for; null after it was refused. */
  #readFeed(raw: string, subscription: unknown): Feed | null {
    let fault: 'unreadable' | 'invalid' = 'unreadable'
    try {
      const read = readFeed(subscription, this.#deps.feeds)
      if ('feed' in read) return read.feed
      fault = read.fault
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
    }
    if (fault === 'invalid') this.#say('error', `Invalid subscription ${JSON.stringify(subscription)}`)
    else this.#unreadable(raw)
    return null
  }

  #subscribe(raw: string, subscription: unknown): void {
    const feed = this.#readFeed(raw, subscription)
    if (!feed) return
    if (this.#feeds.has(feed.key)) {
      this.#say('error', `Already subscribed: ${JSON.stringify(subscription)}`)
      return
    }
    const users = new Set([...this.#feeds.values()].flatMap(({ user }) => (user === null ? [] : [user])))
    const refusal = this.#deps.limiter.subscription({ count: this.#feeds.size, users, user: feed.user })
    if (refusal !== null) {
      this.#say('error', refusal)
      return
    }
    this.#say('subscriptionResponse', { method: 'subscribe', subscription: feed.echo })
    // First message and registration in one turn: nothing can be published in between.
    for (const frame of feed.first()) this.send(frame)
    this.#deps.slow.prove()
    this.#feeds.set(feed.key, feed)
    this.#deps.fanOut.add(feed.key, this)
  }

  #unsubscribe(raw: string, subscription: unknown): void {
    const feed = this.#readFeed(raw, subscription)
    if (!feed) return
    if (!this.#feeds.delete(feed.key)) {
      this.#say('error', `Already unsubscribed: ${JSON.stringify(subscription)}`)
      return
    }
    this.#deps.fanOut.remove(feed.key, this)
    this.#say('subscriptionResponse', { method: 'unsubscribe', subscription: feed.echo })
  }

  async #post(raw: string, { id, request }: Message): Promise<void> {
    const { type, payload } = (typeof request === 'object' && request !== null ? request : {}) as Message
    if (typeof id !== 'number' || (type !== 'info' && type !== 'action')) {
      this.#unreadable(raw)
      return
    }
    if (this.#deps.limiter.tooManyPosts(this.#postsInFlight)) {
      this.#say('error', `too many pending post requests id=${id}`)
      return
    }
    this.#postsInFlight++
    try {
      this.#say('post', { id, response: { type, payload: await this.#answer(type, payload) } })
    } catch (error) {
      if (error instanceof RequestError) this.#deps.slow.strike()
      else if (!(error instanceof HoldfastError)) this.#deps.onFault(error)
      const text = error instanceof RequestError ? error.message : 'Internal error'
      this.#say('post', { id, response: { type: 'error', payload: text } })
    } finally {
      this.#postsInFlight--
    }
  }

  async #answer(type: 'info' | 'action', payload: unknown): Promise<unknown> {
    if (type === 'action') return this.#deps.action(payload)
    return { type: (payload as Message | null)?.type, data: this.#deps.info(payload) }
  }
}
