/** Public market data as a library: a few sockets within the venue's limits → events, gaps, status. Used by recorder and trading host. */
// Not here: one socket's life (feed-socket.ts), memory of the market (market-state.ts), rows (market-recorder.ts).
import { isSteady, type MarketSubscription } from '#exchange/wire/frames.ts'
import {
  type ConnectGate,
  createConnectGate,
  createJitter,
  createSendGate,
  type SendGate,
} from '#streamers/back-off.ts'
import {
  type Continuity,
  createContinuity,
  feedChannel,
  feedOf,
  type Gap,
  type GapReason,
  keyOf,
  type Reach,
} from '#streamers/continuity.ts'
import { createFeedSocket } from '#streamers/feed-socket.ts'
import { createFrameFaults, type FrameFaults } from '#streamers/frame-faults.ts'
import type { MarketFeed, MarketFeedOptions, MarketFeedStatus } from '#streamers/market-feed-port.ts'
import type { FeedSocket, FeedSocketOptions } from '#streamers/socket-port.ts'
import { createStallWatch, type StallWatch } from '#streamers/stall-watch.ts'
import { planMarketSockets, VENUE_LIMITS } from '#streamers/subscription-plan.ts'
import { webSocketUrl } from '#streamers/venue-url.ts'

/** Builds the feed; nothing is opened before `start`. @throws SubscriptionLimitError */
export function createMarketFeed(options: MarketFeedOptions): MarketFeed {
  return new Feed(options)
}

class Feed implements MarketFeed {
  private readonly options: MarketFeedOptions
  private readonly stop = new AbortController()
  private readonly faults: FrameFaults
  private readonly continuity: Continuity
  private readonly stalls: StallWatch
  private readonly sockets: FeedSocket[] = []
  private readonly shared: { jitter: () => number; gate: ConnectGate; sendGate: SendGate }
  private readonly byKey = new Map<string, { socket: FeedSocket; subscription: MarketSubscription }>()
  private events = 0
  private frameMs: number | null = null
  private isPaused = false
  private watching: Promise<void> | null = null

  constructor(options: MarketFeedOptions) {
    this.options = options
    const { clock, log, subscriptions } = options
    const keys = new Set(subscriptions.map((each) => keyOf(feedOf(each))))
    this.faults = createFrameFaults(log, (frame) => options.onRejected?.(frame))
    this.continuity = createContinuity({
      // A feed that is no longer asked for would stay open for ever.
      from: (options.from ?? []).filter((reach) => keys.has(keyOf(reach))),
      onGap: (gap) => options.onGap?.(gap),
      onFirst: () => options.onFirst?.(),
    })
    this.stalls = createStallWatch({
      clock,
      staleMs: options.staleMs,
      onStall: (key) => this.onStall(key),
      onStuck: (key) => this.byKey.get(key)?.socket.reconnect(`stall: ${key} stayed silent`),
    })
    this.shared = {
      jitter: createJitter(options.seed),
      gate: options.gate ?? createConnectGate({ clock, perMinute: VENUE_LIMITS.connectsPerMinuteMax }),
      sendGate: options.sendGate ?? createSendGate(clock),
    }
    this.place(subscriptions)
  }

  /** Gives each subscription that is not held yet to a socket, a new one where the others are full. */
  private place(subscriptions: readonly MarketSubscription[]): FeedSocket[] {
    const fresh = subscriptions.filter((each) => !this.byKey.has(keyOf(feedOf(each))))
    const held = this.sockets.map((socket) => socket.subscriptions() as readonly MarketSubscription[])
    const opened: FeedSocket[] = []
    for (const [index, part] of planMarketSockets(fresh, held, this.options.socketsMax).entries()) {
      const known = this.sockets[index]
      const socket = known ?? this.createSocket(`market-${index + 1}`)
      if (!known) opened.push(socket)
      for (const subscription of part) {
        const key = keyOf(feedOf(subscription))
        this.byKey.set(key, { socket, subscription })
        if (isSteady(subscription)) this.stalls.watch(key)
      }
      socket.add(part)
    }
    return opened
  }

  private createSocket(name: string): FeedSocket {
    const { clock, log, staleMs, url } = this.options
    const socket = createFeedSocket({
      ...this.shared,
      name,
      url: webSocketUrl(url),
      subscriptions: [],
      clock,
      log,
      staleMs,
      faults: this.faults,
      onFrame: (frame) => this.take(frame),
      onUp: () => this.options.onStatus?.(this.status()),
      onDown: (reason) => this.onDown(socket.subscriptions() as readonly MarketSubscription[], reason),
    })
    this.sockets.push(socket)
    return socket
  }

