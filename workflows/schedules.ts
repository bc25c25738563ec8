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
  {
    ...common,
    id: 'watchlist',
    workflow_type: WORKFLOW_TYPES.watchlist,
    every_ms: 60 * MINUTE_MS,
    catchup_ms: 10 * MINUTE_MS,
    jitter_ms: 30_000,
    note: 'The most traded coins of now, to the sessions that follow a watchlist',
  },
  {
    ...common,
    id: 'backfill',
    workflow_type: WORKFLOW_TYPES.backfill,
    every_ms: MINUTE_MS,
    catchup_ms: MINUTE_MS,
    jitter_ms: 5_000,
    note: 'Gaps of the streams are healed from the venue, and say what stays missing',
  },
  {
    ...common,
    id: 'collect',
    workflow_type: WORKFLOW_TYPES.collect,
    every_ms: MINUTE_MS,
    catchup_ms: MINUTE_MS,
    jitter_ms: 10_000,
    note: 'Snapshots of own accounts, tickers of recorded coins, request weight spent',
  },
  {
    ...common,
    id: 'candle-check',
    workflow_type: WORKFLOW_TYPES.candleCheck,
    every_ms: 60 * MINUTE_MS,
    catchup_ms: 60 * MINUTE_MS,
    jitter_ms: 120_000,
    note: 'Candle grid against rows: holes are fetched, roll-ups compared',
  },
  {
    ...common,
    id: 'collect-funding',
    workflow_type: WORKFLOW_TYPES.collectFunding,
    every_ms: 60 * MINUTE_MS,
    catchup_ms: 60 * MINUTE_MS,
    jitter_ms: 120_000,
    note: 'Settled funding rates of recorded coins',
  },
  {
    ...common,
    id: 'daily-stats',
    workflow_type: WORKFLOW_TYPES.dailyStats,
    every_ms: 24 * 60 * MINUTE_MS,
    catchup_ms: 24 * 60 * MINUTE_MS,
    jitter_ms: 300_000,
    note: 'Figures per coin and day, own and public',
  },
  {
    ...common,
    id: 'trader-selection',
    workflow_type: WORKFLOW_TYPES.traderSelection,
    every_ms: 10 * MINUTE_MS,
    catchup_ms: 10 * MINUTE_MS,
    jitter_ms: 5_000,
    note: 'Once a day who is tracked, from the leaderboard; on every other run the day has its selection already',
  },
  {
    ...common,
    id: 'trader-reconcile',
    workflow_type: WORKFLOW_TYPES.traderReconcile,
    every_ms: 60 * MINUTE_MS,
    catchup_ms: 60 * MINUTE_MS,
    jitter_ms: 60_000,
    note: 'How right tape and leaderboard were about the traders of the day',
  },
  {
    ...common,
    id: 'signals',
    workflow_type: WORKFLOW_TYPES.signals,
    every_ms: 5 * MINUTE_MS,
    catchup_ms: MINUTE_MS,
    jitter_ms: 0,
    note: 'One signal per coin from what all tracked traders hold, and the returns of earlier ones',
  },
  {
    ...common,
    id: 'remote-sync',
    workflow_type: WORKFLOW_TYPES.syncToRemote,
    every_ms: MINUTE_MS,
    overlap: 'BUFFER_ONE',
    catchup_ms: MINUTE_MS,
    jitter_ms: 5_000,
    note: 'New rows to the remote database, when sync is on',
  },
  {
    ...common,
    id: 'remote-sync-verify',
    workflow_type: WORKFLOW_TYPES.verifySync,
    every_ms: 15 * MINUTE_MS,
    catchup_ms: 15 * MINUTE_MS,
    jitter_ms: 30_000,
    note: 'Closed hours of both databases are compared and mended, when sync is on',
  },
  {
    ...common,
    id: 'archive',
    workflow_type: WORKFLOW_TYPES.archivePartitions,
    every_ms: 60 * MINUTE_MS,
    catchup_ms: 60 * MINUTE_MS,
    jitter_ms: 120_000,
    note: 'Closed partitions to Parquet files, read back before they count',
  },
  {
    ...common,
    id: 'retention',
    workflow_type: WORKFLOW_TYPES.enforceRetention,
    every_ms: 6 * 60 * MINUTE_MS,
    catchup_ms: 60 * MINUTE_MS,
    jitter_ms: 300_000,
    note: 'Drops rows whose days are over, once they are archived and copied',
  },
  {
    ...common,
    id: 'pnl',
    workflow_type: WORKFLOW_TYPES.computePnl,
    every_ms: 5 * MINUTE_MS,
    overlap: 'BUFFER_ONE',
    catchup_ms: 30 * MINUTE_MS,
    jitter_ms: 20_000,
    note: 'Ledger of days from fills and funding, net asset value and what it does not explain; only what changed',
  },
  {
    ...common,
    id: 'tracking-error',
    workflow_type: WORKFLOW_TYPES.computeTrackingError,
    every_ms: 60 * MINUTE_MS,
    catchup_ms: 60 * MINUTE_MS,
    jitter_ms: 60_000,
    note: 'Accounts against their models over the last closed days, with causes that add up',
  },
]

/** The part of the settings that schedules follow. */
export interface ScheduleSettings {
  sync: { enabled: boolean; every_s: number; verify_every_s: number }
}

/** The schedules under these settings: copying runs as often as they say, or not at all. */
export function schedulesFor({ sync }: ScheduleSettings): ScheduleDeclaration[] {
  const every: Readonly<Record<string, number>> = {
    'remote-sync': sync.every_s * 1_000,
    'remote-sync-verify': sync.verify_every_s * 1_000,
  }
  return SCHEDULES.filter(({ id }) => sync.enabled || every[id] === undefined).map((each) => ({
    ...each,
    every_ms: every[each.id] ?? each.every_ms,
  }))
}
