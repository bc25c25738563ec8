/** Tables of market making: books at placement, minutes, request budgets, cycles of session PnL, knobs that moved. */
// Orders, fills, quotes, decisions and events of makers lie with everybody's (trading.ts). Not here: queries (maker-queries.ts).
import { column } from '#clickhouse/column.ts'
import { defineTable, type Row } from '#clickhouse/table.ts'

const sessionId = column.symbol('session/<mode>/<key>')
const run = column.uint32('hash32 of the first run id of the workflow')
const coin = column.symbol('coin')

export const makerBooks = defineTable({
  name: 'maker_books',
  why: 'the touch of others in the moment in which a maker placed orders',
  key: ['session_id', 'coin', 'ts'],
  partition: { by: 'day', column: 'ts' },
  keepDays: 90,
  columns: {
    session_id: sessionId,
    run,
    ts: column.time('when'),
    coin,
    cloids: column.symbols('client order ids that were placed'),
    bid_px: column.decimal('USD per coin'),
    bid_sz: column.decimal('coins'),
    ask_px: column.decimal('USD per coin'),
    ask_sz: column.decimal('coins'),
    spread_bps: column.decimal('basis points of the mid'),
  },
})
export type MakerBookRecord = Row<typeof makerBooks>

export const makerMinutes = defineTable({
  name: 'maker_minutes',
  why: 'what each coin of a maker did in each minute',
  key: ['session_id', 'coin', 'ts'],
  partition: { by: 'month', column: 'ts' },
  columns: {
    session_id: sessionId,
    run,
    ts: column.time('start of the minute'),
    coin,
    maker_fills: column.uint32('own fills that rested'),
    taker_fills: column.uint32('own fills that crossed'),
    volume_usd: column.sum('traded'),
    fees_usd: column.sum('positive is a cost'),
    pnl_usd: column.sum('change of the net PnL, what is held at the mark included'),
    position_sz: column.decimal('signed coins at its end'),
    mark_px: column.decimal('USD per coin at its end'),
    avg_spread_bps: column.decimal('mean spread of others, basis points'),
    passes: column.uint32('passes of the loop'),
    bid_passes: column.uint32('passes that wanted a bid'),
    ask_passes: column.uint32('passes that wanted an ask'),
    placed: column.uint32('orders placed'),
    cancelled: column.uint32('orders cancelled; those of all coins under the first one'),
  },
})
export type MakerMinuteRecord = Row<typeof makerMinutes>

export const makerLimits = defineTable({
  name: 'maker_limits',
  why: 'what was left of the request budgets, and whether the loop kept its pace',
  key: ['session_id', 'ts'],
  partition: { by: 'month', column: 'ts' },
  keepDays: 365,
  columns: {
    session_id: sessionId,
    run,
    ts: column.time('start of the minute'),
    weight_left: column.decimal('request weight left of the minute; −1 where nobody counts'),
    weight_max: column.decimal('request weight of a full minute; −1 where nobody counts'),
    ws_left: column.decimal('socket messages left; −1 where nobody counts'),
    actions_left: column.decimal('actions left to the address; −1 where nobody counts'),
    tier: column.symbol('free, careful, exits_and_cancels or exits'),
    passes: column.uint32('passes of the loop'),
    skipped: column.uint32('passes that placed nothing because of a budget'),
    loop_p50_ms: column.decimal('time between two passes, median'),
    loop_p99_ms: column.decimal('time between two passes, 99th percentile'),
  },
})
export type MakerLimitsRecord = Row<typeof makerLimits>

export const makerCycles = defineTable({
  name: 'maker_cycles',
  why: 'session PnL at the end of each cycle: from trades, exactly, and why the two differ',
  key: ['session_id', 'coin', 'ts'],
  partition: { by: 'month', column: 'ts' },
  columns: {
    session_id: sessionId,
    run,
    ts: column.time('when'),
    coin,
    fills: column.uint32('own fills of the session'),
    buy_sz: column.decimal('coins bought'),
    sell_sz: column.decimal('coins sold'),
    buy_avg_px: column.decimal('USD per coin, 0 without a purchase'),
    sell_avg_px: column.decimal('USD per coin, 0 without a sale'),
    matched_sz: column.decimal('coins bought and sold again'),
    trade_usd: column.sum('capture of what was matched, fees taken off'),
    fees_usd: column.sum('positive is a cost'),
    spread_bps: column.decimal('distance of the averages, basis points'),
    imbalance_share: column.decimal('of all coins traded, 0–1'),
    exact_usd: column.sum('with what is held at the mark, what was carried in, and funding'),
    inventory_usd: column.sum('of what was traded and not matched, at the mark'),
    carry_in_usd: column.sum('of what was held before, since the session began'),
    funding_usd: column.sum('received; negative when paid'),
    unexplained_usd: column.sum('0 unless a position was corrected'),
    spread5_bps: column.decimal('of the last 5 minutes; 0 without both sides'),
    spread30_bps: column.decimal('of the last 30 minutes; 0 without both sides'),
    spread60_bps: column.decimal('of the last hour; 0 without both sides'),
    hour_fills: column.uint32('own fills of the last hour'),
    adverse_buckets: column.uint32('stretches of 5 minutes that lost more than 2 bps'),
    issues: column.symbols('what is wrong with it'),
  },
})
export type MakerCycleRecord = Row<typeof makerCycles>

export const makerChanges = defineTable({
  name: 'maker_changes',
  why: 'knobs that a maker moved by itself, with the value before',
  key: ['session_id', 'ts', 'coin', 'knob'],
  partition: { by: 'month', column: 'ts' },
  columns: {
    session_id: sessionId,
    run,
    ts: column.time('when'),
    coin,
    knob: column.symbol('name of the knob'),
    was: column.text('value before'),
    now: column.text('value from then on'),
    reason: column.symbol('reason code'),
  },
})
export type MakerChangeRecord = Row<typeof makerChanges>
