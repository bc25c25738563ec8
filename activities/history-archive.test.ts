/** Each closed run becomes one file and one row; a repeat adds nothing; a forgotten history is passed over. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { HistoryRow } from '#clickhouse/tables/operations.ts'
import { type ClosedRun, createHistoryArchiveActivities, historyFile } from './history-archive.ts'

let folder: string
let rows: HistoryRow[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-histories-'))
  rows = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const RUNS: ClosedRun[] = [1, 2, 3].map((n) => ({
  workflow_id: 'session/paper/a',
  run_id: `run-${n}`,
  closed_ts: n,
}))
const archive = (limit: number, forgotten = '') =>
  createHistoryArchiveActivities({
    folder,
    async *closedRuns() {
      yield* RUNS
    },
    fetchHistory: async ({ run_id }) => (run_id === forgotten ? null : `{"run":"${run_id}"}`),
    writeRow: async (row) => void rows.push(row),
    stillRunning: () => {},
  }).archiveHistories({ limit })

test('a limit is kept, the next call goes on, the third finds nothing new', async () => {
  expect(await archive(2)).toEqual({ archived: 2 })
  expect(await archive(2)).toEqual({ archived: 1 })
  expect(await archive(2)).toEqual({ archived: 0 })
  expect(readdirSync(folder)).toHaveLength(3)
  expect(rows.map(({ run_id }) => run_id)).toEqual(['run-1', 'run-2', 'run-3'])
})

test('file, row and hash belong together', async () => {
  await archive(1)
  const bytes = readFileSync(join(folder, rows[0]?.path ?? ''))
  expect(gunzipSync(bytes).toString()).toBe('{"run":"run-1"}')
  expect(rows[0]?.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
})

test('a history that the server has forgotten leaves neither file nor row', async () => {
  expect(await archive(9, 'run-2')).toEqual({ archived: 2 })
  expect(rows.map(({ run_id }) => run_id)).toEqual(['run-1', 'run-3'])
})

test('a file name holds no path of the workflow id', () => {
  expect(historyFile({ workflow_id: '../session/x y', run_id: 'r' })).toBe('_session_x_y.r.json.gz')
})
