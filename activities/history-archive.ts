/** Keeps the histories of finished sessions as gzipped JSON files with a hash and a row, so that any session replays for ever. */
// Not here: replaying them (workers/support/replay.ts).
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { HistoryRow } from '#clickhouse/tables/operations.ts'
import type { EpochMs } from '#domain/time.ts'

/** One closed run. */
export interface ClosedRun {
  workflow_id: string
  run_id: string
  closed_ts: EpochMs
}

export interface HistoryArchiveDeps {
  /** Folder of the files. */
  folder: string
  /** Closed runs of sessions, newest first. */
  closedRuns(): AsyncIterable<ClosedRun>
  /** History as the JSON text that replays; null when the server has forgotten it. */
  fetchHistory(run: ClosedRun): Promise<string | null>
  writeRow(row: HistoryRow): Promise<void>
  stillRunning(): void
}

/** Name of a run's file: readable, and one per run whatever the id holds. */
export const historyFile = ({ workflow_id, run_id }: { workflow_id: string; run_id: string }): string =>
  `${workflow_id.replace(/[^a-zA-Z0-9_-]+/g, '_')}.${run_id}.json.gz`

export const createHistoryArchiveActivities = (deps: HistoryArchiveDeps) => ({
  /** Archives at most `limit` runs that have no file yet. The file's name is its identity: a repeat finds it. */
  archiveHistories: async ({ limit }: { limit: number }): Promise<{ archived: number }> => {
    mkdirSync(deps.folder, { recursive: true })
    let archived = 0
    for await (const run of deps.closedRuns()) {
      if (archived >= limit) break
      const path = join(deps.folder, historyFile(run))
      if (existsSync(path)) continue
      const history = await deps.fetchHistory(run)
      deps.stillRunning()
      if (history === null) continue
      const bytes = gzipSync(history)
      // The row first: a file without its row would never get one, a row twice is one row.
      await deps.writeRow({
        workflow_id: run.workflow_id,
        run_id: run.run_id,
        closed_ts: run.closed_ts,
        path: historyFile(run),
        sha256: createHash('sha256').update(bytes).digest('hex'),
      })
      writeFileSync(`${path}.tmp`, bytes)
      renameSync(`${path}.tmp`, path)
      archived++
    }
    return { archived }
  },
})

export type HistoryArchiveActivities = ReturnType<typeof createHistoryArchiveActivities>
