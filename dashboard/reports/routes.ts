/** The HTTP face of the reports: GET /api/reports/<slug>?…, and what is said when one cannot be taken. */
// Not here: who may ask (dashboard/guard.ts).
import type { Context, Hono } from 'hono'
import { fault, problem } from '#dashboard/problem.ts'
import { findReport, REPORTS } from '#dashboard/reports/registry.ts'
import type { ReportSources } from '#dashboard/reports/report.ts'
import { describeError, HoldfastError } from '#domain/errors.ts'

export function registerReports(app: Hono, sources: ReportSources | null): void {
  app.get('/api/reports', (c) => c.json(REPORTS.map(({ slug, title }) => ({ slug, title }))))
  app.get('/api/reports/:slug', (c) => takeReport(c, sources))
}

async function takeReport(c: Context, sources: ReportSources | null): Promise<Response> {
  const report = findReport(c.req.param('slug') ?? '')
  if (!report) return problem(c, 404, fault('UNKNOWN_REPORT', 'see /api/reports for those there are'))
  const params = report.params.safeParse(c.req.query())
  if (!params.success) {
    const issue = params.error.issues[0]
    const path = issue?.path.map(String).join('.') ?? ''
    return problem(c, 400, fault('INVALID_INPUT', `correct ${path}`, `${path}: ${issue?.message ?? ''}`))
  }
  if (!sources) return problem(c, 503, fault('NO_DATABASE', 'this dashboard was started without a database'))
  try {
    const data = await report.take(sources, params.data)
    return c.json({ as_of_ts: sources.clock.now(), data })
  } catch (error) {
    const hint = error instanceof HoldfastError ? error.hint : 'see the log of the dashboard'
    return problem(c, 503, fault('REPORT_FAILED', hint, describeError(error)))
  }
}
