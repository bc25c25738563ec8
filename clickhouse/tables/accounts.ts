/** Tables of own accounts as the venue shows them: state snapshots, positions in them, and money that came or went. */
// Not here: fills, orders and funding payments (trading.ts), named queries over them (trading-queries.ts).
import { column } from '#clickhouse/column.ts'
import { defineTable, type Row } from '#clickhouse/table.ts'

const account = column.symbol('name of the account in the settings')

/**
 * One row a snapshot: a flat account has one too, so that "no positions" and "not looked at" differ. Its positions carry the same
 * `account` and `ts`.
 */
export const accountSnapshots = defineTable({
  name: 'account_snapshots',
  why: 'state of each own account, once a minute: net asset value, margin, what may be withdrawn',
  key: ['account', 'ts'],
  partition: { by: 'month', column: 'ts' },
  columns: {
    account,
    ts: column.time('when the venue took the snapshot'),
    equity_usd: column.sum('account value: cash and unrealized result'),
    cash_usd: column.sum('account value less unrealized result'),
    margin_used_usd: column.sum('initial margin of all positions'),
    withdrawable_usd: column.sum('USD'),
    notional_usd: column.sum('sum of the absolute position values at mark'),
    unrealized_pnl_usd: column.sum('of all positions'),
    positions: column.uint32('open positions'),
    received_ts: column.time('when it reached us'),
  },
})
export type AccountSnapshotRow = Row<typeof accountSnapshots>

/** A coin that is absent from a snapshot of `account_snapshots` was flat then. */
export const positionSnapshots = defineTable({
  name: 'position_snapshots',
  why: 'open positions of each account snapshot',
  key: ['account', 'ts', 'coin'],
  partition: { by: 'month', column: 'ts' },
  columns: {
    account,
    ts: column.time('of the account snapshot'),
    coin: column.symbol('coin'),
    sz: column.decimal('signed coins'),
    entry_px: column.decimal('USD per coin'),
    mark_px: column.decimal('USD per coin, position value by size'),
    notional_usd: column.sum('signed: negative for a short'),
    unrealized_pnl_usd: column.sum('at mark'),
    funding_since_open_usd: column.sum('received since the position was opened; negative when paid'),
    margin_used_usd: column.sum('initial margin'),
    leverage: column.uint32('as set'),
    margin_mode: column.symbol('cross or isolated'),
    liquidation_px: column.decimal('USD per coin, 0 when there is none'),
  },
})
export type PositionSnapshotRow = Row<typeof positionSnapshots>

/** One transaction can hold several events, equal in kind: the details belong to the key. */
export const ledgerUpdates = defineTable({
  name: 'ledger_updates',
  why: 'deposits, withdrawals, transfers and whatever else moved money without a fill or funding',
  key: ['account', 'ts', 'hash', 'kind', 'details'],
  indexed: 2,
  version: 'received_ts',
  partition: { by: 'month', column: 'ts' },
  columns: {
    account,
    ts: column.time('time at the venue'),
    hash: column.text('transaction, or empty'),
    kind: column.symbol("the venue's word: deposit, withdraw, internalTransfer, accountClassTransfer, …"),
    usd: column.sum('net flow into the perpetual account: negative when money left; 0 for other wallets'),
    token: column.symbol('USDC, or the token that moved'),
    amount: column.sum('of the token, as the venue writes it'),
    fee_usd: column.sum('paid on top'),
    details: column.json("the venue's own record"),
    received_ts: column.time('when it reached us'),
  },
})
export type LedgerUpdateRow = Row<typeof ledgerUpdates>
