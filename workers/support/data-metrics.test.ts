/** Figures of the data jobs: what ran, how it ended, how far the copy lags, in a file that is whole at any moment. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HoldfastError } from '#domain/errors.ts'
import { measured } from './data-metrics.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-metrics-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const job = { budgetMs: 1, signal: new AbortController().signal, onProgress: () => {} }
const table = (name: string, lag_rows: number, why = '') => ({
  table: name,
  outcome: 'ok',
  rows: 0,
  lag_rows,
  why,
})

test('runs, rows, lag by table and refused tables stand in the file, failures by their code', async () => {
  const file = join(folder, 'deep', 'data.prom')
  let isDown = false
  const jobs = measured(
    {
      copy: async () => {
        if (isDown) throw new HoldfastError('down', { code: 'REMOTE_DOWN', retryable: true, hint: 'wait' })
        return {
          outcome: 'behind',
          rows: 7,
          tables: [table('trades', 3), table('bbo', 0, 'it differs')],
        } as never
      },
      verify: async () => ({ outcome: 'ok', rows_sent: 0 }) as never,
      archive: async () => ({ outcome: 'failed', rows: 5 }) as never,
      retention: async () => ({ outcome: 'ok', dropped_rows: 9 }) as never,
    },
    { file, clock: { now: () => 5_000, monotonicMs: () => 0 }, log: { warn: () => {} } },
  )
  await jobs.copy(job)
  isDown = true
  await expect(jobs.copy(job)).rejects.toThrow('down')
  await jobs.archive(job)
  await jobs.retention(job)
  const text = readFileSync(file, 'utf8')
  for (const line of [
    'holdfast_data_rows_total{job="copy"} 7',
    'holdfast_data_runs_total{job="copy",outcome="behind"} 1',
    'holdfast_data_runs_total{job="copy",outcome="remote_down"} 1',
    'holdfast_data_last_ok_timestamp_seconds{job="copy"} 5',
    'holdfast_sync_lag_rows{table="trades"} 3',
    'holdfast_sync_refused_tables 1',
    'holdfast_data_rows_total{job="retention"} 9',
  ])
    expect(text).toContain(line)
  expect(text).not.toContain('last_ok_timestamp_seconds{job="archive"}')
})
