/** A sweep: parts of it as child workflows, a few at a time; what was done is not done again, whatever dies meanwhile. */
// Not here: running a part (activities/sweep.ts), ranking (domain/backtest/sweep-rank.ts).
import { executeChild, ParentClosePolicy, proxyActivities, setHandler } from '@temporalio/workflow'
import type { SweepActivities, SweepPart } from '#activities/sweep.ts'
import { outcomeOf, type SweepOutcome, type SweepResult } from '#domain/backtest/sweep-rank.ts'
import { WORKFLOW_TYPES } from '#workflows/names.ts'
import { SMALL_JOB, SWEEP_PART } from '#workflows/policies.ts'
import { progress, type SweepProgress, sweepPartId } from '#workflows/sweep/messages.ts'

const { planSweep } = proxyActivities<SweepActivities>(SMALL_JOB)
const { runSweepPart } = proxyActivities<SweepActivities>(SWEEP_PART)

/** Parts on their way at once: enough for any data worker’s cores, few enough for its queue. */
const PARTS_AT_ONCE = 32
/** Runs that the result names; all of them are rows of sweep_runs. */
const BEST_KEPT = 20

/** Input: SweepInput. Its answer names the best runs; every run is a row of table sweep_runs. */
export async function sweep(given: unknown): Promise<SweepOutcome> {
  const results: SweepResult[] = []
  const state: SweepProgress = {
    sweep_id: (given as { sweep_id?: string } | null)?.sweep_id ?? '',
    runs: 0,
    done: 0,
    failed: 0,
    parts: 0,
    parts_done: 0,
    best: null,
  }
  setHandler(progress, () => state)
  const { input, runs } = await planSweep(given)
  const parts: SweepPart[] = []
  for (let from = 0; from < runs; from += input.part_runs) {
    parts.push({ input, from, to: Math.min(from + input.part_runs, runs) })
  }
  state.runs = runs
  state.parts = parts.length
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < parts.length) {
      const at = next
      next += 1
      const done = await executeChild<(part: SweepPart) => Promise<SweepResult[]>>(WORKFLOW_TYPES.sweepPart, {
        workflowId: sweepPartId(input.sweep_id, at),
        args: [parts[at] as SweepPart],
        parentClosePolicy: ParentClosePolicy.TERMINATE,
      })
      results.push(...done)
      state.parts_done += 1
      state.done = results.length
      for (const { run, score, problem } of done) {
        if (problem !== '') state.failed += 1
        else if (state.best === null || score > state.best.score) state.best = { run, score }
      }
    }
  }
  await Promise.all(Array.from({ length: PARTS_AT_ONCE }, lane))
  results.sort((a, b) => a.run - b.run)
  return outcomeOf(input, results, BEST_KEPT)
}

/** One part: a worker that dies in it leaves it to the next one. */
export async function sweepPart(part: SweepPart): Promise<SweepResult[]> {
  return runSweepPart(part)
}
