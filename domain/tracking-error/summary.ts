/** Stored days of one model and account as the figures of a report: tracking error, its causes, the model's own result beside the account's. */
// Not here: the days (track.ts).
import { known, timeWeightedReturn } from '#domain/performance-returns.ts'
import { PARTS } from '#domain/tracking-error/attribution.ts'
import { summarise, type TrackingSummary } from '#domain/tracking-error/daily.ts'

type Part = (typeof PARTS)[number]

/** What a report needs of one day. */
export type SummaryDay = {
  live_return: number | null
  paper_return: number | null
  difference: number | null
} & Record<Part, number | null>

export interface PairSummary extends TrackingSummary {
  live_return: number | null
  paper_return: number | null
  /** Net of costs. */
  model_return: number | null
  /** Sum of the days' causes: they add up to `difference`. */
  causes: Record<Part, number>
  /** Sum of the known daily differences. */
  difference: number
  /** Days of the window whose difference is unknown. */
  unknown_days: number
}

/** @param model net returns of the model's own performance over the same days */
export function summarisePair(days: readonly SummaryDay[], model: readonly (number | null)[]): PairSummary {
  const judged = days.filter(({ difference, rest }) => difference !== null && rest !== null)
  const causes = Object.fromEntries(
    PARTS.map((part) => [part, judged.reduce((sum, day) => sum + (day[part] ?? 0), 0)]),
  ) as Record<Part, number>
  return {
    ...summarise(days),
    live_return: timeWeightedReturn(days.map(({ live_return }) => live_return)),
    paper_return: timeWeightedReturn(days.map(({ paper_return }) => paper_return)),
    model_return: timeWeightedReturn(known(model)),
    causes,
    difference: judged.reduce((sum, { difference }) => sum + (difference ?? 0), 0),
    unknown_days: days.filter(({ difference }) => difference === null).length,
  }
}

/** An alarm looks at the size of a difference, whichever way it went: above `daily`, or a 7-day tracking error above `week`. */
export function isAlarming(
  day: { difference: number | null; te_7d: number | null },
  bounds = { daily: 0.1, week: 0.05 },
): boolean {
  return Math.abs(day.difference ?? 0) > bounds.daily || (day.te_7d ?? 0) > bounds.week
}
