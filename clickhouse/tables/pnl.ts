/** Tables of accounting: the ledger by day of accounts and of sessions, net asset value with its reconciliation. */
// Not here: tracking error (tracking-error.ts), who computes them (activities/pnl.ts), named queries over them (pnl-queries.ts).
import { column } from '#clickhouse/column.ts'
import { defineTable, type Row } from '#clickhouse/table.ts'

const account = column.symbol('name of the account in the settings')
const coin = column.symbol('coin')
const day = column.time('first millisecond of the UTC day')

/** What a lane of the ledger did on one day, and what it held at the end. */
const ledgerDay = {
  fills: column.uint32('fills of the day'),
  maker_fills: column.uint32('of them, passive ones'),
  closing_fills: column.uint32('of them, those that closed something'),
  disputed_fills: column.uint32("closing fills whose result is not the venue's within max(0.05 USD, 0.5 %)"),
  breaks: column.uint32('fills that did not start where the one before ended: something is missing between'),
  anchors: column.uint32('closing fills whose result was taken from the venue, since the entry was unknown'),
  volume_usd: column.sum('size × price of the fills'),
  realized_usd: column.sum('size-weighted entry, gross of fees'),
  venue_realized_usd: column.sum(
    "the venue's own closedPnl, gross of fees; 0 for sessions' shares of a position",
  ),
  taker_fees_usd: column.sum('paid as taker, without builder fees'),
  maker_fees_usd: column.sum('paid as maker, without builder fees'),
  builder_fees_usd: column.sum('paid to builders'),
  rebates_usd: column.sum('received'),
  funding_usd: column.sum('received; negative when paid'),
  position_sz: column.sum('signed coins at the end of the day'),
  cost_usd: column.sum('what they were opened for, never negative'),
  anchored: column.bool('false while the entry is a guess, because the history does not reach back to it'),
} as const

export const pnlDaily = defineTable({
  name: 'pnl_daily',
  why: 'realized result, fees and funding of each account, coin and day with any; and the position it left',
  key: ['account', 'coin', 'day'],
  partition: { by: 'month', column: 'day' },
  columns: { account, coin, day, ...ledgerDay },
})
export type PnlDailyRow = Row<typeof pnlDaily>

/** The sessions' own ledgers: each from flat, by its own fills. What no session did is the account's day less theirs. */
export const pnlSessions = defineTable({
  name: 'pnl_sessions',
  why: 'the same for each session, from its first fill on',
  key: ['session_id', 'account', 'coin', 'day'],
  partition: { by: 'month', column: 'day' },
  columns: { session_id: column.symbol('session/<mode>/<key>'), account, coin, day, ...ledgerDay },
})
export type PnlSessionRow = Row<typeof pnlSessions>

export const pnlInputs = defineTable({
  name: 'pnl_inputs',
  why: 'which fills and payments a day of the ledger was made from: a day is made again when they differ',
  key: ['account', 'coin', 'day'],
  partition: { by: 'month', column: 'day' },
  columns: { account, coin, day, digest: column.text('order-free digest of fills and funding payments') },
})
export type PnlInputRow = Row<typeof pnlInputs>

export const nav = defineTable({
  name: 'nav',
  why: 'net asset value of each account at the end of each day, and how far the ledger explains its change',
  key: ['account', 'day'],
  partition: { by: 'month', column: 'day' },
  columns: {
    account,
    day,
    snapshot_ts: column.time('of the last snapshot of the day; 1970-01-01 when there is none'),
    nav_usd: column.sumOrNull('account value then; null without a snapshot'),
    flow_usd: column.sum('deposits less withdrawals and transfers since the snapshot of the day before'),
    realized_usd: column.sum('between the two snapshots, gross of fees'),
    fees_usd: column.sum('paid between them, rebates taken off'),
    funding_usd: column.sum('received between them'),
    unrealized_usd: column.sumOrNull(
      'of what was held at the snapshot, at its marks; null where a mark is missing',
    ),
    change_usd: column.sumOrNull('change of net asset value'),
    explained_usd: column.sumOrNull('realized − fees + funding + change of unrealized + flow'),
    unexplained_usd: column.sumOrNull('change − explained: 0 when everything is known'),
    bound_usd: column.sum(
      'beyond which the unexplained rest is an alert: max(1 USD, 0.1 % of net asset value)',
    ),
    alert: column.bool('the unexplained rest is beyond its bound'),
    daily_return: column.floatOrNull('(change − flow) ÷ net asset value before; null over a gap'),
  },
})
export type NavRow = Row<typeof nav>
