/** What the engine keeps and tells: coins, orders, positions, accounts, and the records of every change. */
// Not here: wire shapes (exchange/paper/render-*.ts), the matching itself (book.ts, matching.ts).
import type { EpochMs } from '#domain/time.ts'

/** One tier of a margin table. */
export interface MarginTier {
  /** Notional from which it applies, USD (whole dollars). */
  lowerBoundUsd: number
  maxLeverage: number
}

/** Static facts of one perp. `asset` is its index in the universe. */
export interface CoinSpec {
  name: string
  asset: number
  szDecimals: number
  /** 6 − szDecimals. */
  pxDecimals: number
  maxLeverage: number
  marginTableId: number
  /** Ascending; at least one. */
  tiers: readonly MarginTier[]
}

/** One price level of the source's market: price in ticks, size in lots, number of orders. */
export interface ExternalLevel {
  px: number
  sz: number
  n: number
}

export type Tif = 'Gtc' | 'Ioc' | 'Alo' | 'FrontendMarket'

export interface Trigger {
  isMarket: boolean
  px: number
  tpsl: 'tp' | 'sl'
  /** True: fires at or above `px` of the mark; else at or below. */
  above: boolean
}

/** An order as asked for, in units of its coin. */
export interface OrderRequest {
  asset: number
  isBuy: boolean
  px: number
  sz: number
  reduceOnly: boolean
  tif: Tif
  trigger: Trigger | null
  cloid: string | null
}

export type Grouping = 'na' | 'normalTpsl' | 'positionTpsl'

/** Venue words; `waiting` is ours: a child whose parent is not filled, or a trigger that has not fired, shows as open. */
export type OrderStatus =
  | 'open'
  | 'filled'
  | 'canceled'
  | 'triggered'
  | 'rejected'
  | 'marginCanceled'
  | 'selfTradeCanceled'
  | 'reduceOnlyCanceled'
  | 'siblingFilledCanceled'
  | 'liquidatedCanceled'
  | 'scheduledCancel'
  | 'tickRejected'
  | 'minTradeNtlRejected'
  | 'perpMarginRejected'
  | 'reduceOnlyRejected'
  | 'badAloPxRejected'
  | 'iocCancelRejected'
  | 'badTriggerPxRejected'
  | 'marketOrderNoLiquidityRejected'

/** One order. Prices in ticks, sizes in lots. */
export interface Order {
  oid: number
  cloid: string | null
  user: string
  asset: number
  isBuy: boolean
  px: number
  /** Still unfilled. */
  sz: number
  origSz: number
  reduceOnly: boolean
  tif: Tif
  trigger: Trigger | null
  isPositionTpsl: boolean
  /** Parent of a normalTpsl child, 0 for none. */
  parent: number
  /** Children of a normalTpsl parent; siblings of a child share the list. */
  family: number[] | null
  ts: EpochMs
  status: OrderStatus
  statusTs: EpochMs
  /** Where it is: in the book, waiting for its trigger, waiting for its parent, or nowhere (closed). */
  place: 'book' | 'trigger' | 'parent' | 'closed'
  /** Micro-dollars traded so far. */
  filledNtl: number
  /** Source volume in front of it at its price, lots; −1 while its price is outside of the visible book. */
  ahead: number
  twapId: number
  /** Builder's fee, tenths of a basis point, and address. */
  builder: { address: string; fee: number } | null
  /** Neighbours in the price level's queue. */
  prev: Order | null
  next: Order | null
}

export interface CumFunding {
  allTime: number
  sinceOpen: number
  sinceChange: number
}

/** One account's side of one coin: position, leverage, what its resting orders hold. */
export interface CoinAccount {
  asset: number
  /** Signed lots. */
  szi: number
  /** Σ signed size × price of what is held, micro-dollars: entry price = entryNtl / szi. Kept exact, so cash never drifts. */
  entryNtl: number
  leverage: number
  isCross: boolean
  /** Micro-dollars set aside for an isolated position. */
  isolatedUsd: number
  cumFunding: CumFunding
  /** Resting orders that may open or add. */
  buySz: number
  buyNtl: number
  sellSz: number
  sellNtl: number
  /** Resting reduce-only orders, and orders waiting for a trigger. */
  reduceOnlyOrders: number
  triggerOrders: number
}

/** One side of one trade. Ticks, lots, micro-dollars. */
export interface Fill {
  user: string
  asset: number
  px: number
  sz: number
  isBuy: boolean
  ts: EpochMs
  startPosition: number
  dir: string
  closedPnl: number
  hash: string
  oid: number
  cloid: string | null
  crossed: boolean
  /** Builder's fee included. */
  fee: number
  builderFee: number
  tid: number
  twapId: number
  liquidation: { liquidatedUser: string; markPx: number; method: 'market' | 'backstop' } | null
}

export interface FundingPayment {
  user: string
  asset: number
  ts: EpochMs
  /** Micro-dollars, negative when paid. */
  usd: number
  szi: number
  /** Hourly rate in 1e-10. */
  rate: number
}

/** Entry of the non-funding ledger; `usd` is what it adds to the perp balance. */
export interface LedgerUpdate {
  user: string
  ts: EpochMs
  hash: string
  usd: number
  spotUsd: number
  delta: Readonly<Record<string, unknown>> & { readonly type: string }
}

/** A size to be traded in slices over a time. */
export interface Twap {
  id: number
  user: string
  asset: number
  isBuy: boolean
  sz: number
  reduceOnly: boolean
  minutes: number
  randomize: boolean
  ts: EpochMs
  executedSz: number
  executedNtl: number
  /** Index of the last slice that was due and tried. */
  lastSlice: number
  status: 'activated' | 'finished' | 'terminated' | 'error'
  statusTs: EpochMs
  error: string
}

/** Everything that changes state, in the order it happened: what the journal stores and what the sockets tell. */
export type EngineRecord =
  | { kind: 'account'; user: string; ts: EpochMs }
  | { kind: 'ledger'; update: LedgerUpdate }
  | {
      kind: 'order'
      order: Order /** As it was then; `order` lives on. */
      status: OrderStatus
      sz: number
      ts: EpochMs
      first: boolean
    }
  | { kind: 'fill'; fill: Fill; order: Order | null }
  | { kind: 'funding'; payment: FundingPayment }
  | { kind: 'leverage'; user: string; asset: number; leverage: number; isCross: boolean }
  | { kind: 'isolated'; user: string; asset: number; usd: number }
  | { kind: 'liquidation'; user: string; ts: EpochMs; ntl: number; accountValue: number; lid: number }
  | { kind: 'twap'; user: string; twap: Twap; ts: EpochMs }
  | { kind: 'schedule'; user: string; time: EpochMs | null; firedTs: EpochMs | null }

/** What one order of a request came to. */
export type OrderResult =
  | { kind: 'resting'; oid: number; cloid: string | null }
  | { kind: 'filled'; oid: number; cloid: string | null; totalSz: string; avgPx: string }
  | { kind: 'error'; text: string }
  | { kind: 'waitingForFill' }
  | { kind: 'waitingForTrigger' }
