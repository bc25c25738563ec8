/** Tables of other people's trading: leaderboard, who is tracked and why, their positions and orders. */
// Not here: signals (signals.ts), named queries over all of them (traders-queries.ts).
import { column } from '#clickhouse/column.ts'
import { defineTable, type Row } from '#clickhouse/table.ts'

const address = column.text('address of the trader, lower case')
const day = column.time('start of the UTC day')
const receivedTs = column.time('when it was written; a newer one replaces an older one')

export const leaderboard = defineTable({
  name: 'leaderboard',
  why: "every readable row of the venue's leaderboard, once a day",
  key: ['day', 'address'],
  version: 'received_ts',
  partition: { by: 'month', column: 'day' },
  keepDays: 730,
  columns: {
    day,
    address,
    display_name: column.text('as the trader calls himself, or empty'),
    account_value: column.float('USD'),
    day_pnl: column.float('USD'),
    day_roi: column.float("fraction of the value at the window's start"),
    day_volume: column.float('USD'),
    week_pnl: column.float('USD'),
    week_roi: column.float("fraction of the value at the window's start"),
    week_volume: column.float('USD'),
    month_pnl: column.float('USD'),
    month_roi: column.float("fraction of the value at the window's start"),
    month_volume: column.float('USD'),
    all_time_pnl: column.float('USD'),
    all_time_roi: column.float("fraction of the value at the window's start"),
    all_time_volume: column.float('USD'),
    received_ts: column.time('when the document was read: one value for all rows of a document'),
  },
})
export type LeaderboardRow = Row<typeof leaderboard>

export const traderScores = defineTable({
  name: 'trader_scores',
  why: 'the score of every trader of the leaderboard, with its parts',
  key: ['day', 'address'],
  version: 'received_ts',
  partition: { by: 'month', column: 'day' },
  keepDays: 730,
  columns: {
    day,
    address,
    score: column.float('points, at most 105'),
    all_time: column.float('points for the all-time return'),
    month: column.float('points for the month'),
    week: column.float('points for the week'),
    account: column.float('points for the account value'),
    volume: column.float('points for the month volume'),
    consistency: column.float('points for day, week and month above zero'),
    tags: column.symbols('size, quality, consistency, volume'),
    likely: column.bool('seems to hold a position, from the leaderboard alone'),
    reason: column.text('rule and figure of that guess'),
    confidence: column.float('of that guess, 0 … 1'),
    received_ts: column.time('when the document was read'),
  },
})
export type TraderScoreRow = Row<typeof traderScores>

export const trackedTraders = defineTable({
  name: 'tracked_traders',
  why: 'who was tracked on a day, who came and who left, and why',
  key: ['day', 'address'],
  version: 'received_ts',
  partition: { by: 'month', column: 'day' },
  keepDays: 730,
  columns: {
    day,
    address,
    rank: column.uint32('from 1, best first; 0 for those that left'),
    score: column.float('points; 0 for those that left'),
    change: column.symbol('entered, kept or left'),
    reason: column.text('rule that took the trader in, or why he left: vanished, score_below_min, outranked'),
    received_ts: column.time('when the document was read'),
  },
})
export type TrackedTraderRow = Row<typeof trackedTraders>

export const traderSelections = defineTable({
  name: 'trader_selections',
  why: 'one row a day: the document that was used, or why none was',
  key: ['day'],
  version: 'received_ts',
  partition: { by: 'none' },
  columns: {
    day,
    status: column.symbol('used or refused'),
    reason: column.symbol('why it was refused: empty, truncated, shrunken; empty when used'),
    document_ts: column.time('when the document was read: its rows carry this time'),
    rows: column.uint32('readable rows'),
    rows_seen: column.uint32('rows, unreadable ones included'),
    faults: column.json('number of rows left out by kind'),
    tracked: column.uint32('traders tracked from now on'),
    entered: column.uint32('of them new'),
    left: column.uint32('no longer tracked'),
    received_ts: receivedTs,
  },
})
export type TraderSelectionRow = Row<typeof traderSelections>

