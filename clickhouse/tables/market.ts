/** Tables of the public market: trades, books, best prices, candles, mids, asset contexts. */
// Not here: named queries over them (market-queries.ts), who writes them (streamers/market-recorder.ts).
import { column } from '#clickhouse/column.ts'
import { defineTable, type Row } from '#clickhouse/table.ts'

export const trades = defineTable({
  name: 'trades',
  why: 'every public trade: candles, trader tracking, replay',
  key: ['coin', 'ts', 'tid'],
  partition: { by: 'day', column: 'ts' },
  keepDays: 180,
  columns: {
    coin: column.symbol('coin'),
    ts: column.time('time at the venue'),
    tid: column.uint64('id of the trade, unique within (coin, ts)'),
    side: column.side('aggressor'),
    px: column.decimal('USD per coin'),
    sz: column.decimal('coins', { codec: 'GCD, T64, ZSTD(1)' }),
    hash: column.text('transaction, 0x + 64 hex digits, or empty where the source has none'),
    buyer: column.symbol('address, lower-case, or empty'),
    seller: column.symbol('address, lower-case, or empty'),
    received_ts: column.time('when it reached us'),
  },
})
export type TradeRow = Row<typeof trades>

/**
 * Two books of one coin in one millisecond did not occur in 15,425 recorded frames, except word for word the same.
 * Should it happen, both stay, because the levels belong to the key; only (coin, ts) is indexed.
 */
export const l2Snapshots = defineTable({
  name: 'l2_snapshots',
  why: 'book depth over time: fills of a backtest, spread and depth studies',
  key: ['coin', 'ts', 'bid_px', 'bid_sz', 'bid_n', 'ask_px', 'ask_sz', 'ask_n'],
  indexed: 2,
  partition: { by: 'day', column: 'ts' },
  keepDays: 60,
  columns: {
    coin: column.symbol('coin'),
    ts: column.time('time at the venue'),
    bid_px: column.prices('USD per coin, best first'),
    bid_sz: column.sizes('coins'),
    bid_n: column.counts('orders per level, 0 where unknown'),
    ask_px: column.prices('USD per coin, best first'),
    ask_sz: column.sizes('coins'),
    ask_n: column.counts('orders per level, 0 where unknown'),
    received_ts: column.time('when it reached us'),
  },
})
export type L2SnapshotRow = Row<typeof l2Snapshots>

/** As with books: none of 51,219 recorded frames shares coin and millisecond with another; if one does, both stay. */
export const bbo = defineTable({
  name: 'bbo',
  why: 'best bid and offer at every change: fair value, spread, tick-exact marks',
  key: ['coin', 'ts', 'bid_px', 'bid_sz', 'bid_n', 'ask_px', 'ask_sz', 'ask_n'],
  indexed: 2,
  partition: { by: 'day', column: 'ts' },
  keepDays: 90,
  columns: {
    coin: column.symbol('coin'),
    ts: column.time('time at the venue'),
    bid_px: column.decimal('USD per coin, 0 when there is no bid'),
    bid_sz: column.decimal('coins'),
    bid_n: column.uint32('orders, 0 where unknown'),
    ask_px: column.decimal('USD per coin, 0 when there is no ask'),
    ask_sz: column.decimal('coins'),
    ask_n: column.uint32('orders, 0 where unknown'),
    received_ts: column.time('when it reached us'),
  },
})
export type BboRow = Row<typeof bbo>

/** Days that candles stay, by interval, counted from their insert; 4h and longer stay for ever: few rows, wanted for years. */
export const CANDLE_KEEP_DAYS = {
  '1m': 7,
  '3m': 30,
  '5m': 30,
  '15m': 90,
  '30m': 90,
  '1h': 90,
  '2h': 90,
} as const

const CANDLE_TIERS = [
  "ADD COLUMN IF NOT EXISTS `inserted_at` DateTime('UTC') MATERIALIZED now() CODEC(ZSTD(1))",
  `MODIFY TTL ${Object.entries(CANDLE_KEEP_DAYS)
    .map(([interval, days]) => `inserted_at + INTERVAL ${days} DAY DELETE WHERE interval = '${interval}'`)
    .join(', ')}`,
].join(', ')

export const candles = defineTable({
  name: 'candles',
  why: "the venue's own candles; the newest version of a candle stays",
  key: ['coin', 'interval', 'open_ts'],
  version: 'received_ts',
  partition: { by: 'month', column: 'open_ts' },
  changes: [{ since: 2, alter: CANDLE_TIERS }],
  tiers: Object.entries(CANDLE_KEEP_DAYS).map(([interval, days]) => ({
    where: `interval = '${interval}'`,
    days,
  })),
  columns: {
    coin: column.symbol('coin'),
    interval: column.symbol('1m, 5m, … 1M'),
    open_ts: column.time('first millisecond', { codec: 'DoubleDelta, ZSTD(1)' }),
    close_ts: column.time('last millisecond', { codec: 'DoubleDelta, ZSTD(1)' }),
    open: column.decimal('USD per coin'),
    high: column.decimal('USD per coin'),
    low: column.decimal('USD per coin'),
    close: column.decimal('USD per coin'),
    volume: column.sum('coins'),
    trades: column.uint32('number of trades'),
    received_ts: column.time('when this version reached us'),
  },
})
export type CandleRow = Row<typeof candles>

export const mids = defineTable({
  name: 'mids',
  why: 'mid prices of all coins, sampled',
  key: ['coin', 'ts'],
  partition: { by: 'day', column: 'ts' },
  keepDays: 60,
  columns: {
    coin: column.symbol('coin'),
    ts: column.time('when it reached us: the frame carries no time'),
    mid: column.decimal('USD per coin'),
  },
})
export type MidRow = Row<typeof mids>

export const assetContexts = defineTable({
  name: 'asset_contexts',
  why: 'mark, oracle, funding and open interest',
  key: ['coin', 'ts'],
  partition: { by: 'month', column: 'ts' },
  keepDays: 365,
  columns: {
    coin: column.symbol('coin'),
    ts: column.time('when it reached us: the frame carries no time'),
    mark_px: column.decimal('USD per coin'),
    oracle_px: column.decimal('USD per coin'),
    mid_px: column.decimal('USD per coin, 0 when the book is empty'),
    funding: column.rate('hourly rate, fraction'),
    premium: column.rate('fraction of the oracle price, 0 when there is none'),
    open_interest: column.sum('coins'),
    day_notional_usd: column.sum('USD traded in 24 h'),
    day_volume: column.sum('coins traded in 24 h'),
    prev_day_px: column.decimal('USD per coin, 24 h ago'),
  },
})
export type AssetContextRow = Row<typeof assetContexts>
