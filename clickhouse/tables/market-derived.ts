/** Tables computed from the public market or asked for beside its streams: funding rates, costs of trading, tickers, liquidations, daily statistics. */
// Not here: the streams themselves (market.ts), who computes them (activities/collect-market.ts).
import { column } from '#clickhouse/column.ts'
import { defineTable, type Row } from '#clickhouse/table.ts'

const coin = column.symbol('coin')

export const fundingRates = defineTable({
  name: 'funding_rates',
  why: 'funding rate of every hour, as settled',
  key: ['coin', 'ts'],
  partition: { by: 'month', column: 'ts' },
  columns: {
    coin,
    ts: column.time('hour of the settlement'),
    rate: column.rate('hourly rate, fraction'),
    premium: column.rate('fraction of the oracle price'),
  },
})
export type FundingRateRow = Row<typeof fundingRates>

export const liquidity = defineTable({
  name: 'liquidity',
  why: 'what it costs to trade 1k, 10k and 100k USD at once, from the book',
  key: ['coin', 'ts', 'usd', 'side'],
  partition: { by: 'month', column: 'ts' },
  keepDays: 365,
  columns: {
    coin,
    ts: column.time('of the book at the venue'),
    usd: column.uint32('size of the order, USD at mid'),
    side: column.side('of the order'),
    mid: column.decimal('USD per coin'),
    cost_bps: column.decimal('average price against mid, of the part that the levels hold'),
    filled_usd: column.sum('less than `usd` where the 20 levels hold less'),
  },
})
export type LiquidityRow = Row<typeof liquidity>

export const tickers = defineTable({
  name: 'tickers',
  why: 'the last 24 hours of each coin, once a minute',
  key: ['coin', 'ts'],
  partition: { by: 'month', column: 'ts' },
  keepDays: 365,
  columns: {
    coin,
    ts: column.time('when it was asked'),
    mark_px: column.decimal('USD per coin'),
    mid_px: column.decimal('USD per coin, 0 when the book is empty'),
    oracle_px: column.decimal('USD per coin'),
    prev_day_px: column.decimal('USD per coin, 24 h ago'),
    high_px: column.decimal('of the 1m candles stored for the last 24 h, 0 without candles'),
    low_px: column.decimal('likewise'),
    change_pct: column.decimal('mark against 24 h ago, percent'),
    volume: column.sum('coins traded in 24 h'),
    notional_usd: column.sum('USD traded in 24 h'),
    trades: column.uint32('trades of those candles'),
    candle_minutes: column.uint32(
      'how many of the 1,440 candles are stored: fewer make high, low and trades partial',
    ),
    funding: column.rate('hourly rate, fraction'),
    open_interest: column.sum('coins'),
  },
})
export type TickerRow = Row<typeof tickers>

/** The public feed does not mark liquidations; docs/features/market-data.md says how they are recognised. */
export const liquidations = defineTable({
  name: 'liquidations',
  why: 'trades that were liquidations, as far as they can be recognised',
  key: ['coin', 'ts', 'tid'],
  version: 'received_ts',
  partition: { by: 'month', column: 'ts' },
  columns: {
    coin,
    ts: column.time('time at the venue'),
    tid: column.uint64('id of the trade'),
    liquidated: column.symbol('address, or empty where it is not known'),
    side: column.side('of the liquidated: a long is liquidated by selling'),
    px: column.decimal('USD per coin'),
    sz: column.decimal('coins'),
    notional_usd: column.sum('px × sz'),
    method: column.symbol('market or backstop'),
    evidence: column.symbol(
      'fill: the venue says so in a fill; vault: a liquidator vault took the position over',
    ),
    received_ts: column.time('when it reached us'),
  },
})
export type LiquidationRow = Row<typeof liquidations>

export const dailyStats = defineTable({
  name: 'daily_stats',
  why: 'one figure per coin and day: computed from our own rows, and the public statistics beside them',
  key: ['metric', 'coin', 'day_ts', 'source'],
  version: 'computed_ts',
  partition: { by: 'month', column: 'day_ts' },
  columns: {
    metric: column.symbol(
      'open_interest_usd, notional_liquidated_usd, liquidity_median_usd, slippage_1k_bps, …',
    ),
    coin,
    day_ts: column.time('first millisecond of the day'),
    source: column.symbol('own or public'),
    value: column.sum('unit in the name of the metric'),
    samples: column.uint32('rows it was computed from; 0 for public figures'),
    computed_ts: column.time('when'),
  },
})
export type DailyStatRow = Row<typeof dailyStats>

export const candleChecks = defineTable({
  name: 'candle_checks',
  why: 'the hourly comparison of the candle grid with what is stored, and of rolled-up candles with the venue’s',
  key: ['coin', 'interval', 'checked_ts'],
  partition: { by: 'month', column: 'checked_ts' },
  keepDays: 365,
  columns: {
    coin,
    interval: column.symbol('1m, 5m, … 1M'),
    checked_ts: column.time('when'),
    from_ts: column.time('first opening time that was looked for'),
    until_ts: column.time('opening time before which candles were looked for'),
    expected: column.uint32('candles of the grid'),
    missing: column.uint32('of these, not stored before the check'),
    healed: column.uint32('of these, fetched by request'),
    empty: column.uint32('of these, minutes without a trade: the venue has neighbours but no such candle'),
    remaining: column.uint32('of these, still missing: the venue did not answer, or no longer has them'),
    compared: column.uint32('candles rolled up from the next smaller interval and compared'),
    differing: column.uint32('of these, unlike the venue’s'),
    details: column.json('first missing times and first differences'),
  },
})
export type CandleCheckRow = Row<typeof candleChecks>
