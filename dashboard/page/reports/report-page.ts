/** What every report page is given, and how one is listed. */
import type { ComponentType } from 'preact'

export interface ReportProps<Answer> {
  data: Answer
  /** Server time, moving. */
  now: number
  /** Fields of the query string. */
  params: Readonly<Record<string, string>>
  /** Changes fields of the query string and asks again; '' takes a field away. */
  ask(change: Readonly<Record<string, string>>): void
}

export interface ReportPage {
  /** As in dashboard/reports. */
  slug: string
  title: string
  view: ComponentType<ReportProps<unknown>>
}

/** The answer's type belongs to the report of the same slug; from here on only the slug ties them. */
export const defineReportPage = <Answer>(
  slug: string,
  title: string,
  view: ComponentType<ReportProps<Answer>>,
): ReportPage => ({ slug, title, view: view as ComponentType<ReportProps<unknown>> })
