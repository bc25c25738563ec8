/** One WebSocket that stays: connect, subscribe with acknowledgements, ping, notice silence, back off, connect again. */
// Not here: what the frames mean to the market (market-feed.ts) or to an account (account-feed.ts).
import { WebSocket } from 'ws'
import { describeError } from '#domain/errors.ts'
import type { Clock, EpochMs } from '#domain/time.ts'
import type { ParsedFrame, Subscription } from '#exchange/wire/frames.ts'
import { parseFrame } from '#exchange/wire/parse-frame.ts'
import { createAcknowledgements } from '#streamers/acknowledgements.ts'
import { type ConnectGate, createBackOff } from '#streamers/back-off.ts'
import type { FeedLog, FrameFaults } from '#streamers/frame-faults.ts'

export const LIMITS = {
  openMsMax: 10_000,
  /** All subscriptions must be acknowledged within this. */
  acknowledgeMsMax: 15_000,
  backOffMinMs: 250,
  backOffMaxMs: 30_000,
  /** A connection that was live for so long counts as good: the next wait is short again. */
  livedMsMin: 5_000,
  frameBytesMax: 16 * 1024 * 1024,
} as const

export type SocketState = 'idle' | 'connecting' | 'subscribing' | 'live' | 'waiting' | 'closed'

export interface FeedSocketOptions {
  /** Name in logs and status. */
  name: string
  /** `ws://…/ws` or `wss://…/ws`. */
  url: string
  subscriptions: readonly Subscription[]
  clock: Clock
  log: FeedLog
  /** No frame at all for so long, pongs included, means a dead connection, milliseconds. */
  staleMs: number
  jitter: () => number
  gate: ConnectGate
  faults: FrameFaults
  onFrame(frame: Exclude<ParsedFrame, { kind: 'pong' | 'acknowledged' }>, receivedTs: EpochMs): void
  /** Everything is acknowledged (or refused for good). */
  onUp?(): void
  /** The connection is gone; `reason` is a sentence for people. */
  onDown?(reason: string): void
}

export interface FeedSocket {
  start(): void
  /** Resolves when every subscription is acknowledged for the first time, or when the socket is closed. */
  ready(): Promise<void>
  close(): Promise<void>
  /** Cuts the connection, so that it is made anew. */
  reconnect(reason: string): void
  /** Asks once more for one feed on the same connection: `unsubscribe`, then `subscribe`. */
  resubscribe(subscription: Subscription): void
  /** Stops reading: what the venue sends waits in the network, until it loses patience. `resume` goes on. */
  pause(): void
  resume(): void
  state(): SocketState
  /** Subscriptions that the venue refused, by its text. */
  refused(): Readonly<Record<string, string>>
  stats(): { connects: number; frames: number; bytes: number }
}

export function createFeedSocket(options: FeedSocketOptions): FeedSocket {
  return new Socket(options)
}

class Socket implements FeedSocket {
  private readonly options: FeedSocketOptions
  private readonly stop = new AbortController()
  private readonly firstReady = Promise.withResolvers<void>()
  private readonly answers = createAcknowledgements()
  private current: WebSocket | null = null
  private phase: SocketState = 'idle'
  private cutReason: string | null = null
  private paused: PromiseWithResolvers<void> | null = null
  private lastFrameMs = 0
  private liveSinceMs = Number.POSITIVE_INFINITY
  private finished: Promise<void> | null = null
  private counters = { connects: 0, frames: 0, bytes: 0 }

  constructor(options: FeedSocketOptions) {
    this.options = options
  }

  start(): void {
    this.finished ??= this.run()
  }
  ready(): Promise<void> {
    return this.firstReady.promise
  }
  state(): SocketState {
    return this.phase
  }
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
    this.firstReady.resolve()
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
    const { subscriptions } = this.options
    this.phase = 'subscribing'
    this.answers.begin(subscriptions)
    for (const subscription of subscriptions) this.send({ method: 'subscribe', subscription })
    this.settle()
  }

  private send(message: unknown): void {
    this.current?.send(JSON.stringify(message))
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
    if (this.phase !== 'subscribing' || !this.answers.isComplete()) return
    this.phase = 'live'
    this.liveSinceMs = this.options.clock.monotonicMs()
    this.options.onUp?.()
    this.firstReady.resolve()
  }

  /** Pings, and cuts a connection that says nothing or acknowledges nothing. */
  private async watch(signal: AbortSignal): Promise<void> {
    const { clock, staleMs } = this.options
    const began = clock.monotonicMs()
    const everyMs = Math.max(10, Math.min(staleMs / 3, 20_000))
    while (!signal.aborted) {
      await clock.sleep(everyMs, signal)
      if (signal.aborted || this.paused || this.current?.readyState !== WebSocket.OPEN) continue
      const now = clock.monotonicMs()
      if (now - this.lastFrameMs >= staleMs) this.reconnect('stale: no frame')
      else if (this.phase === 'subscribing' && now - began >= LIMITS.acknowledgeMsMax)
        this.reconnect('subscriptions were not acknowledged')
      else this.send({ method: 'ping' })
    }
  }
}
