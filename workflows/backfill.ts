/** Every minute, or when asked: gaps of the streams are healed from the venue's histories, and say what stays missing. */
// Not here: how (activities/backfill.ts), the hourly grid check (candle-check.ts).
import { proxyActivities } from '@temporalio/workflow'
import type { BackfillActivities, BackfillReport } from '#activities/backfill.ts'
import { BACKFILL_JOB } from '#workflows/policies.ts'

const { healGaps } = proxyActivities<BackfillActivities>(BACKFILL_JOB)

/** What a start by hand may ask for; an empty form sends undefined. */
export interface BackfillInput {
  /** Also fetch what gaps that are still open have missed so far. */
  include_open?: boolean
}

export async function backfill(input: BackfillInput = {}): Promise<BackfillReport> {
  return healGaps(input)
}
