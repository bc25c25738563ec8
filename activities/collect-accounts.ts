/** State of every own account, once a minute: one snapshot row each, and a row per position of it. */
// Not here: equity of sessions (pnl-snapshot.ts), fills and funding (streamers/account-recorder.ts).
import type { AccountSnapshotRow, PositionSnapshotRow } from '#clickhouse/tables/accounts.ts'
import { describeError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'
import type { AccountState } from '#exchange/wire/account-state.ts'

export interface CollectAccountsDeps {
  clock: Pick<Clock, 'now'>
  /** Accounts that exist at the exchange. */
  accounts(): readonly { name: string; address: string }[]
  accountState(address: string): Promise<AccountState>
  writeSnapshots(snapshots: AccountSnapshotRow[], positions: PositionSnapshotRow[]): Promise<void>
  warn(facts: Readonly<Record<string, unknown>>, message: string): void
}

export const createCollectAccountsActivities = (deps: CollectAccountsDeps) => ({
  /** An account that cannot be asked is left out and told; the next minute tries again. */
  snapshotAccounts: async (): Promise<{ accounts: number; positions: number; failed: number }> => {
    const snapshots: AccountSnapshotRow[] = []
    const positions: PositionSnapshotRow[] = []
    let failed = 0
    for (const { name, address } of deps.accounts()) {
      try {
        const state = await deps.accountState(address)
        snapshots.push(snapshotRow(name, state, deps.clock.now()))
        positions.push(...positionRows(name, state))
      } catch (error) {
        failed++
        deps.warn({ account: name, why: describeError(error) }, 'no snapshot of an account')
      }
    }
    if (snapshots.length > 0) await deps.writeSnapshots(snapshots, positions)
    return { accounts: snapshots.length, positions: positions.length, failed }
  },
})

const snapshotRow = (account: string, state: AccountState, receivedTs: number): AccountSnapshotRow => ({
  account,
  ts: state.ts,
  equity_usd: state.equityUsd,
  cash_usd: state.cashUsd,
  margin_used_usd: state.marginUsedUsd,
  withdrawable_usd: state.withdrawableUsd,
  notional_usd: state.notionalUsd,
  unrealized_pnl_usd: state.unrealizedPnlUsd,
  positions: state.positions.length,
  received_ts: receivedTs,
})

const positionRows = (account: string, { ts, positions }: AccountState): PositionSnapshotRow[] =>
  positions.map((held) => ({
    account,
    ts,
    coin: held.coin,
    sz: held.sz,
    entry_px: held.entryPx,
    mark_px: held.markPx,
    notional_usd: held.notionalUsd,
    unrealized_pnl_usd: held.unrealizedPnlUsd,
    funding_since_open_usd: held.fundingSinceOpenUsd,
    margin_used_usd: held.marginUsedUsd,
    leverage: held.leverage,
    margin_mode: held.marginMode,
    liquidation_px: held.liquidationPx,
  }))

export type CollectAccountsActivities = ReturnType<typeof createCollectAccountsActivities>
