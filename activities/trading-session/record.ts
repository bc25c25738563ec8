/** Stores what a session says about itself: a row of table `sessions` per change of state, the report in the last one. */
// Not here: decisions, orders and equity, which the segment's journal writes (journal.ts).
import type { SessionRow } from '#clickhouse/tables/trading.ts'
import type { SessionStatus } from '#domain/session/effects.ts'
import type { SessionReport } from '#domain/session/types.ts'

export interface RecordDeps {
  /** Durable on disk when it resolves. */
  writeSession(row: SessionRow): Promise<void>
}

export interface RecordRequest {
  status: SessionStatus
  run: number
  host: string
  report: SessionReport | null
}

export const createRecordActivities = ({ writeSession }: RecordDeps) => ({
  recordSession: ({ status, run, host, report }: RecordRequest): Promise<void> =>
    writeSession({
      session_id: status.session_id,
      run,
      engine: status.engine,
      mode: status.mode,
      account: status.account,
      coins: [...status.coins],
      state: report?.state ?? status.state,
      state_ts: report?.ended_ts ?? status.state_ts,
      epoch: status.epoch,
      host,
      report: report ? JSON.stringify(report) : '',
    }),
})

export type RecordActivities = ReturnType<typeof createRecordActivities>
