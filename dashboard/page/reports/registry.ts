/** How each report is drawn, by the word of its address; the order is that of the navigation. */
// Not here: what they are made of (dashboard/reports).
import { HealthPage } from '#dashboard/page/reports/health.tsx'
import { defineReportPage, type ReportPage } from '#dashboard/page/reports/report-page.ts'

export const REPORT_PAGES: readonly ReportPage[] = [defineReportPage('health', 'Health', HealthPage)]
