/** Net asset value by day, reconciled with the ledger; days from the first changed one on. An unexplained rest beyond its bound is told. */
// Not here: the arithmetic (domain/pnl/reconcile.ts), the ledger (activities/pnl.ts).
import type { NavStore } from '#clickhouse/pnl/nav-store.ts'
import type { HealthRow } from '#clickhouse/tables/operations.ts'
import type { NavRow } from '#clickhouse/tables/pnl.ts'
import { type FixedE8, formatFixed } from '#domain/fixed-point.ts'
import { type NavDay, reconcile } from '#domain/pnl/reconcile.ts'
import { type Clock, type EpochMs, isoDay } from '#domain/time.ts'

export interface NavDeps {
  clock: Pick<Clock, 'now'>
  store: NavStore
  writeHealth(rows: HealthRow[]): Promise<void>
}

export interface NavReport {
  accounts: number
  days: number
  /** `account day: USD` of each day whose unexplained rest is beyond its bound. */
  alerts: string[]
}

export const createNavActivities = (deps: NavDeps) => ({
  /** @param changed_from first changed day of the ledger by account; unset accounts go on from their last day */
  computeNav: async (input: { changed_from?: Record<string, EpochMs> } = {}): Promise<NavReport> => {
    const report: NavReport = { accounts: 0, days: 0, alerts: [] }
    for (const account of await deps.store.accounts()) {
      const due = await deps.store.dueFrom(account)
      const from = Math.min(due, input.changed_from?.[account] ?? due)
      const base = await deps.store.baseBefore(account, from)
      const days = reconcile(await deps.store.input(account, base)).filter(({ day }) => day >= from)
      const told = await deps.store.alerts(account, from)
      await deps.store.save(days.map((day) => navRow(account, day)))
      report.accounts += 1
      report.days += days.length
      const alerts = days.filter(({ alert }) => alert)
      report.alerts.push(
        ...alerts.map(({ day, unexplained }) => `${account} ${isoDay(day)}: ${usd(unexplained)}`),
      )
      // The schedule comes again in minutes: the same rest of the same day is told once.
      const fresh = alerts.filter(({ day, unexplained }) => told.get(day) !== usd(unexplained))
      if (fresh.length > 0)
        await deps.writeHealth(fresh.map((day) => healthRow(account, day, deps.clock.now())))
    }
    return report
  },
})

export type NavActivities = ReturnType<typeof createNavActivities>

const usd = (value: FixedE8 | null): string | null => (value === null ? null : formatFixed(value))

const navRow = (account: string, day: NavDay): NavRow => ({
  account,
  day: day.day,
  snapshot_ts: day.snapshotTs,
  nav_usd: usd(day.nav),
  flow_usd: formatFixed(day.flow),
  realized_usd: formatFixed(day.realised),
  fees_usd: formatFixed(day.fees),
  funding_usd: formatFixed(day.funding),
  unrealized_usd: usd(day.unrealised),
  change_usd: usd(day.change),
  explained_usd: usd(day.explained),
  unexplained_usd: usd(day.unexplained),
  bound_usd: formatFixed(day.bound),
  alert: day.alert,
  daily_return: day.dailyReturn,
})

const healthRow = (account: string, day: NavDay, now: EpochMs): HealthRow => ({
  service: 'pnl',
  ts: now,
  kind: 'unexplained_nav',
  details: JSON.stringify({
    account,
    day: isoDay(day.day),
    unexplained_usd: usd(day.unexplained),
    bound_usd: usd(day.bound),
  }),
})
