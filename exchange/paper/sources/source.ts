/** What a market source hands to the exchange, and how it is driven. */
// Not here: the sources themselves (synthetic.ts, replay.ts, candles.ts, mirror.ts), what is made of their events (exchange/paper/market).
import type { EpochMs } from '#domain/time.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import type { Marks } from '#exchange/paper/engine/margin.ts'
import type { CoinSpec, Fill } from '#exchange/paper/engine/types.ts'

/** Level and trade as they travel on the wire: the source's own decimals are passed on unchanged. */
export interface WireLevel {
  px: string
  sz: string
  n: number
}

export interface WireTrade {
  coin: string
  /** Side of the aggressor. */
  side: 'A' | 'B'
  px: string
  sz: string
  time: EpochMs
  hash: string
  tid: number
  /** [buyer, seller] */
  users: [string, string]
}

/** Numbers of one coin that only some sources know; absent ones are derived. */
export interface SourceContext {
  markPx?: string
  oraclePx?: string
  /** Hourly rate as a fraction. */
  funding?: string
  openInterest?: string
}

export type SourceEvent =
  | { kind: 'book'; coin: string; ts: EpochMs; bids: WireLevel[]; asks: WireLevel[] }
  | { kind: 'bbo'; coin: string; ts: EpochMs; bid: WireLevel | null; ask: WireLevel | null }
  /** One frame of trades, in the order of the source. */
  | { kind: 'trades'; trades: WireTrade[] }
  | { kind: 'context'; coin: string; ts: EpochMs; context: SourceContext }

/** A closed candle from before the source's first event, in units of its coin. */
export interface HistoryCandle {
  asset: number
  /** Length, milliseconds. */
  lengthMs: number
  openTs: EpochMs
  open: number
  high: number
  low: number
  close: number
  volume: number
  trades: number
}

export interface SourceStatus {
  source: string
  state: 'held' | 'running' | 'done' | 'reconnecting'
  market_ts: EpochMs
  events: number
  /** Events in the recording; null where the source has no end. */
  events_total: number | null
}

/** Where a source delivers. `event` is synchronous; `ready` resolves when subscribers have kept up. */
export interface SourceSink {
  event(event: SourceEvent): void
  ready(): Promise<void>
  /** Fills of the market's own traders, for those who follow them. */
  traderFills(fills: readonly Fill[]): void
  /** True while events only fill history (catching up after a restart): no order can trade on them. */
  catchUp(catchingUp: boolean): void
  /** Prices at which orders of accounts wait for the mark, of one coin; absent: the source is not told. */
  waiting?(coin: string): readonly WaitingTrigger[]
}

/** A trigger of an account: fires once the mark is at or beyond its price. */
export interface WaitingTrigger {
  /** Ticks. */
  px: number
  /** Side of the order that it becomes. */
  isBuy: boolean
  /** True: it waits for a higher mark. */
  above: boolean
}

/** Where a held market stands after a step. */
export interface SourceStep {
  market_ts: EpochMs
  /** True at a close; false once the next bar's prices have passed. */
  is_closed: boolean
  bars_left: number
}

/** The traders of a market that knows them. */
export interface MarketTraders {
  /** Account with its positions, latest fills and open orders as they are now. */
  account(address: string): Account | undefined
  /** The stats host's document. */
  leaderboard(marks: Marks): unknown
  /** Net positions of everybody as they are now: `[address, coin, size]`, sizes as the venue writes them. */
  positions(): [address: string, coin: string, szi: string][]
  /** Lots that the traders hold long; as many are held short. */
  interest(asset: number): number
  /** What nobody else is told: style and skill. */
  truth(): { address: string; style: string; skill: number; capital_usd: number }[]
}

export interface MarketSource {
  /** Absent where the market's traders are strangers. */
  readonly traders?: MarketTraders
  readonly coins: readonly CoinSpec[]
  /** True when the market knows nothing of our accounts: public channels then carry the source alone. */
  readonly isForeign: boolean
  /** Candles from before the first event, oldest first per coin. */
  history(): Iterable<HistoryCandle>
  start(sink: SourceSink): void
  /** Moves a market that is held by half a bar: first its prices pass, then it closes. Absent: it cannot be stepped. */
  step?(sink: SourceSink): SourceStep
  status(): SourceStatus
  /** Position to resume from, small JSON, or null when there is nothing to keep. */
  checkpoint(): unknown
  /** Minutes that open before this belong to the position; absent: minutes are not stored, the source brings them again. */
  minutesUntil?(): EpochMs
  close(): Promise<void>
}
