/** Parts of a sweep as activities: checks the plan, runs a part on a thread of its own, stores every run, ranks them all. */
// Not here: threads (workers/support/backtest-pool.ts), who hands out the parts (workflows/sweep).
import { heartbeatWhile } from '#activities/heartbeat-while.ts'
import type { SweepRunRow } from '#clickhouse/tables/backtests.ts'
import { countRuns, SweepInput } from '#domain/backtest/sweep-plan.ts'
import type { SweepResult } from '#domain/backtest/sweep-rank.ts'
import { InvalidInputError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'

export interface SweepDeps {
  clock: Pick<Clock, 'now' | 'sleep'>
  /** Runs `from` … `to` − 1, off the event loop. */
  runPart(
    input: SweepInput,
    part: { from: number; to: number },
    onResult: (result: SweepResult) => void,
    signal: AbortSignal,
  ): Promise<SweepResult[]>
  /** Durable once it resolves; a repeat writes the same keys. */
  writeRuns(rows: SweepRunRow[]): Promise<void>
  rowOf(sweepId: string, strategy: string, ts: number, result: SweepResult): SweepRunRow
  /** Heartbeat with how far the part is. */
  stillRunning(done: number): void
  signal(): AbortSignal
}

export interface SweepPart {
  input: SweepInput
  from: number
  to: number
}

export const createSweepActivities = (deps: SweepDeps) => ({
  /** The input whole, with its number of runs. @throws InvalidInputError: no retry helps */
  planSweep: async (given: unknown): Promise<{ input: SweepInput; runs: number }> => {
    const parsed = SweepInput.safeParse(given)
    if (!parsed.success) {
      const issue = parsed.error.issues[0]
      throw new InvalidInputError({
        source: 'sweep',
        path: issue?.path.map(String).join('.') ?? '',
        found: 'a value that does not fit',
        expected: issue?.message ?? 'a valid sweep',
      })
    }
    return { input: parsed.data, runs: countRuns(parsed.data) }
  },
  runSweepPart: async ({ input, from, to }: SweepPart): Promise<SweepResult[]> => {
    let done = 0
    const count = (): void => {
      done += 1
    }
    const results = await heartbeatWhile(
      () => deps.stillRunning(done),
      deps.clock,
      () => deps.runPart(input, { from, to }, count, deps.signal()),
    )
    const ts = deps.clock.now()
    await deps.writeRuns(results.map((result) => deps.rowOf(input.sweep_id, input.strategy, ts, result)))
    return results
  },
})
export type SweepActivities = ReturnType<typeof createSweepActivities>
