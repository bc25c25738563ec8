/** Every report page, by the word of its address. */
// Not here: how they are drawn (dashboard/page/reports/registry.tsx, same words).
import { healthReport } from '#dashboard/reports/health.ts'
import type { Report } from '#dashboard/reports/report.ts'

/** Adding one: a line here, a line in dashboard/page/reports/registry.tsx. */
export const REPORTS: readonly Report[] = [healthReport as Report]

export const findReport = (slug: string): Report | null => REPORTS.find((each) => each.slug === slug) ?? null
