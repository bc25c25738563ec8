/** Tables of our own trading: sessions, decisions, orders, fills, funding, equity, kills. */
// Not here: named queries over them (trading-queries.ts).
import { column } from '#clickhouse/column.ts'
import { defineTable, type Row } from '#clickhouse/table.ts'

const sessionId = column.symbol('session/<mode>/<key>')
const run = column.uint32(
  'hash32 of the first run id of the workflow: tells two runs of one session id apart',
)

export const orders = defineTable({
  name: 'orders',
  why: 'every state an own order went through, from the intent on',
  key: ['account', 'status_ts', 'cloid', 'oid', 'status'],
  partition: { by: 'month', column: 'status_ts' },
  columns: {
    account: column.symbol('name of the account in the settings'),
    cloid: column.text('client order id, 0x + 32 hex digits, or empty'),
    oid: column.uint64("the venue's id, 0 before it has one"),
    session_id: column.symbol('session/<mode>/<key>, empty where only the venue told of the order'),
    epoch: column.uint32('life of the session loop that placed it'),
    run,
    seq: column.uint32('counts the orders of one run'),
    coin: column.symbol('coin'),
    side: column.side('buy or sell'),
    px: column.decimal('limit, USD per coin'),
    sz: column.decimal('coins'),
    tif: column.symbol('alo, gtc, ioc, or empty'),
    reduce_only: column.bool('may only shrink the position'),
    trigger_px: column.decimal('mark price that fires it, 0 for none'),
    purpose: column.symbol('entry, exit, stop, quote, flatten, or empty'),
    status: column.symbol('intent, then what the venue said'),
    message: column.text("the venue's own words on a refusal, or empty"),
    status_ts: column.time('when this state was seen'),
  },
})
export type OrderRow = Row<typeof orders>

export const fills = defineTable({
  name: 'fills',
  why: 'every own fill, once: position, fees and PnL follow from it',
  key: ['account', 'coin', 'ts', 'tid'],
  partition: { by: 'month', column: 'ts' },
  columns: {
    account: column.symbol('name of the account in the settings'),
    coin: column.symbol('coin'),
    ts: column.time('time at the venue'),
    tid: column.uint64('id of the trade, unique within (coin, ts)'),
    oid: column.uint64("the venue's id of the order"),
    cloid: column.text('client order id, or empty'),
    session_id: column.symbol('session/<mode>/<key>, or empty; the cloid tells it too'),
    side: column.side('buy or sell'),
    px: column.decimal('USD per coin'),
    sz: column.decimal('coins'),
    start_position: column.decimal('signed coins before this fill'),
    direction: column.symbol("the venue's word: Open Long, Close Short, Long > Short, …"),
    closed_pnl: column.sum('USD, gross of fees'),
    fee: column.sum('in fee_token, negative for a rebate'),
    crossed: column.bool('true for the taker'),
    hash: column.text('transaction, or empty'),
    received_ts: column.time('when it reached us'),
    builder_fee: column.sum("USD, the builder's part of the fee", { since: 2 }),
    fee_token: column.symbol('what the fee was taken in; empty counts as USDC', { since: 2 }),
  },
})
export type FillRow = Row<typeof fills>

export const fundingPayments = defineTable({
  name: 'funding_payments',
  why: 'hourly funding of own positions',
  key: ['account', 'coin', 'ts'],
  partition: { by: 'month', column: 'ts' },
  columns: {
    account: column.symbol('name of the account in the settings'),
    coin: column.symbol('coin'),
    ts: column.time('time at the venue'),
    usd: column.sum('negative when paid'),
    position_sz: column.decimal('signed coins'),
    rate: column.rate('hourly rate, fraction'),
  },
})
export type FundingPaymentRow = Row<typeof fundingPayments>

