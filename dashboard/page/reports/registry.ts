/** How each report is drawn, by the word of its address; the order is that of the navigation. */
// Not here: what they are made of (dashboard/reports).
import { BacktestsPage } from '#dashboard/page/reports/backtests.tsx'
import { DataPage } from '#dashboard/page/reports/data.tsx'
import { HealthPage } from '#dashboard/page/reports/health.tsx'
import { MakerPage } from '#dashboard/page/reports/maker.tsx'
import { MarketDataPage } from '#dashboard/page/reports/market-data.tsx'
import { PnlPage } from '#dashboard/page/reports/pnl.tsx'
import { defineReportPage, type ReportPage } from '#dashboard/page/reports/report-page.ts'
import { SignalsPage } from '#dashboard/page/reports/signals.tsx'
import { TrackingErrorPage } from '#dashboard/page/reports/tracking-error.tsx'
import { TraderPage } from '#dashboard/page/reports/trader.tsx'
import { TradersPage } from '#dashboard/page/reports/traders.tsx'

export const REPORT_PAGES: readonly ReportPage[] = [
  defineReportPage('pnl', 'PnL', PnlPage),
  defineReportPage('tracking-error', 'Tracking error', TrackingErrorPage),
  defineReportPage('maker', 'Maker', MakerPage),
  defineReportPage('backtests', 'Backtests', BacktestsPage),
  defineReportPage('traders', 'Traders', TradersPage),
  defineReportPage('trader', 'Trader', TraderPage),
  defineReportPage('signals', 'Signals', SignalsPage),
  defineReportPage('market-data', 'Market data', MarketDataPage),
  defineReportPage('data', 'Copy and archive', DataPage),
  defineReportPage('health', 'Health', HealthPage),
]
