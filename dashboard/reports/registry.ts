/** Every report page, by the word of its address. */
// Not here: how they are drawn (dashboard/page/reports/registry.tsx, same words).
import { backtestsReport } from '#dashboard/reports/backtests.ts'
import { dataReport } from '#dashboard/reports/data.ts'
import { healthReport } from '#dashboard/reports/health.ts'
import { makerReport } from '#dashboard/reports/maker.ts'
import { marketDataReport } from '#dashboard/reports/market-data.ts'
import { pnlReport } from '#dashboard/reports/pnl.ts'
import type { Report } from '#dashboard/reports/report.ts'
import { signalsReport } from '#dashboard/reports/signals.ts'
import { trackingErrorReport } from '#dashboard/reports/tracking-error.ts'
import { traderReport } from '#dashboard/reports/trader.ts'
import { tradersReport } from '#dashboard/reports/traders.ts'

/** Adding one: a line here, a line in dashboard/page/reports/registry.tsx. */
export const REPORTS: readonly Report[] = [
  healthReport as Report,
  dataReport as Report,
  marketDataReport as Report,
  makerReport as Report,
  tradersReport as Report,
  traderReport as Report,
  signalsReport as Report,
  pnlReport as Report,
  trackingErrorReport as Report,
  backtestsReport as Report,
]

export const findReport = (slug: string): Report | null => REPORTS.find((each) => each.slug === slug) ?? null