export const decisions = defineTable({
  name: 'decisions',
  why: 'every decision with its reason, its inputs and the gate that stopped it; the decision not to trade included',
  key: ['session_id', 'run', 'ts', 'decision_seq'],
  partition: { by: 'month', column: 'ts' },
  columns: {
    session_id: sessionId,
    run,
    decision_seq: column.uint32('counts the decisions of one run'),
    ts: column.time('when it was taken'),
    epoch: column.uint32('life of the session loop'),
    coin: column.symbol('coin'),
    kind: column.symbol('enter, exit, hold, quote, …'),
    reason: column.symbol('reason code, e.g. EMA_CROSS_UP'),
    gate: column.symbol('first gate that stopped it, or empty'),
    inputs: column.json('flat facts it was taken on'),
    reasons: column.json('every reason that held, the deciding one first; empty for one alone', { since: 2 }),
    gates: column.json('every gate that was asked: gate, ok, value, limit; empty where none was', {
      since: 2,
    }),
  },
})
export type DecisionRow = Row<typeof decisions>

export const quotes = defineTable({
  name: 'quotes',
  why: 'what a maker showed, against the mid, at most once a second',
  key: ['session_id', 'coin', 'ts'],
  partition: { by: 'day', column: 'ts' },
  keepDays: 90,
  columns: {
    session_id: sessionId,
    ts: column.time('when'),
    coin: column.symbol('coin'),
    bid_px: column.decimal('USD per coin, 0 for no quote'),
    bid_sz: column.decimal('coins'),
    ask_px: column.decimal('USD per coin, 0 for no quote'),
    ask_sz: column.decimal('coins'),
    mid: column.decimal('USD per coin'),
    position_sz: column.decimal('signed coins'),
    gate: column.symbol('what held quotes back: BUDGET for a request budget; empty for nothing', {
      since: 5,
    }),
  },
})
export type QuoteRow = Row<typeof quotes>

export const sessionEvents = defineTable({
  name: 'session_events',
  why: 'what happened to a session: states, fences, lease losses, kills, refusals',
  key: ['session_id', 'run', 'ts', 'seq', 'kind'],
  partition: { by: 'month', column: 'ts' },
  columns: {
    session_id: sessionId,
    run,
    ts: column.time('when'),
    seq: column.uint32('orders the events of one millisecond'),
    kind: column.symbol('word for what happened'),
    details: column.json('facts of the event'),
  },
})
export type SessionEventRow = Row<typeof sessionEvents>

export const sessions = defineTable({
  name: 'sessions',
  why: 'every run of a session with its latest state and, once closed, its report',
  key: ['session_id', 'run'],
  version: 'state_ts',
  partition: { by: 'none' },
  columns: {
    session_id: sessionId,
    run,
    engine: column.symbol('candles, maker or follower'),
    mode: column.symbol('paper, dry_live or live'),
    account: column.symbol('name of the account in the settings'),
    coins: column.symbols('coins it trades'),
    state: column.symbol('STARTING, RUNNING, … CLOSED, FAILED'),
    state_ts: column.time('since when'),
    epoch: column.uint32('life of the session loop'),
    host: column.symbol('trading host that runs it, or empty'),
    report: column.json('SessionReport, or empty before the end'),
  },
})
export type SessionRow = Row<typeof sessions>

export const equity = defineTable({
  name: 'equity',
  why: 'equity curve of each session, at most one point a second',
  key: ['session_id', 'run', 'ts'],
  partition: { by: 'month', column: 'ts' },
  columns: {
    session_id: sessionId,
    run,
    ts: column.time('when'),
    equity_usd: column.sum('of the account'),
    net_pnl_usd: column.sum('of the session: realized + unrealized − fees'),
    position: column.json('signed coins by coin'),
  },
})
export type EquityRow = Row<typeof equity>

export const kills = defineTable({
  name: 'kills',
  why: 'every kill that was asked for, and when it was cleared',
  key: ['scope', 'requested_ts', 'mode'],
  version: 'cleared_ts',
  partition: { by: 'none' },
  columns: {
    scope: column.symbol('all, account:NAME or session:ID'),
    mode: column.symbol('close_only, halt or flatten'),
    reason: column.text('in the words of who asked'),
    requested_by: column.symbol('who asked'),
    requested_ts: column.time('when'),
    cleared_ts: column.time('when it was lifted; 1970-01-01 while it holds'),
  },
})
export type KillRow = Row<typeof kills>
