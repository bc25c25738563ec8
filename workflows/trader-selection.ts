/** Once a day: reads the leaderboard and decides who is tracked. Idempotent: a second run of a day finds its work done. */
// Not here: the work (activities/trader-selection.ts), when it runs (schedules.ts).
import { proxyActivities } from '@temporalio/workflow'
import type {
  SelectionRequest,
  SelectionResult,
  TraderSelectionActivities,
} from '#activities/trader-selection.ts'
import { DAILY_READ } from '#workflows/policies.ts'

const { selectTraders } = proxyActivities<TraderSelectionActivities>(DAILY_READ)

/** Input: `{"force": true}` selects again although the day has its selection. */
export async function traderSelection(request: SelectionRequest = {}): Promise<SelectionResult> {
  return selectTraders(request)
}
