/** What a feed asks of one WebSocket that stays, and what it gets. */
// Not here: how it stays (feed-socket.ts).
import type { Clock, EpochMs } from '#domain/time.ts'
import type { ParsedFrame, Subscription } from '#exchange/wire/frames.ts'
import type { ConnectGate, SendGate } from '#streamers/back-off.ts'
import type { FeedLog, FrameFaults } from '#streamers/frame-faults.ts'

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
  /** Paces subscriptions, so that the venue's limit of messages is kept, and counts every message; unset: they go at once. */
  sendGate?: SendGate
  faults: FrameFaults
  onFrame(frame: Exclude<ParsedFrame, { kind: 'pong' | 'acknowledged' }>, receivedTs: EpochMs): void
  /** Everything is acknowledged (or refused for good). */
  onUp?(): void
  /** The connection is gone; `reason` is a sentence for people. */
  onDown?(reason: string): void
}

export interface FeedSocket {
  start(): void
  /** Resolves when every subscription is acknowledged (or refused for good), or when the socket is closed. */
  ready(): Promise<void>
  /** Subscribes to more, now and after every reconnect. */
  add(subscriptions: readonly Subscription[]): void
  /** Asks no more for these, now and after every reconnect. */
  remove(subscriptions: readonly Subscription[]): void
  subscriptions(): readonly Subscription[]
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
