/** What goes into the ledger of fills and what comes out: columns of scaled whole numbers in, one row a lane and day out. */
// Not here: the arithmetic (lane.ts, wide-lane.ts), where the columns come from (clickhouse/pnl).
import type { FixedE8 } from '#domain/fixed-point.ts'

/** Bits of `FillBatch.flags`. */
export const FLAG = {
  buy: 1,
  /** The taker. */
  crossed: 2,
  /** The fee was taken in coins of the bought asset: `fee` counts coins, and they never reached the position. */
  feeInCoins: 4,
} as const

/**
 * Fills by column, ordered by lane and time; fills of one lane and millisecond in any order, but all in one batch.
 * Amounts are × 1e8, whole numbers within ±SAFE; a row with a larger one is named in `wide` and its cells are not read.
 */
export interface FillBatch {
  rows: number
  /** Number of the (account, coin); the caller's. */
  lane: Int32Array
  /** hash32 of the session, 0 for none. */
  tag: Uint32Array
  ts: Float64Array
  px: Float64Array
  sz: Float64Array
  /** Signed coins before the fill, by the venue. */
  start: Float64Array
  /** Negative for a rebate; the builder's part is inside. */
  fee: Float64Array
  builder: Float64Array
  /** By the venue, gross of fees. */
  closed: Float64Array
  flags: Uint8Array
  wide: ReadonlyMap<number, WideFill> | null
}

/** One fill on big integers: what does not fit a batch, and what the reference ledger takes. Amounts × 1e8. */
export interface WideFill {
  px: FixedE8
  sz: FixedE8
  start: FixedE8
  fee: FixedE8
  builder: FixedE8
  closed: FixedE8
  flags: number
}

/** What a lane holds: signed coins and what they cost. Conserved: Σ sold − Σ bought = realised − sign(sz)·cost, to the last place. */
export interface Holding {
  sz: FixedE8
  /** USD that |sz| was opened for, fees apart; never negative. */
  cost: FixedE8
  /** False while the entry is a guess, because the history does not reach back to it. */
  anchored: boolean
}

/** One lane's sums of one UTC day, amounts × 1e8, and what it held at the end. */
export interface DaySums {
  fills: number
  makerFills: number
  /** Fills that closed something. */
  closing: number
  /** Closing fills on which venue and ledger differ by more than max(0.05 USD, 0.5 %). */
  disputed: number
  /** Fills that did not start where the fill before ended: something is missing between. */
  breaks: number
  /** Closing fills whose result was taken from the venue, because the entry was unknown. */
  anchors: number
  volume: FixedE8
  /** Gross of fees. */
  realised: FixedE8
  /** The venue's own, gross of fees. */
  venueRealised: FixedE8
  takerFees: FixedE8
  makerFees: FixedE8
  builderFees: FixedE8
  /** Received, positive. */
  rebates: FixedE8
  /** Positive when received. */
  funding: FixedE8
}

export interface LaneDay {
  lane: number
  /** 0: the account itself; else the session's. */
  tag: number
  /** Days since 1970-01-01. */
  day: number
  sums: DaySums
  /** At the end of the day. */
  holding: Holding
}

/** What to tell about a closing fill, when somebody asks. */
export interface ClosedFill {
  row: number
  lane: number
  tag: number
  closedSz: number | bigint
  realised: number | bigint
  /** The result was taken from the venue. */
  anchor: boolean
  disputed: boolean
}

export const emptySums = (): DaySums => ({
  ...{ fills: 0, makerFills: 0, closing: 0, disputed: 0, breaks: 0, anchors: 0 },
  ...{ volume: 0n, realised: 0n, venueRealised: 0n },
  ...{ takerFees: 0n, makerFees: 0n, builderFees: 0n, rebates: 0n, funding: 0n },
})
