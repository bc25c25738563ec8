/** The narrow interfaces through which the session core reaches time, market, exchange, journal and control plane. */
// Real bodies: activities/trading-session/*. Virtual ones: tests/simulation. Nothing else may reach a venue.
import type {
  AccountEvent,
  BboEvent,
  BookEvent,
  CandleEvent,
  FillEvent,
  OrderStatusKind,
  Side,
  TradeEvent,
} from '#domain/events.ts'
import type { Decimal } from '#domain/fixed-point.ts'
import type { Cloid } from '#domain/ids.ts'
import type { MakerRow } from '#domain/session/maker-rows.ts'
import type { Checkpoint, ClosedCandle, Decision, KillMode, OrderIntent } from '#domain/session/types.ts'
import type { BudgetFacts } from '#domain/strategies/maker/budget.ts'
import type { FeeRates } from '#domain/strategies/maker/gates.ts'
import type { CandleInterval, Clock, EpochMs } from '#domain/time.ts'

/** What the venue answered for one order; `unknown` when no answer came, so only reconciling by cloid can tell. */
export type OrderAnswer =
  | { cloid: Cloid; status: 'resting'; oid: number }
  | { cloid: Cloid; status: 'filled'; oid: number; sz: Decimal; avgPx: Decimal }
  | { cloid: Cloid; status: 'accepted' } // waiting for trigger or parent
  /** `code` is a RefusalCode of exchange/client/refusals.ts where the venue's text is known, e.g. POST_ONLY_CROSS. */
  | { cloid: Cloid; status: 'rejected'; message: string; code?: string }
  | { cloid: Cloid; status: 'unknown'; message: string }

export type CancelAnswer =
  | { cloid: Cloid; status: 'canceled' }
  | { cloid: Cloid; status: 'gone' } // never placed, already canceled, or filled
  | { cloid: Cloid; status: 'unknown'; message: string }

export interface OpenOrder {
  coin: string
  oid: number
  /** '' where the order was placed without one. */
  cloid: Cloid | ''
  side: Side
  px: Decimal
  sz: Decimal
  reduceOnly: boolean
  trigger: boolean
  ts: EpochMs
}

export interface VenuePosition {
  coin: string
  /** Signed coins. */
  sz: Decimal
  entryPx: Decimal
}

export interface VenueAccount {
  equityUsd: Decimal
  /** Collateral that no position needs; absent where no source tells it. */
  freeUsd?: Decimal | undefined
  positions: readonly VenuePosition[]
}

/** One order in the place of another that rests: the venue cancels that one and places this one, in one action. */
export interface OrderModify {
  /** Of the resting order, of the same coin. */
  cloid: Cloid
  /** What takes its place, under an id of its own. */
  order: OrderIntent
}

/** The exchange for one account. Every signed call carries `expiresAfter`, so that a late one dies at the venue. */
export interface Venue {
  /**
   * `stillAllowed` is asked again after signing, directly before the bytes go out: a text refuses the send, and every order
   * is then answered `rejected` with it. Never throws for weather: no answer is `unknown`.
   */
  placeOrders(
    orders: readonly OrderIntent[],
    options: { expiresAfter: EpochMs; stillAllowed?: () => string | null },
  ): Promise<OrderAnswer[]>
  /**
   * As `placeOrders`, for the new orders: one answer each, in order. Refused with code GONE where the old one did not rest any more;
   * after any other refusal the old one may rest or not. Absent where the venue can only cancel and place.
   */
  modifyOrders?(
    modifies: readonly OrderModify[],
    options: { expiresAfter: EpochMs; stillAllowed?: () => string | null },
  ): Promise<OrderAnswer[]>
  cancelOrders(
    orders: readonly { coin: string; cloid: Cloid }[],
    options: { expiresAfter: EpochMs },
  ): Promise<CancelAnswer[]>
  /** For orders without a cloid of ours. */
  cancelByOid(
    orders: readonly { coin: string; oid: number }[],
    options: { expiresAfter: EpochMs },
  ): Promise<void>
  /** Cross leverage of one coin, signed. Null once it is set, else why it is not. Absent where the venue knows none. */
  setLeverage?(coin: string, leverage: number, options: { expiresAfter: EpochMs }): Promise<string | null>
  openOrders(): Promise<OpenOrder[]>
  account(): Promise<VenueAccount>
  /** Fills at or after `ts`, oldest first. */
  fillsSince(ts: EpochMs): Promise<FillEvent[]>
  /** The same for statistics: answered from what the process has heard where that reaches back so far. Absent where nobody keeps it. */
  recentFills?(ts: EpochMs): Promise<FillEvent[]>
  orderStatus(cloid: Cloid): Promise<{ status: OrderStatusKind | 'unknown'; word: string }>
  /** What is left of the request budgets; absent where nobody counts. */
  budget?(): BudgetFacts
  /** The account's fee rates, basis points; absent where no source tells them. */
  fees?(): Promise<FeeRates>
  /** Best prices by request, for when the stream is silent; null on an empty side. */
  touch(coin: string): Promise<{ bid: Decimal | null; ask: Decimal | null }>
}

