/** Every table, in the order in which they come into being. */
import type { Table } from '#clickhouse/table.ts'
import { accountSnapshots, ledgerUpdates, positionSnapshots } from '#clickhouse/tables/accounts.ts'
import { backtests, backtestTrades, sweepRuns } from '#clickhouse/tables/backtests.ts'
import { archiveManifest, dataRuns, syncState, syncVerified } from '#clickhouse/tables/data.ts'
import { makerBooks, makerChanges, makerCycles, makerLimits, makerMinutes } from '#clickhouse/tables/maker.ts'
import { assetContexts, bbo, candles, l2Snapshots, mids, trades } from '#clickhouse/tables/market.ts'
import {
  candleChecks,
  dailyStats,
  fundingRates,
  liquidations,
  liquidity,
  tickers,
} from '#clickhouse/tables/market-derived.ts'
import { modelTargets } from '#clickhouse/tables/models.ts'
import {
  health,
  histories,
  ingestGaps,
  migrations,
  rateLimitUsage,
  rejectedFrames,
} from '#clickhouse/tables/operations.ts'
import { nav, pnlDaily, pnlInputs, pnlSessions } from '#clickhouse/tables/pnl.ts'
import { signalReturns, signals, traderAccuracy } from '#clickhouse/tables/signals.ts'
import {
  modelPerformance,
  trackingError,
  trackingErrorCoins,
  trackingErrorHours,
  trackingErrorLags,
} from '#clickhouse/tables/tracking-error.ts'
import {
  leaderboard,
  trackedTraders,
  traderOrders,
  traderPositions,
  traderReconciliations,
  traderScores,
  traderSelections,
  traderStates,
} from '#clickhouse/tables/traders.ts'
import {
  decisions,
  equity,
  fills,
  fundingPayments,
  kills,
  orders,
  quotes,
  sessionEvents,
  sessions,
} from '#clickhouse/tables/trading.ts'

export const TABLES: readonly Table[] = [
  migrations,
  trades,
  l2Snapshots,
  bbo,
  candles,
  mids,
  assetContexts,
  sessions,
  sessionEvents,
  decisions,
  orders,
  fills,
  fundingPayments,
  quotes,
  equity,
  kills,
  ingestGaps,
  health,
  histories,
  modelTargets,
  accountSnapshots,
  positionSnapshots,
  ledgerUpdates,
  fundingRates,
  liquidity,
  tickers,
  liquidations,
  dailyStats,
  candleChecks,
  rateLimitUsage,
  rejectedFrames,
  pnlDaily,
  pnlSessions,
  pnlInputs,
  nav,
  trackingError,
  trackingErrorLags,
  trackingErrorCoins,
  trackingErrorHours,
  modelPerformance,
  dataRuns,
  archiveManifest,
  leaderboard,
  traderScores,
  trackedTraders,
  traderSelections,
  traderPositions,
  traderStates,
  traderReconciliations,
  traderOrders,
  signals,
  signalReturns,
  traderAccuracy,
  backtests,
  backtestTrades,
  sweepRuns,
  makerBooks,
  makerMinutes,
  makerLimits,
  makerCycles,
  makerChanges,
]

/** Lie on the remote side of a copy alone. */
export const REMOTE_TABLES: readonly Table[] = [syncState, syncVerified]
