/** What the follower of traders needs and what it offers. */
// Not here: the follower itself (traders-follower.ts).
import type { AccountEvent, MarketEvent, TradeEvent } from '#domain/events.ts'
import type { Clock, EpochMs } from '#domain/time.ts'
import type { TraderOrder } from '#domain/traders/open-orders.ts'
import type { PositionBook } from '#domain/traders/position-book.ts'
import type { Gap, Reach } from '#streamers/continuity.ts'
import type { FeedLog } from '#streamers/frame-faults.ts'
import type { MarketFeed } from '#streamers/market-feed-port.ts'
import type { OrderSweep } from '#streamers/traders-orders.ts'
import type { Reconciler } from '#streamers/traders-reconciler.ts'
import type { TradersRecorder } from '#streamers/traders-recorder.ts'
import type { TrackedNow } from '#streamers/traders-state.ts'
import type { TradersVenue } from '#streamers/traders-venue.ts'

export interface FollowerParts {
  clock: Clock
  log: FeedLog
  venue: TradersVenue
  recorder: TradersRecorder
  /** Names the market that the file belongs to. */
  market: string
  stateFile: string
  checkpointMs: number
  /** Makes the feed of trades; `from` is how far each coin's tape is known. */
  openFeed(
    from: readonly Reach[],
    on: { events(events: readonly MarketEvent[]): void; gap(gap: Gap): void },
  ): MarketFeed
  /** Tracked traders, best first. @throws when the database does not answer */
  readTracked(): Promise<readonly TrackedNow[]>
  /** Stored trades from a moment on, oldest first, in pieces. */
  readTrades(sinceTs: EpochMs): AsyncIterable<readonly TradeEvent[]>
  readOpenOrders(): Promise<readonly (TraderOrder & { address: string })[]>
  /** Follows exactly these by their own streams. */
  pin(addresses: readonly string[]): Promise<void>
  /** Whom to pin of those tracked. */
  choosePinned(tracked: readonly TrackedNow[]): readonly string[]
}

export interface FollowerStatus {
  tracked: number
  seen: number
  trades: number
  repeated: number
  tape_ts: EpochMs
  reconciler: ReturnType<Reconciler['stats']>
  orders: ReturnType<OrderSweep['stats']>
  pinned: { traders: number; fills: number; orders: number; missed: number }
  rows: { moves: number; rows: number; states: number }
  weight_spent: number
  feed: string
}

export interface TradersFollower {
  /** Reads what an earlier process left and opens the tape; resolves when it is subscribed. */
  start(): Promise<void>
  /** Asks, compares and writes what is due. Call it a few times a second. */
  tick(): void
  /** Lists of orders; call it about once a second. */
  sweepOrders(): Promise<void>
  /** Reads anew who is tracked. */
  refresh(): Promise<void>
  /** Events of a pinned trader's own stream. */
  pinnedEvents(events: readonly AccountEvent[], address: string): void
  /** Current position of a tracked trader; for tests and the status page. */
  readonly book: PositionBook
  status(): FollowerStatus
  /** Writes the file, whatever its age. */
  save(): void
  close(): Promise<void>
}
