/** Every hour: the most traded coins of now, to the sessions that follow them. */
// Not here: the ranking and the sending (activities/watchlist.ts), when it runs (schedules.ts).
import { proxyActivities } from '@temporalio/workflow'
import type { WatchlistActivities, WatchlistReport } from '#activities/watchlist.ts'
import { SMALL_JOB } from '#workflows/policies.ts'

const { refreshWatchlists } = proxyActivities<WatchlistActivities>(SMALL_JOB)

export async function watchlist(): Promise<WatchlistReport> {
  return refreshWatchlists()
}
