/** Every schedule, declared once: what it starts, how often, and what happens when it is late or still running. */
// Not here: applying them (cli/schedules.ts), what they start (the workflow of the same slug).
import { TASK_QUEUES, WORKFLOW_TYPES } from '#workflows/names.ts'

export interface ScheduleDeclaration {
  /** Schedule id, and the first part of the ids of the workflows it starts. */
  id: string
  workflow_type: string
  /** One JSON object. */
  input: Readonly<Record<string, unknown>>
  every_ms: number
  /** SKIP: a run that is still going suppresses the next. BUFFER_ONE: one more follows it. */
  overlap: 'SKIP' | 'BUFFER_ONE'
  /** Runs that are later than this are left out (the server's default is a year). */
  catchup_ms: number
  /** Spread of the start times, so that jobs do not pile up on the full minute. */
  jitter_ms: number
  pause_on_failure: boolean
  /** Shown in the Temporal UI. */
  note: string
  task_queue: string
}

const MINUTE_MS = 60_000
const common = {
  input: {},
  overlap: 'SKIP',
  pause_on_failure: false,
  task_queue: TASK_QUEUES.orchestrator,
} as const

export const SCHEDULES: readonly ScheduleDeclaration[] = [
  {
    ...common,
    id: 'orphan-guard',
    workflow_type: WORKFLOW_TYPES.orphanGuard,
    every_ms: MINUTE_MS,
    catchup_ms: MINUTE_MS,
    jitter_ms: 0,
    note: 'Orders and positions that no running session answers for',
  },
  {
    ...common,
    id: 'pnl-snapshot',
    workflow_type: WORKFLOW_TYPES.pnlSnapshot,
    every_ms: MINUTE_MS,
    catchup_ms: MINUTE_MS,
    jitter_ms: 5_000,
    note: 'One equity point per running session and minute, also while its loop is silent',
  },
  {
    ...common,
    id: 'health',
    workflow_type: WORKFLOW_TYPES.healthCheck,
    every_ms: MINUTE_MS,
    catchup_ms: MINUTE_MS,
    jitter_ms: 10_000,
    note: 'Exchange, database, trading hosts and leases answer',
  },
  {
    ...common,
    id: 'history-archive',
    workflow_type: WORKFLOW_TYPES.historyArchive,
    every_ms: 5 * MINUTE_MS,
    overlap: 'BUFFER_ONE',
    catchup_ms: 30 * MINUTE_MS,
    jitter_ms: 15_000,
    note: 'Histories of finished sessions to files, so that they replay for ever',
  },
]
