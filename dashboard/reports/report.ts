/** A report page: asked for by its address, answered with one JSON object, asked again every few seconds while it is looked at. */
// Not here: the list of them (registry.ts), their HTTP face (routes.ts), how they are drawn (dashboard/page/reports).
import type { z } from 'zod'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import type { Settings } from '#config/schema.ts'
import type { Clock } from '#domain/time.ts'

/** What a report may read. Reports change nothing. */
export interface ReportSources {
  clickhouse: ClickHouseClient
  settings: Settings
  clock: Clock
}

type QueryShape = z.ZodObject<z.ZodRawShape>

export interface Report<Params extends QueryShape = QueryShape, Answer = unknown> {
  /** Word of the address: /reports/<slug>, /api/reports/<slug>. */
  slug: string
  title: string
  /** Fields of the query string; every value arrives as text, so numbers need `z.coerce`. */
  params: Params
  take(sources: ReportSources, params: z.output<Params>): Promise<Answer>
}

/** Keeps the types of parameters and answer; the page imports the answer's type alone. */
export const defineReport = <Params extends QueryShape, Answer>(
  report: Report<Params, Answer>,
): Report<Params, Answer> => report
