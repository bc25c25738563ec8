/** Names that Temporal stores: task queues, workflow types, search attributes. Changing one orphans what runs under the old name. */
// Not here: workflow ids and messages (workflows/*/messages.ts), schedule ids (workflows/schedules.ts).
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'

/** Where work waits for a worker. */
export const TASK_QUEUES = {
  /** Workflows, and activities of a few milliseconds that touch files or Temporal alone. */
  orchestrator: 'orchestrator',
  /** Segments, fencing and closing: whatever trades. Any trading host may take it. */
  trading: 'trading',
  /** ClickHouse jobs, archives, and the kill's own way to the exchange. */
  data: 'data',
} as const

/** Control queue of one trading host, in the same process as its segments: what lies here acts on that host's sessions. */
export const hostQueue = (hostId: string): string => `host-${hostId}`

/** Workflow types, as the Temporal UI shows and asks for them. */
export const WORKFLOW_TYPES = {
  tradingSession: 'tradingSession',
  killSwitch: 'killSwitch',
  historyArchive: 'historyArchive',
  watchlist: 'watchlist',
  orphanGuard: 'orphanGuard',
  pnlSnapshot: 'pnlSnapshot',
  healthCheck: 'healthCheck',
  backfill: 'backfill',
  candleCheck: 'candleCheck',
  collect: 'collect',
  collectFunding: 'collectFunding',
  dailyStats: 'dailyStats',
  traderSelection: 'traderSelection',
  traderReconcile: 'traderReconcile',
  signals: 'signals',
  syncToRemote: 'syncToRemote',
  verifySync: 'verifySync',
  resyncTable: 'resyncTable',
  archivePartitions: 'archivePartitions',
  enforceRetention: 'enforceRetention',
  computePnl: 'computePnl',
  computeTrackingError: 'computeTrackingError',
  sweep: 'sweep',
  sweepPart: 'sweepPart',
} as const

const keyword = (name: string) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD)

/** What sessions can be listed by in the UI and the CLI. Keyword only: the UI's "start like this" breaks on numbers. */
export const SEARCH_ATTRIBUTES = {
  state: keyword('HoldfastState'),
  mode: keyword('HoldfastMode'),
  engine: keyword('HoldfastEngine'),
  account: keyword('HoldfastAccount'),
  coin: keyword('HoldfastCoin'),
  host: keyword('HoldfastHost'),
} as const

/** Visibility query for the sessions that run now. */
export const RUNNING_SESSIONS = `WorkflowType = "${WORKFLOW_TYPES.tradingSession}" AND ExecutionStatus = "Running"`
