/** MarketEvent and AccountEvent: the vocabulary every layer above the wire speaks. */
// Not here: the venue's frames (exchange/wire/frames.ts) and how they become events (exchange/wire/parse-frame.ts).
import type { Decimal } from '#domain/fixed-point.ts'
import type { CandleInterval, EpochMs } from '#domain/time.ts'

/** `buy` lifts asks or bids for coins, `sell` the opposite. The wire's B and A. */
export type Side = 'buy' | 'sell'

/** +1 for buy, −1 for sell. */
export const sideSign = (side: Side): 1 | -1 => (side === 'buy' ? 1 : -1)
export const oppositeSide = (side: Side): Side => (side === 'buy' ? 'sell' : 'buy')

/** One public trade. `side` is the aggressor's. Unique by (coin, ts, tid). */
export interface TradeEvent {
  kind: 'trade'
  coin: string
  ts: EpochMs
  tid: number
  side: Side
  px: Decimal
  sz: Decimal
  /** 0x + 64 hex, or '' where the source has none. */
  hash: string
  /** Lower-case address, or '' where the source names no users. */
  buyer: string
  seller: string
  receivedTs: EpochMs
}

/** One price level. `n` is the number of orders, 0 where the source does not say. */
export interface BookLevel {
  px: Decimal
  sz: Decimal
  n: number
}

/** A whole snapshot of one coin's book, best level first, at most 20 a side. */
export interface BookEvent {
  kind: 'book'
  coin: string
  ts: EpochMs
  bids: readonly BookLevel[]
  asks: readonly BookLevel[]
  receivedTs: EpochMs
}

/** Best bid and offer; a side is null when the book is empty there. */
export interface BboEvent {
  kind: 'bbo'
  coin: string
  ts: EpochMs
  bid: BookLevel | null
  ask: BookLevel | null
  receivedTs: EpochMs
}

/** One candle as it stands now; it is closed once a candle with a later `openTs` is seen or market time passed `closeTs`. */
export interface CandleEvent {
  kind: 'candle'
  coin: string
  interval: CandleInterval
  openTs: EpochMs
  /** Last millisecond of the candle (open + length − 1). */
  closeTs: EpochMs
  open: Decimal
  high: Decimal
  low: Decimal
  close: Decimal
  /** In coins. */
  volume: Decimal
  trades: number
  receivedTs: EpochMs
}

/** Mid prices of all coins; the frame carries no time of its own. */
export interface MidsEvent {
  kind: 'mids'
  mids: Readonly<Record<string, Decimal>>
  receivedTs: EpochMs
}

/** Mark, oracle, funding and open interest of one coin; the frame carries no time of its own. */
export interface AssetContextEvent {
  kind: 'asset_context'
  coin: string
  markPx: Decimal
  oraclePx: Decimal
  midPx: Decimal | null
  /** Hourly funding rate as a fraction. */
  funding: Decimal
  premium: Decimal | null
  /** In coins. */
  openInterest: Decimal
  /** 24 h notional, USD. */
  dayNotionalUsd: Decimal
  /** 24 h volume, coins. */
  dayVolume: Decimal
  prevDayPx: Decimal
  receivedTs: EpochMs
}

export type MarketEvent = TradeEvent | BookEvent | BboEvent | CandleEvent | MidsEvent | AssetContextEvent

/** One fill of an own (or followed) account. Sort fills of one millisecond by the `startPosition` chain, not by tid. */
export interface FillEvent {
  kind: 'fill'
  account: string
  coin: string
  ts: EpochMs
  tid: number
  oid: number
  /** 0x + 32 hex, or '' where the order had none. */
  cloid: string
  side: Side
  px: Decimal
  sz: Decimal
  /** Signed coins held before this fill. */
  startPosition: Decimal
  /** The venue's word: Open Long, Close Short, Long > Short, … */
  direction: string
  /** USD, gross of fees. */
  closedPnl: Decimal
  /** In `feeToken`, negative for a rebate; a builder's part is inside. */
  fee: Decimal
  /** USD; absent where no builder took one. */
  builderFee?: Decimal
  /** Absent for USDC. */
  feeToken?: string
  /** True for the taker. */
  crossed: boolean
  hash: string
  /** Set when the fill was part of a liquidation, the own one or another's. */
  liquidation?: FillLiquidation
  /** True when it came in a snapshot, not live. */
  snapshot: boolean
  receivedTs: EpochMs
}

/** What the venue says in a fill about the liquidation it belongs to. */
export interface FillLiquidation {
  /** Lower-case address, '' where the venue leaves it out. */
  user: string
  method: 'market' | 'backstop'
}

/** The venue's status words, reduced to what an order's owner has to know; `word` keeps the original. */
export type OrderStatusKind = 'open' | 'filled' | 'canceled' | 'triggered' | 'rejected'

/** A change of one own order. */
export interface OrderEvent {
  kind: 'order'
  account: string
  coin: string
  oid: number
  cloid: string
  side: Side
  limitPx: Decimal
  /** Still unfilled, coins. */
  sz: Decimal
  originalSz: Decimal
  status: OrderStatusKind
  /** The venue's own status word, e.g. `selfTradeCanceled`. */
  word: string
  ts: EpochMs
  receivedTs: EpochMs
}

/** One funding payment of an own account; negative USD was paid. */
export interface FundingEvent {
  kind: 'funding_payment'
  account: string
  coin: string
  ts: EpochMs
  usd: Decimal
  positionSz: Decimal
  rate: Decimal
  receivedTs: EpochMs
}

/** Money that came to an own account or left it without a fill or funding. */
export interface LedgerEvent {
  kind: 'ledger'
  account: string
  ts: EpochMs
  /** Transaction, or '' where the source has none. */
  hash: string
  /** The venue's word: deposit, withdraw, internalTransfer, … */
  word: string
  /** Net flow into the perpetual wallet, USD; negative when money left, 0 when only other wallets moved. */
  usd: Decimal
  token: string
  /** Of the token, as the venue writes it. */
  amount: Decimal
  feeUsd: Decimal
  /** The venue's own record, as canonical JSON. */
  details: string
  receivedTs: EpochMs
}

export type AccountEvent = FillEvent | OrderEvent | FundingEvent | LedgerEvent
