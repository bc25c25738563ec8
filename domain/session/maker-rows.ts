/** The rows that a running maker leaves behind beside orders, fills and decisions. Money in USD, prices in USD per coin, decimals. */
// Not here: their tables (clickhouse/tables/maker.ts), who writes them (activities/trading-session/journal.ts).
import type { Decimal } from '#domain/fixed-point.ts'
import type { Cloid } from '#domain/ids.ts'
import type { EpochMs } from '#domain/time.ts'

/** The touch of others in the moment in which orders were placed. */
export interface MakerBookRow {
  kind: 'book'
  ts: EpochMs
  coin: string
  cloids: readonly Cloid[]
  bidPx: Decimal
  bidSz: Decimal
  askPx: Decimal
  askSz: Decimal
  spreadBps: number
}

/** One coin's minute. */
export interface MakerMinuteRow {
  kind: 'minute'
  /** Start of the minute. */
  ts: EpochMs
  coin: string
  makerFills: number
  takerFills: number
  volumeUsd: Decimal
  feesUsd: Decimal
  /** Change of the coin's net PnL over the minute, what is held at the mark included. */
  pnlUsd: Decimal
  positionSz: Decimal
  markPx: Decimal
  avgSpreadBps: number
  /** Passes, and those that showed a bid, an ask. */
  passes: number
  bidPasses: number
  askPasses: number
  placed: number
  cancelled: number
}

/** What was left of the request budgets, and how the loop kept its pace; once a minute and session. */
export interface MakerLimitsRow {
  kind: 'limits'
  ts: EpochMs
  weightLeft: number
  weightMax: number
  /** −1 where nobody counts. */
  wsLeft: number
  actionsLeft: number
  tier: string
  passes: number
  /** Passes that placed nothing because of a budget. */
  skipped: number
  loopP50Ms: number
  loopP99Ms: number
}

/** Session PnL at the end of a cycle: trade-based, exact, and why they differ. */
export interface MakerCycleRow {
  kind: 'cycle'
  ts: EpochMs
  coin: string
  fills: number
  buySz: Decimal
  sellSz: Decimal
  buyAvgPx: Decimal
  sellAvgPx: Decimal
  matchedSz: Decimal
  tradeUsd: Decimal
  feesUsd: Decimal
  spreadBps: number
  imbalanceShare: number
  exactUsd: Decimal
  inventoryUsd: Decimal
  carryInUsd: Decimal
  fundingUsd: Decimal
  unexplainedUsd: Decimal
  /** Spread of the last 5, 30 and 60 minutes, bps; 0 without both sides. */
  spread5Bps: number
  spread30Bps: number
  spread60Bps: number
  hourFills: number
  adverseBuckets: number
  issues: readonly string[]
}

/** A knob that moved by itself, or a mode that was taken. */
export interface MakerChangeRow {
  kind: 'change'
  ts: EpochMs
  coin: string
  knob: string
  was: string
  now: string
  reason: string
}

export type MakerRow = MakerBookRow | MakerMinuteRow | MakerLimitsRow | MakerCycleRow | MakerChangeRow
