/** What the orchestrator serves: every export is a workflow type that the Temporal UI can start by name. */
export { healthCheck } from './health.ts'
export { historyArchive } from './history-archive.ts'
export { killSwitch } from './kill-switch/workflow.ts'
export { orphanGuard } from './orphan-guard.ts'
export { pnlSnapshot } from './pnl-snapshot.ts'
export { tradingSession } from './trading-session/workflow.ts'
