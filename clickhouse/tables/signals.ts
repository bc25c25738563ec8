/** Tables of trader signals: the view over all tracked traders, what the price did after it, and how right the positions behind it were. */
// Not here: the traders and their positions (traders.ts), named queries (traders-queries.ts).
import { column } from '#clickhouse/column.ts'
import { defineTable, type Row } from '#clickhouse/table.ts'

const receivedTs = column.time('when it was written; a newer one replaces an older one')

export const signals = defineTable({
  name: 'signals',
  why: 'what all tracked traders together hold of a coin, every five minutes, with the inputs it can be computed from again',
  key: ['coin', 'ts'],
  version: 'received_ts',
  partition: { by: 'month', column: 'ts' },
  keepDays: 365,
  columns: {
    coin: column.symbol('coin'),
    ts: column.time('moment it is about'),
    recommendation: column.symbol('LONG, SHORT or NEUTRAL'),
    confidence: column.float('0 … 1'),
    long_bias: column.float('share of the weight that is long'),
    short_bias: column.float('share of the weight that is short'),
    long_score: column.float('weight of the longs'),
    short_score: column.float('weight of the shorts'),
    total_weight: column.float('weight of all whose position is known'),
    net_exposure: column.float('signed coins, weighted by score'),
    participation: column.float('share of the weight that holds anything'),
    longs: column.uint32('traders'),
    shorts: column.uint32('traders'),
    flats: column.uint32('traders'),
    unknown: column.uint32('traders without a vote: their position is not known'),
    price: column.float('mark, USD per coin'),
    change: column.symbol('since the signal before: first, neutral_to_long, …, bias_up, bias_down, or empty'),
    alert: column.bool('sure of itself, or changed'),
    inputs: column.json('holders as [address, score, signed coins]; day of their scores; weight of the flat'),
    received_ts: receivedTs,
  },
})
export type SignalRow = Row<typeof signals>

export const signalReturns = defineTable({
  name: 'signal_returns',
  why: 'what the price did after a signal: were they worth anything?',
  key: ['coin', 'ts', 'horizon_ms'],
  version: 'received_ts',
  partition: { by: 'month', column: 'ts' },
  keepDays: 365,
  columns: {
    coin: column.symbol('coin'),
    ts: column.time('of the signal'),
    horizon_ms: column.uint32('how much later the price was looked at, milliseconds'),
    recommendation: column.symbol('of the signal'),
    confidence: column.float('of the signal'),
    price: column.float('at the signal, USD per coin'),
    later_price: column.float('at the horizon, USD per coin'),
    price_return: column.float('fraction'),
    signal_return: column.float("fraction in the signal's direction; 0 for NEUTRAL"),
    received_ts: receivedTs,
  },
})
export type SignalReturnRow = Row<typeof signalReturns>

export const traderAccuracy = defineTable({
  name: 'trader_accuracy',
  why: 'how right the tape and the guess from the leaderboard were, day by day, against what the venue said',
  key: ['day', 'method'],
  version: 'received_ts',
  partition: { by: 'none' },
  columns: {
    day: column.time('start of the UTC day'),
    method: column.symbol('tape or leaderboard'),
    samples: column.uint32('traders, or traders × readings'),
    true_positive: column.uint32('believed to hold something, and did'),
    false_positive: column.uint32('believed to, and did not'),
    false_negative: column.uint32('held something unnoticed'),
    true_negative: column.uint32('believed to hold nothing, and did not'),
    precision: column.float('share of those believed to hold something'),
    recall: column.float('share of those that held something'),
    accuracy: column.float('share of all'),
    sign_accuracy: column.float(
      'share of positions with the right sign; 0 for the leaderboard, which knows no sizes',
    ),
    size_within_5pct: column.float(
      'share of positions within a twentieth of their size; 0 for the leaderboard',
    ),
    received_ts: receivedTs,
  },
})
export type TraderAccuracyRow = Row<typeof traderAccuracy>
