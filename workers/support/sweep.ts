/** What sweeps need of the data worker: threads, rows, heartbeats. */
// Not here: the activities (activities/sweep.ts).
import { Context } from '@temporalio/activity'
import { createSweepActivities } from '#activities/sweep.ts'
import { sweepRunRow } from '#clickhouse/tables/backtest-rows.ts'
import { sweepRuns } from '#clickhouse/tables/backtests.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import type { Clock } from '#domain/time.ts'
import { createBacktestPool } from '#workers/support/backtest-pool.ts'

/** The activities, and the end of their threads. */
export function sweepParts({ writer, clock }: { writer: Writer; clock: Clock }) {
  const pool = createBacktestPool()
  const activities = createSweepActivities({
    clock,
    runPart: pool.run,
    rowOf: sweepRunRow,
    writeRuns: async (rows) => {
      writer.write(sweepRuns, rows)
      await writer.flush()
    },
    stillRunning: (done) => Context.current().heartbeat(done),
    signal: () => Context.current().cancellationSignal,
  })
  return { activities, close: pool.close }
}
