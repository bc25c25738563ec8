/** One WebSocket that stays: connect, subscribe with acknowledgements, ping, notice silence, back off, connect again. */
// Not here: what the frames mean to the market (market-feed.ts) or to an account (account-feed.ts).
import { WebSocket } from 'ws'
import { describeError } from '#domain/errors.ts'
import { type ParsedFrame, type Subscription, subscriptionKey } from '#exchange/wire/frames.ts'
import { parseFrame } from '#exchange/wire/parse-frame.ts'
import { createAcknowledgements } from '#streamers/acknowledgements.ts'
import { createBackOff } from '#streamers/back-off.ts'
import type { FeedSocket, FeedSocketOptions, SocketState } from '#streamers/socket-port.ts'

export const LIMITS = {
  openMsMax: 10_000,
  /** All subscriptions must be acknowledged within this. */
  acknowledgeMsMax: 15_000,
  backOffMinMs: 250,
  backOffMaxMs: 30_000,
  /** A connection that was live for so long counts as good: the next wait is short again. */
  livedMsMin: 2_000,
  frameBytesMax: 16 * 1024 * 1024,
} as const

export function createFeedSocket(options: FeedSocketOptions): FeedSocket {
  return new Socket(options)
}

class Socket implements FeedSocket {
  private readonly options: FeedSocketOptions
  private readonly stop = new AbortController()
  private wanted: Subscription[]
  private waiters: (() => void)[] = []
  private readonly answers = createAcknowledgements()
  private current: WebSocket | null = null
  private phase: SocketState = 'idle'
  private cutReason: string | null = null
  private paused: PromiseWithResolvers<void> | null = null
  private lastFrameMs = 0
  private awaitedSinceMs = 0
  private liveSinceMs = Number.POSITIVE_INFINITY
  private finished: Promise<void> | null = null
  private counters = { connects: 0, frames: 0, bytes: 0 }

  constructor(options: FeedSocketOptions) {
    this.options = options
    this.wanted = [...options.subscriptions]
  }

  start(): void {
    this.finished ??= this.run()
  }
  ready(): Promise<void> {
    if (this.phase === 'closed' || (this.phase === 'live' && this.answers.isComplete()))
      return Promise.resolve()
    return new Promise((resolve) => this.waiters.push(resolve))
  }
  subscriptions = (): readonly Subscription[] => this.wanted
  add(subscriptions: readonly Subscription[]): void {
    const held = new Set(this.wanted.map(subscriptionKey))
    const fresh = subscriptions.filter((each) => !held.has(subscriptionKey(each)))
    this.wanted.push(...fresh)
    // A connection that is still opening asks for everything at once when it is open.
    if (this.phase === 'subscribing' || this.phase === 'live') this.ask(fresh)
  }
  remove(subscriptions: readonly Subscription[]): void {
    const leaving = new Set(subscriptions.map(subscriptionKey))
    const held = this.wanted.filter((each) => leaving.has(subscriptionKey(each)))
    this.wanted = this.wanted.filter((each) => !leaving.has(subscriptionKey(each)))
    if (this.phase !== 'subscribing' && this.phase !== 'live') return
    for (const subscription of held) this.send({ method: 'unsubscribe', subscription })
  }
  state = (): SocketState => this.phase
  refused(): Readonly<Record<string, string>> {
    return this.answers.refusals()
  }
  stats(): { connects: number; frames: number; bytes: number } {
    return { ...this.counters }
  }
  pause(): void {
    this.paused ??= Promise.withResolvers()
    this.current?.pause()
  }
  resume(): void {
    this.lastFrameMs = this.options.clock.monotonicMs()
    this.current?.resume()
    this.paused?.resolve()
    this.paused = null
  }
  async close(): Promise<void> {
    this.stop.abort()
    this.resume()
    this.current?.terminate()
    await this.finished
    this.phase = 'closed'
    this.release()
  }
  reconnect(reason: string): void {
    this.cutReason ??= reason
    this.current?.terminate()
  }
  resubscribe(subscription: Subscription): void {
    if (this.current?.readyState !== WebSocket.OPEN) return
    this.send({ method: 'unsubscribe', subscription })
    this.send({ method: 'subscribe', subscription })
  }

  private async run(): Promise<void> {
    const { clock, gate, log, name, onDown, jitter } = this.options
    const { signal } = this.stop
    const backOff = createBackOff({ minMs: LIMITS.backOffMinMs, maxMs: LIMITS.backOffMaxMs, jitter })
    while (!signal.aborted) {
      await gate.enter(signal)
      await this.paused?.promise
      if (signal.aborted) break
      const reason = await this.connectOnce()
      if (signal.aborted) break
      if (clock.monotonicMs() - this.liveSinceMs >= LIMITS.livedMsMin) backOff.reset()
      const waitMs = backOff.nextMs()
      this.phase = 'waiting'
      log.warn({ socket: name, reason, wait_ms: Math.round(waitMs) }, 'socket down; connecting again')
      onDown?.(reason)
      await clock.sleep(waitMs, signal)
    }
    this.phase = 'closed'
  }

