/** Every hour, or when asked: tracking error of each account against its model over the last days, with its causes. */
// Not here: the arithmetic (domain/tracking-error), what is stored (activities/tracking-error.ts).
import { proxyActivities, setCurrentDetails } from '@temporalio/workflow'
import type { TrackingErrorActivities, TrackingInput, TrackingReport } from '#activities/tracking-error.ts'
import { REPORT } from '#workflows/policies.ts'

const activities = proxyActivities<TrackingErrorActivities>(REPORT)

/** An empty form sends undefined: every pair, 60 days. */
export async function computeTrackingError(input: TrackingInput = {}): Promise<TrackingReport> {
  const pairs = await activities.trackedPairs(input)
  const report: TrackingReport = { pairs: [], written: 0, revised: 0 }
  const lines: string[] = []
  for (const pair of pairs) {
    const name = `${pair.model} × ${pair.account}`
    setCurrentDetails([...lines, `${name}: computing`].join('\n\n'))
    const made = await activities.computeTrackingError({ ...pair, lookback_days: input.lookback_days })
    report.pairs.push({
      model: pair.model,
      account: pair.account,
      days: made.days,
      te_annualised: made.te_annualised,
    })
    report.written += made.written
    report.revised += made.revised
    lines.push(`${name}: ${made.days} days, ${made.written} written, ${made.revised} revised`)
  }
  setCurrentDetails(
    lines.length === 0 ? 'no model has targets, or no account a net asset value' : lines.join('\n\n'),
  )
  return report
}
