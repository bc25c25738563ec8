/** Writes one equity point per running session from what its workflow knows and its account holds. */
// Not here: the second-by-second points of a running segment (activities/trading-session/journal.ts).
import type { EquityRow } from '#clickhouse/tables/trading.ts'
import type { SessionStatus } from '#domain/session/effects.ts'
import type { VenueAccount } from '#domain/session/ports.ts'
import type { Clock } from '#domain/time.ts'

export interface PnlSnapshotDeps {
  clock: Pick<Clock, 'now'>
  /** Status of every running session that answers; with its run. */
  runningStatuses(): Promise<(SessionStatus & { run: number })[]>
  account(account: string): Promise<VenueAccount>
  writeEquity(rows: EquityRow[]): Promise<void>
}

export const createPnlSnapshotActivities = (deps: PnlSnapshotDeps) => ({
  snapshotPnl: async (): Promise<{ sessions: number }> => {
    const statuses = await deps.runningStatuses()
    const names = [...new Set(statuses.map(({ account }) => account))]
    const accounts = new Map(
      await Promise.all(names.map(async (name) => [name, await deps.account(name)] as const)),
    )
    const rows = statuses.map((status): EquityRow => {
      const account = accounts.get(status.account)
      const held = (account?.positions ?? []).filter(({ coin }) => status.coins.includes(coin))
      return {
        session_id: status.session_id,
        run: status.run,
        ts: deps.clock.now(),
        equity_usd: account?.equityUsd ?? '0',
        net_pnl_usd: status.net_pnl_usd,
        position: JSON.stringify(Object.fromEntries(held.map(({ coin, sz }) => [coin, sz]))),
      }
    })
    if (rows.length > 0) await deps.writeEquity(rows)
    return { sessions: rows.length }
  },
})

export type PnlSnapshotActivities = ReturnType<typeof createPnlSnapshotActivities>