export const traderPositions = defineTable({
  name: 'trader_positions',
  why: 'positions of tracked traders whenever they changed enough',
  key: ['address', 'coin', 'ts'],
  version: 'received_ts',
  partition: { by: 'day', column: 'ts' },
  keepDays: 30,
  columns: {
    address,
    coin: column.symbol('coin'),
    ts: column.time('time at the venue of the trade or state that changed it'),
    sz: column.sum('signed coins'),
    sz_before: column.sum('signed coins of the row before'),
    entry_px: column.sum('USD per coin, 0 while flat or unknown'),
    action: column.symbol('open, close, increase, decrease or flip'),
    source: column.symbol('tape: a trade; venue: a state that was read; stream: his own stream'),
    confidence: column.float('0 … 1'),
    signal_confidence: column.float('what the change is worth as a signal of one trader, 0 … 1'),
    received_ts: receivedTs,
  },
})
export type TraderPositionRow = Row<typeof traderPositions>

export const traderStates = defineTable({
  name: 'trader_states',
  why: 'what each tracked trader holds now; a flat one is a row, an unknown one says so',
  key: ['address', 'coin'],
  version: 'received_ts',
  partition: { by: 'none' },
  columns: {
    address,
    coin: column.symbol('coin; empty for the account itself, whose row says when it was read'),
    status: column.symbol('long, short, flat or unknown; known for the account itself'),
    sz: column.sum('signed coins; while unknown the change since he was first seen'),
    entry_px: column.sum('USD per coin, 0 while flat or unknown'),
    confidence: column.float('0 … 1'),
    moved_ts: column.time('last trade'),
    base_ts: column.time('when the venue was last asked, its time; 1970 for never'),
    received_ts: receivedTs,
  },
})
export type TraderStateRow = Row<typeof traderStates>

export const traderReconciliations = defineTable({
  name: 'trader_reconciliations',
  why: 'what the tape said of a trader and what the venue said, coin by coin: the error of following',
  key: ['address', 'ts', 'coin'],
  version: 'received_ts',
  partition: { by: 'month', column: 'ts' },
  keepDays: 180,
  columns: {
    address,
    ts: column.time("the venue's time of the state"),
    coin: column.symbol('coin; empty when neither side held anything'),
    believed_sz: column.sum('signed coins by the tape'),
    true_sz: column.sum('signed coins by the venue'),
    corrected: column.bool('the tape was wrong'),
    is_first: column.bool('nothing was known before: no test of the tape'),
    received_ts: receivedTs,
  },
})
export type TraderReconciliationRow = Row<typeof traderReconciliations>

export const traderOrders = defineTable({
  name: 'trader_orders',
  why: 'orders of tracked traders: live for the pinned, swept for the rest, each to its end',
  key: ['address', 'oid'],
  version: 'received_ts',
  partition: { by: 'none' },
  tiers: [{ where: "status != 'open'", days: 30 }],
  columns: {
    address,
    oid: column.uint64("the venue's id"),
    opened_ts: column.time('when it was placed, or first seen, time at the venue'),
    coin: column.symbol('coin'),
    side: column.side('buy or sell'),
    px: column.sum('limit, USD per coin'),
    sz: column.sum('still open, coins'),
    original_sz: column.sum('coins at first sight'),
    reduce_only: column.bool('may only shrink the position'),
    status: column.symbol(
      'open, filled, canceled, rejected, triggered, or vanished where the venue no longer knows it',
    ),
    word: column.symbol("the venue's own word for its end"),
    source: column.symbol('stream or sweep'),
    status_ts: column.time('when this state began, or was first seen'),
    seen_ts: column.time('when it was last looked at: an open one is as old as this'),
    received_ts: receivedTs,
  },
})
export type TraderOrderRow = Row<typeof traderOrders>