/** The shared market state of the process; reading never waits. */
export interface MarketView {
  bbo(coin: string): BboEvent | null
  book(coin: string): BookEvent | null
  lastTrade(coin: string): TradeEvent | null
  markPx(coin: string): Decimal | null
  /** The venue's index price; absent where no source brings it. */
  oraclePx?(coin: string): Decimal | null
  /** Hourly funding rate as a fraction; absent where no source brings it. */
  fundingRate?(coin: string): Decimal | null
  /** Monotonic milliseconds since the last frame of the coin; Infinity before the first. */
  ageMs(coin: string): number
  /** The candle that is forming, as last seen. */
  candle(coin: string, interval: CandleInterval): CandleEvent | null
  /** Closed candles with openTs > `afterOpenTs`, oldest first, from what the process has seen since it subscribed. */
  closedCandles(coin: string, interval: CandleInterval, afterOpenTs: EpochMs): ClosedCandle[]
  sizeDecimals(coin: string): number
}

/** Wakes the loop: resolves on the next market or account event, after `timeoutMs`, or when `signal` aborts. */
export interface EventSource {
  next(timeoutMs: number, signal: AbortSignal): Promise<'market' | 'account' | 'timeout' | 'aborted'>
  /** Account events since the last call, in order. Fills may repeat after a reconnect: fold by (ts, tid). */
  takeAccountEvents(): AccountEvent[]
  /** False while the account stream is down: fills may be missing until `fillsSince` was asked. */
  accountStreamUp(): boolean
}

/** Durable record of what was decided and done. `intent` must be durable before the order goes out. */
export interface Journal {
  decision(decision: Decision): void
  intent(order: OrderIntent, context: { epoch: number; ts: EpochMs }): Promise<void>
  answer(answer: OrderAnswer | CancelAnswer, context: { epoch: number; ts: EpochMs }): void
  event(kind: string, details: Readonly<Record<string, unknown>>): void
  /** What a maker shows now, at most once a second; null on a side without quote. */
  quotes(row: {
    ts: EpochMs
    coin: string
    bid: { px: Decimal; sz: Decimal } | null
    ask: { px: Decimal; sz: Decimal } | null
    mid: Decimal
    positionSz: Decimal
    /** What held quotes back; unset for nothing. */
    gate?: string
  }): void
  /** Rows of a maker: books, minutes, budgets, cycles, changed knobs; absent where nobody keeps them. */
  maker?(row: MakerRow): void
  /** Equity, at most once a second. */
  equity(row: {
    ts: EpochMs
    equityUsd: Decimal
    netPnlUsd: Decimal
    positions: Readonly<Record<string, Decimal>>
  }): void
}

export type HeartbeatAnswer =
  | { kind: 'acknowledged' }
  | { kind: 'cancel_requested' }
  | { kind: 'attempt_replaced' } // not found, timed out, or paused: another attempt may own the session
  | { kind: 'unreachable' }

/** The control plane as a segment sees it. */
export interface ControlPlane {
  /** 1 for the first start of this segment's task. A higher one means that a twin with the same input may be alive: the segment refuses to run. */
  readonly attempt: number
  /** One acknowledged heartbeat; must settle within `deadlineMs`. */
  heartbeat(checkpoint: Checkpoint, deadlineMs: number): Promise<HeartbeatAnswer>
  /** Aborts on pushed cancellation, on a control command and on worker shutdown; `reason` tells which. */
  readonly signal: AbortSignal
  readonly reason: () => 'cancel' | 'shutdown' | 'command' | null
}

/** Commands that reach a running segment from outside: direct HTTP, control activity, kill file. */
export interface CommandInbox {
  /** The strongest kill that applies to this session now. This is the one kill check; it is read before every signed action. */
  kill(): { mode: KillMode; by: 'direct' | 'control' | 'kill_switch'; reason: string } | null
  /** Takes the pending rotate request, if any. */
  takeRotate(): 'params' | 'pause' | 'command' | null
  /** Aborts when something new arrives. */
  readonly changed: () => AbortSignal
}

export interface SegmentPorts {
  clock: Clock
  market: MarketView
  events: EventSource
  venue: Venue
  journal: Journal
  control: ControlPlane
  commands: CommandInbox
}