  /** One life of the connection. Resolves with why it ended; never rejects. */
  private async connectOnce(): Promise<string> {
    const { url } = this.options
    this.phase = 'connecting'
    this.cutReason = null
    this.liveSinceMs = Number.POSITIVE_INFINITY
    this.counters.connects++
    this.lastFrameMs = this.options.clock.monotonicMs()
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      handshakeTimeout: LIMITS.openMsMax,
      maxPayload: LIMITS.frameBytesMax,
    })
    this.current = socket
    const gone = new AbortController()
    const ended = new Promise<string>((resolve) => {
      let failure = ''
      socket.on('error', (error) => {
        failure ||= describeError(error)
      })
      socket.on('close', (code) => resolve(this.cutReason ?? (failure || `closed by the venue (${code})`)))
    })
    socket.on('open', () => this.subscribeAll())
    socket.on('message', (data: Buffer) => this.take(data))
    const watching = this.watch(gone.signal)
    const reason = await ended
    gone.abort()
    await watching
    this.current = null
    return reason
  }

  private subscribeAll(): void {
    this.phase = 'subscribing'
    this.answers.begin()
    this.ask(this.wanted)
    this.settle()
  }

  private ask(subscriptions: readonly Subscription[]): void {
    this.awaitedSinceMs = this.options.clock.monotonicMs()
    this.answers.expect(subscriptions)
    void this.sendPaced(subscriptions, this.current)
  }

  private async sendPaced(subscriptions: readonly Subscription[], to: WebSocket | null): Promise<void> {
    const { clock, sendGate } = this.options
    for (const subscription of subscriptions) {
      await sendGate?.enter(this.stop.signal)
      if (to === null || to !== this.current || this.stop.signal.aborted) return
      if (!this.wanted.includes(subscription)) continue
      this.awaitedSinceMs = clock.monotonicMs()
      this.send({ method: 'subscribe', subscription })
    }
  }

  private send(message: unknown): void {
    const { current, options } = this
    if (current?.readyState !== WebSocket.OPEN) return
    options.sendGate?.sent?.()
    current.send(JSON.stringify(message))
  }

  private take(data: Buffer): void {
    const { clock, faults, onFrame } = this.options
    this.lastFrameMs = clock.monotonicMs()
    this.counters.frames++
    this.counters.bytes += data.length
    const raw = data.toString('utf8')
    let frame: ParsedFrame
    const receivedTs = clock.now()
    try {
      frame = parseFrame(raw, receivedTs)
    } catch (error) {
      faults.count(error, raw)
      return
    }
    if (frame.kind === 'pong') return
    if (frame.kind === 'acknowledged') {
      this.answers.acknowledged(frame)
      this.settle()
      return
    }
    if (frame.kind === 'refused') {
      if (this.answers.refused(frame))
        this.options.log.warn(
          { socket: this.options.name, answer: frame.message.slice(0, 300) },
          'the venue refused a request',
        )
      this.settle()
    }
    onFrame(frame, receivedTs)
  }

  private settle(): void {
    if (!this.answers.isComplete()) return
    if (this.phase === 'subscribing') {
      this.phase = 'live'
      this.liveSinceMs = this.options.clock.monotonicMs()
      this.options.onUp?.()
    }
    this.release()
  }

  private release(): void {
    for (const resolve of this.waiters.splice(0)) resolve()
  }

  /** Pings, and cuts a connection that says nothing or acknowledges nothing. */
  private async watch(signal: AbortSignal): Promise<void> {
    const { clock, staleMs } = this.options
    const everyMs = Math.max(10, Math.min(staleMs / 3, 20_000))
    while (!signal.aborted) {
      const before = clock.monotonicMs()
      await clock.sleep(everyMs, signal)
      if (signal.aborted || this.paused || this.current?.readyState !== WebSocket.OPEN) continue
      const now = clock.monotonicMs()
      // A process that got no processor for so long has frames waiting to be read: they tell first.
      if (now - before > everyMs * 2) continue
      if (now - this.lastFrameMs >= staleMs) this.reconnect('stale: no frame')
      else if (!this.answers.isComplete() && now - this.awaitedSinceMs >= LIMITS.acknowledgeMsMax)
        this.reconnect('subscriptions were not acknowledged')
      else this.send({ method: 'ping' })
    }
  }
}
