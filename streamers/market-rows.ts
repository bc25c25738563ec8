/** One market event as the row of its table. */
// Not here: which events become rows, and when (market-recorder.ts).
import type * as Market from '#clickhouse/tables/market.ts'
import type {
  AssetContextEvent,
  BboEvent,
  BookEvent,
  BookLevel,
  CandleEvent,
  TradeEvent,
} from '#domain/events.ts'

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
