/** What a market feed is asked for, and what it tells. */
// Not here: the feed (market-feed.ts).
import type { MarketEvent } from '#domain/events.ts'
import type { Clock } from '#domain/time.ts'
import type { MarketSubscription } from '#exchange/wire/frames.ts'
import type { ConnectGate, SendGate } from '#streamers/back-off.ts'
import type { Gap, Reach } from '#streamers/continuity.ts'
import type { FeedLog, RejectedFrame } from '#streamers/frame-faults.ts'

export interface MarketFeedStatus {
  /** "2/2 connected" */
  text: string
  sockets: number
  connected: number
  subscriptions: number
  refused: Readonly<Record<string, string>>
  frames: number
  events: number
  /** Frames that could not be read. */
  faults: number
  faultsByKind: Readonly<Record<string, number>>
  connects: number
  /** Since the last frame of any socket, milliseconds; 0 before the first. */
  silentMs: number
}

export interface MarketFeedOptions {
  /** Base URL of the exchange (http or ws). */
  url: string
  subscriptions: readonly MarketSubscription[]
  clock: Clock
  log: FeedLog
  /** Silence on a steady channel, or on a whole socket, that counts as dead, milliseconds. */
  staleMs: number
  /** Seed of the jitter in waits. */
  seed: number
  /** Shared by all feeds of the process; made here when absent. */
  gate?: ConnectGate
  /** Paces what is sent, shared likewise. */
  sendGate?: SendGate
  /** Sockets at most; unset: what is left of the venue's connections for a market feed. */
  socketsMax?: number
  /** How far an earlier process got, see continuity.ts. */
  from?: readonly Reach[]
  /** The events of one frame: all of one kind and coin. */
  onEvents(events: readonly MarketEvent[]): void
  onGap?(gap: Gap): void
  /** A channel of a coin had its first data. */
  onFirst?(): void
  onStatus?(status: MarketFeedStatus): void
  /** A frame that could not be read: the first of each kind, then one in a thousand. */
  onRejected?(frame: RejectedFrame): void
}

export interface MarketFeed {
  /** Opens the sockets; resolves when every subscription is acknowledged once. */
  start(): Promise<void>
  /**
   * Subscribes to more on the same sockets; what is held already is left alone. Resolves when everything is acknowledged.
   * @throws SubscriptionLimitError
   */
  add(subscriptions: readonly MarketSubscription[]): Promise<void>
  /** Asks no more for these. A socket without any stays open, for those that come. */
  remove(subscriptions: readonly MarketSubscription[]): void
  /** Gaps that are open now. */
  gaps(): Gap[]
  close(): Promise<void>
  /** Stops reading, for a consumer that cannot take more; `resume` goes on. */
  pause(): void
  resume(): void
  status(): MarketFeedStatus
  /** How far the data of each channel and coin reach. */
  reach(): Reach[]
}
