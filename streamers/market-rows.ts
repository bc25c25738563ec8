/** One market event as the row of its table. */
// Not here: which events become rows, and when (market-recorder.ts).
import type * as Market from '#clickhouse/tables/market.ts'
import type { LiquidationRow, LiquidityRow } from '#clickhouse/tables/market-derived.ts'
import type {
  AssetContextEvent,
  BboEvent,
  BookEvent,
  BookLevel,
  CandleEvent,
  Side,
  TradeEvent,
} from '#domain/events.ts'
import { formatFixed, mulE8, parseFixed } from '#domain/fixed-point.ts'
import { tradingCosts } from '#domain/market/trading-cost.ts'

export const tradeRow = (event: TradeEvent): Market.TradeRow => ({
  coin: event.coin,
  ts: event.ts,
  tid: event.tid,
  side: event.side,
  px: event.px,
  sz: event.sz,
  hash: event.hash,
  buyer: event.buyer,
  seller: event.seller,
  received_ts: event.receivedTs,
})

const EMPTY: BookLevel = { px: '0', sz: '0', n: 0 }

export function bboRow({ coin, ts, bid, ask, receivedTs }: BboEvent): Market.BboRow {
  const { px: bidPx, sz: bidSz, n: bidN } = bid ?? EMPTY
  const { px: askPx, sz: askSz, n: askN } = ask ?? EMPTY
  return {
    coin,
    ts,
    bid_px: bidPx,
    bid_sz: bidSz,
    bid_n: bidN,
    ask_px: askPx,
    ask_sz: askSz,
    ask_n: askN,
    received_ts: receivedTs,
  }
}

export const bookRow = ({ coin, ts, bids, asks, receivedTs }: BookEvent): Market.L2SnapshotRow => ({
  coin,
  ts,
  bid_px: bids.map(({ px }) => px),
  bid_sz: bids.map(({ sz }) => sz),
  bid_n: bids.map(({ n }) => n),
  ask_px: asks.map(({ px }) => px),
  ask_sz: asks.map(({ sz }) => sz),
  ask_n: asks.map(({ n }) => n),
  received_ts: receivedTs,
})

export const candleRow = (event: CandleEvent): Market.CandleRow => ({
  coin: event.coin,
  interval: event.interval,
  open_ts: event.openTs,
  close_ts: event.closeTs,
  open: event.open,
  high: event.high,
  low: event.low,
  close: event.close,
  volume: event.volume,
  trades: event.trades,
  received_ts: event.receivedTs,
})

export const contextRow = (event: AssetContextEvent): Market.AssetContextRow => ({
  coin: event.coin,
  ts: event.receivedTs,
  mark_px: event.markPx,
  oracle_px: event.oraclePx,
  mid_px: event.midPx ?? '0',
  funding: event.funding,
  premium: event.premium ?? '0',
  open_interest: event.openInterest,
  day_notional_usd: event.dayNotionalUsd,
  day_volume: event.dayVolume,
  prev_day_px: event.prevDayPx,
})

export const costRows = (book: BookEvent): LiquidityRow[] =>
  tradingCosts(book).map(({ usd, side, mid, costBps, filledUsd }) => ({
    coin: book.coin,
    ts: book.ts,
    usd,
    side,
    mid,
    cost_bps: costBps,
    filled_usd: filledUsd,
  }))

/** A trade with a liquidator vault. @param side of the liquidated, the vault's counterpart */
export const liquidationRow = (trade: TradeEvent, side: Side): LiquidationRow => ({
  coin: trade.coin,
  ts: trade.ts,
  tid: trade.tid,
  liquidated: side === 'sell' ? trade.seller : trade.buyer,
  side,
  px: trade.px,
  sz: trade.sz,
  notional_usd: formatFixed(mulE8(parseFixed(trade.px), parseFixed(trade.sz))),
  method: 'backstop',
  evidence: 'vault',
  received_ts: trade.receivedTs,
})
