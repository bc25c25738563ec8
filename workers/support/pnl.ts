/** Activities of accounting with their ClickHouse: ledger, net asset value, tracking error; each tells the server that it is alive. */
// Not here: the arithmetic (domain/pnl, domain/tracking-error).
import { Context } from '@temporalio/activity'
import { heartbeatWhile } from '#activities/heartbeat-while.ts'
import { createPnlActivities, type PnlActivities } from '#activities/pnl.ts'
import { createNavActivities, type NavActivities } from '#activities/pnl-nav.ts'
import { createTrackingErrorActivities, type TrackingErrorActivities } from '#activities/tracking-error.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { createLedgerStore } from '#clickhouse/pnl/ledger-store.ts'
import { createNavStore } from '#clickhouse/pnl/nav-store.ts'
import { createTrackingStore } from '#clickhouse/pnl/tracking-store.ts'
import type { HealthRow } from '#clickhouse/tables/operations.ts'
import type { Settings } from '#config/schema.ts'
import type { Clock } from '#domain/time.ts'

export interface AccountingParts {
  clickhouse: ClickHouseClient
  settings: Pick<Settings, 'accounting'>
  clock: Clock
  writeHealth(rows: HealthRow[]): Promise<void>
}

export function accountingActivities(
  parts: AccountingParts,
): PnlActivities & NavActivities & TrackingErrorActivities {
  const { clickhouse, settings, clock, writeHealth } = parts
  const { tracking, cost_bps, lookback_days } = settings.accounting
  const progress = (done: unknown): void => Context.current().heartbeat(done)
  const alive =
    <Input extends unknown[], Output>(work: (...input: Input) => Promise<Output>) =>
    (...input: Input): Promise<Output> =>
      heartbeatWhile(
        () => Context.current().heartbeat(),
        clock,
        () => work(...input),
      )
  const ledger = createPnlActivities({ store: createLedgerStore(clickhouse), progress })
  const navs = createNavActivities({ clock, store: createNavStore(clickhouse), writeHealth })
  const errors = createTrackingErrorActivities({
    ...{
      clock,
      store: createTrackingStore(clickhouse),
      pairs: tracking,
      costBps: cost_bps,
      lookbackDays: lookback_days,
      progress,
    },
  })
  return {
    planLedger: alive(ledger.planLedger),
    computeLedger: alive(ledger.computeLedger),
    computeNav: alive(navs.computeNav),
    trackedPairs: alive(errors.trackedPairs),
    computeTrackingError: alive(errors.computeTrackingError),
  }
}
