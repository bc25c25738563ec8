/** Archives the histories of finished sessions, a batch at a time until none is left. */
// Not here: fetching and writing (activities/history-archive.ts), replaying (workers/support/replay.ts).
import { proxyActivities } from '@temporalio/workflow'
import type { HistoryArchiveActivities } from '#activities/history-archive.ts'
import { ARCHIVE_JOB } from '#workflows/policies.ts'

const { archiveHistories } = proxyActivities<HistoryArchiveActivities>(ARCHIVE_JOB)

const BATCH_MAX = 50
const BATCHES_MAX = 40

export async function historyArchive(): Promise<{ archived: number }> {
  let archived = 0
  for (let batch = 0; batch < BATCHES_MAX; batch++) {
    const count = await archiveHistories({ limit: BATCH_MAX })
    archived += count.archived
    if (count.archived < BATCH_MAX) break
  }
  return { archived }
}
