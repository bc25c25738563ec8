/** Parts of a sweep: a plan is checked once, every run is stored under its name, and a cancelled part stops its thread. */
import { describe, expect, test } from 'vitest'
import { createSweepActivities, type SweepDeps } from '#activities/sweep.ts'
import { sweepRunRow } from '#clickhouse/tables/backtest-rows.ts'
import type { SweepRunRow } from '#clickhouse/tables/backtests.ts'
import { SweepInput } from '#domain/backtest/sweep-plan.ts'
import { runOne } from '#domain/backtest/sweep-run.ts'
import { walkSeries } from '#tests/support/walks.ts'

const series = [walkSeries(1, 300)]
const input = SweepInput.parse({
  sweep_id: 'unit',
  strategy: 'ema_cross',
  data: 'x',
  params: { slow_bars: 20 },
  axes: [{ path: 'fast_bars', values: [3, 5, 8, 13] }],
})

function activities(change: Partial<SweepDeps> = {}) {
  const rows: SweepRunRow[] = []
  const beats: number[] = []
  const deps: SweepDeps = {
    clock: { now: () => 7, sleep: async () => {} },
    runPart: async (sweep, { from, to }, onResult) =>
      Array.from({ length: to - from }, (_, at) => {
        const result = runOne(sweep, from + at, series)
        onResult(result)
        return result
      }),
    writeRuns: async (more) => void rows.push(...more),
    rowOf: sweepRunRow,
    stillRunning: (done) => beats.push(done),
    signal: () => new AbortController().signal,
    ...change,
  }
  return { ...createSweepActivities(deps), rows, beats }
}

describe('the plan', () => {
  test('fills in what was left out and counts the runs', async () => {
    const { planSweep } = activities()
    expect(await planSweep({ ...input })).toMatchObject({ runs: 4, input: { part_runs: 10, splits: 4 } })
  })

  test.each([
    { given: { ...input, axes: [] }, path: 'axes' },
    { given: { ...input, runs_max: 3 }, path: 'axes' },
    { given: null, path: 'sweep' },
  ])('case %#: what cannot be run is refused for good, at $path', async ({ given, path }) => {
    const { planSweep } = activities()
    await expect(planSweep(given)).rejects.toMatchObject({
      retryable: false,
      message: expect.stringContaining(path),
    })
  })
})

test('a part answers its runs and stores each under sweep and number; a repeat stores the same', async () => {
  const { runSweepPart, rows, beats } = activities()
  const first = await runSweepPart({ input, from: 1, to: 3 })
  const again = await runSweepPart({ input, from: 1, to: 3 })
  expect(first.map(({ run }) => run)).toEqual([1, 2])
  expect(again).toEqual(first)
  expect(rows.map(({ sweep_id, run, ts }) => [sweep_id, run, ts])).toEqual(
    [1, 2, 1, 2].map((run) => ['unit', run, 7]),
  )
  expect(beats.length).toBeGreaterThan(0)
})

test('a part whose thread is lost stores nothing and says why', async () => {
  const { runSweepPart, rows } = activities({ runPart: () => Promise.reject(new TypeError('gone')) })
  await expect(runSweepPart({ input, from: 0, to: 1 })).rejects.toThrow('gone')
  expect(rows).toEqual([])
})
