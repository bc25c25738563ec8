/** A sweep whose data worker is killed -9 in the middle goes on with the next one, and answers what the same runs answer alone. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCandleFiles } from '#clickhouse/candle-source/files.ts'
import { SweepInput } from '#domain/backtest/sweep-plan.ts'
import { outcomeOf, type SweepOutcome } from '#domain/backtest/sweep-rank.ts'
import { runOne } from '#domain/backtest/sweep-run.ts'
import { TASK_QUEUES, WORKFLOW_TYPES } from '#workflows/names.ts'
import { progress, sweepId } from '#workflows/sweep/messages.ts'
import { createTemporalWorld, type TemporalWorld } from '../support/temporal-world.ts'
import { waitUntil } from '../support/wait-until.ts'
import { walkSeries } from '../support/walks.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-sweep-'))
const rowsFile = join(folder, 'rows.jsonl')
const children: ChildProcess[] = []
let world: TemporalWorld

const input = SweepInput.parse({
  sweep_id: 'unit',
  strategy: 'mei_alpha_v1',
  params: { trade: { entry_min_confidence: 'low' } },
  data: folder,
  axes: [
    { path: 'trade.sl_atr_mult', min: 1, max: 4, step: 0.5 },
    { path: 'thresholds.entry.min_adx', values: [15, 22, 30] },
  ],
  part_runs: 2,
})
const RUNS = 21

beforeAll(async () => {
  for (const [at, coin] of ['BTC', 'ETH'].entries()) {
    const series = walkSeries(at + 1, 20_000, { coin, start: 1_000 })
    const lines = Array.from(series.openTs, (ts, bar) =>
      [ts, series.open[bar], series.high[bar], series.low[bar], series.close[bar], series.volume[bar]].join(
        ',',
      ),
    )
    writeFileSync(join(folder, `${coin}-1h.csv`), `t,open,high,low,close,volume\n${lines.join('\n')}\n`)
  }
  world = await createTemporalWorld()
  await world.orchestrate()
}, 120_000)

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await world?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function startDataWorker(): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'fixtures', 'sweep-worker.ts')
  const child = spawn(process.execPath, [script, world.server.address, rowsFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  return child
}

const rows = (): { run: number; score: number }[] =>
  existsSync(rowsFile)
    ? readFileSync(rowsFile, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { run: number; score: number })
    : []

test('every run is there once its worker was killed and another came, with the figures of an undisturbed one', async () => {
  const handle = await world.client.workflow.start<(given: unknown) => Promise<SweepOutcome>>(
    WORKFLOW_TYPES.sweep,
    {
      workflowId: sweepId(input.sweep_id),
      taskQueue: TASK_QUEUES.orchestrator,
      args: [input],
    },
  )
  const first = await startDataWorker()
  await waitUntil('some runs', () => rows().length >= 4, 60_000)
  first.kill('SIGKILL')
  await once(first, 'exit')
  const before = rows().length
  expect(before).toBeLessThan(RUNS)
  await startDataWorker()
  const outcome = await handle.result()
  const state = await handle.query(progress)
  expect(state).toMatchObject({ runs: RUNS, done: RUNS, failed: 0, parts: 11, parts_done: 11 })
  expect(new Set(rows().map(({ run }) => run)).size).toBe(RUNS)
  const series = await readCandleFiles(folder, { coins: [], interval: '1h' })
  const alone = Array.from({ length: RUNS }, (_, run) => runOne(input, run, series))
  expect(outcome).toEqual(JSON.parse(JSON.stringify(outcomeOf(input, alone, 20))))
}, 180_000)

test('a sweep that cannot be is refused with its path, without a retry', async () => {
  const handle = await world.client.workflow.start(WORKFLOW_TYPES.sweep, {
    workflowId: sweepId('bad'),
    taskQueue: TASK_QUEUES.orchestrator,
    args: [{ ...input, sweep_id: 'bad', axes: [] }],
  })
  await expect(handle.result()).rejects.toMatchObject({
    cause: { cause: { message: expect.stringContaining('axes') } },
  })
}, 60_000)