  private take(frame: Parameters<FeedSocketOptions['onFrame']>[0]): void {
    if (frame.kind !== 'market') return
    if (frame.unknownFields) this.faults.noteUnknownFields(frame.channel, frame.unknownFields)
    const first = frame.events[0]
    if (!first) return
    this.events += frame.events.length
    this.frameMs = this.options.clock.monotonicMs()
    this.continuity.arrived(frame.events)
    if (first.kind !== 'trade' && first.kind !== 'bbo' && first.kind !== 'candle')
      this.stalls.alive(keyOf({ channel: feedChannel(first), coin: 'coin' in first ? first.coin : '' }))
    this.options.onEvents(frame.events)
  }

  private onDown(subscriptions: readonly MarketSubscription[], reason: string): void {
    const cause: GapReason = reason.startsWith('stale')
      ? 'stale'
      : reason.startsWith('stall')
        ? 'stall'
        : 'disconnect'
    const feeds = subscriptions.map(feedOf)
    this.continuity.cut(feeds, cause)
    this.stalls.forget(feeds.map(keyOf))
    this.options.onStatus?.(this.status())
  }

  private onStall(key: string): void {
    const { log, staleMs } = this.options
    const feed = this.byKey.get(key)
    if (feed?.socket.state() !== 'live') return
    log.warn({ feed: key, stale_ms: staleMs }, 'feed is silent; subscribing again')
    this.continuity.cut([feedOf(feed.subscription)], 'stall')
    feed.socket.resubscribe(feed.subscription)
  }

  async start(): Promise<void> {
    const { clock, staleMs } = this.options
    for (const socket of this.sockets) socket.start()
    const watch = async (): Promise<void> => {
      const everyMs = Math.max(10, Math.min(staleMs / 4, 5_000))
      while (!this.stop.signal.aborted) {
        const before = clock.monotonicMs()
        await clock.sleep(everyMs, this.stop.signal)
        const wasStarved = clock.monotonicMs() - before > everyMs * 2
        if (!this.isPaused && !wasStarved) this.stalls.check()
      }
    }
    this.watching ??= watch()
    await Promise.all(this.sockets.map((socket) => socket.ready()))
  }

  async add(subscriptions: readonly MarketSubscription[]): Promise<void> {
    const opened = this.place(subscriptions)
    if (this.watching) for (const socket of opened) socket.start()
    if (this.watching) await Promise.all(this.sockets.map((socket) => socket.ready()))
  }

  remove(subscriptions: readonly MarketSubscription[]): void {
    const keys = subscriptions.map((each) => keyOf(feedOf(each))).filter((key) => this.byKey.has(key))
    for (const key of keys) {
      const held = this.byKey.get(key)
      held?.socket.remove([held.subscription])
      this.byKey.delete(key)
    }
    this.stalls.unwatch(keys)
    this.continuity.forget(subscriptions.map(feedOf))
  }

  gaps(): Gap[] {
    return this.continuity.open()
  }

  async close(): Promise<void> {
    this.stop.abort()
    await Promise.all([...this.sockets.map((socket) => socket.close()), this.watching])
  }

  pause(): void {
    this.isPaused = true
    for (const socket of this.sockets) socket.pause()
  }

  resume(): void {
    this.isPaused = false
    this.stalls.forget([...this.byKey.keys()])
    for (const socket of this.sockets) socket.resume()
  }

  status(): MarketFeedStatus {
    const { sockets, faults } = this
    const connected = sockets.filter((socket) => socket.state() === 'live').length
    const stats = sockets.map((socket) => socket.stats())
    return {
      text: `${connected}/${sockets.length} connected`,
      sockets: sockets.length,
      connected,
      subscriptions: this.byKey.size,
      refused: Object.assign({}, ...sockets.map((socket) => socket.refused())),
      frames: stats.reduce((sum, { frames }) => sum + frames, 0),
      events: this.events,
      faults: faults.total(),
      faultsByKind: faults.byKind(),
      connects: stats.reduce((sum, { connects }) => sum + connects, 0),
      silentMs: this.frameMs === null ? 0 : Math.round(this.options.clock.monotonicMs() - this.frameMs),
    }
  }

  reach(): Reach[] {
    return this.continuity.reach()
  }
}
