/** Selection, accuracy and signals of traders, built for the data worker. */
// Not here: the jobs (activities/), following the tape (streamers/traders-*), the process (workers/data.ts).
import { createSignalsActivities } from '#activities/signals.ts'
import { createTraderReconcileActivities } from '#activities/trader-reconcile.ts'
import { createTraderSelectionActivities } from '#activities/trader-selection.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { runQuery } from '#clickhouse/query.ts'
import type { Row, Table } from '#clickhouse/table.ts'
import { signalReturns, signals, traderAccuracy } from '#clickhouse/tables/signals.ts'
import { dueReturns, latestSignals, marksNow } from '#clickhouse/tables/signals-queries.ts'
import { guessesOfDay, readingsOfDay } from '#clickhouse/tables/trader-accuracy-queries.ts'
import { leaderboard, trackedTraders, traderScores, traderSelections } from '#clickhouse/tables/traders.ts'
import { latestSelections, statesOfTracked, trackedNow } from '#clickhouse/tables/traders-queries.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import type { Settings } from '#config/schema.ts'
import type { Clock } from '#domain/time.ts'
import { DEFAULT_INFERENCE } from '#domain/traders/inference.ts'
import { leaderboardUrl, readLeaderboard } from '#exchange/client/leaderboard-document.ts'

export interface TraderJobParts {
  clickhouse: ClickHouseClient
  writer: Writer
  settings: Settings
  /** Base URL of the exchange. */
  url: string
  clock: Clock
}

/** Rows in ClickHouse, not only in the spool: the next job reads them. */
const DRAIN_MS_MAX = 60_000

export function traderActivities({ clickhouse, writer, settings, url, clock }: TraderJobParts) {
  const { traders, exchange } = settings
  const tracked = () => runQuery(clickhouse, trackedNow, { limit: traders.tracked_max })
  const drained = () => writer.drain(AbortSignal.timeout(DRAIN_MS_MAX))
  const durable =
    <T extends Table>(table: T) =>
    async (rows: readonly Row<T>[]): Promise<void> => {
      writer.write(table, rows)
      await drained()
    }
  return {
    ...createTraderSelectionActivities({
      clock,
      rules: {
        max: traders.tracked_max,
        score_min: traders.score_min,
        inference: { ...DEFAULT_INFERENCE, enabled: traders.infer },
      },
      readDocument: (onText) =>
        readLeaderboard(traders.leaderboard_url ?? leaderboardUrl(exchange.network, url), onText),
      memory: {
        selections: () => runQuery(clickhouse, latestSelections, { limit: 30 }),
        tracked: async () => (await tracked()).map(({ address }) => address),
      },
      sink: {
        leaderboard: (rows) => writer.write(leaderboard, rows),
        scores: (rows) => writer.write(traderScores, rows),
        tracked: (rows) => writer.write(trackedTraders, rows),
        selection: (row) => writer.write(traderSelections, [row]),
        drained,
      },
      breathe: () => new Promise((resolve) => setImmediate(resolve)),
    }),
    ...createTraderReconcileActivities({
      clock,
      readings: (from, until) => runQuery(clickhouse, readingsOfDay, { from, until }),
      guesses: (day) => runQuery(clickhouse, guessesOfDay, { day }),
      saveAccuracy: durable(traderAccuracy),
    }),
    ...createSignalsActivities({
      clock,
      coins: settings.streamers.coins ?? exchange.coins,
      tracked,
      states: () => runQuery(clickhouse, statesOfTracked, { address: '', limit: 1_000_000 }),
      marks: (since) => runQuery(clickhouse, marksNow, { since }),
      latest: () => runQuery(clickhouse, latestSignals, {}),
      due: (request) => runQuery(clickhouse, dueReturns, request),
      saveSignals: durable(signals),
      saveReturns: durable(signalReturns),
    }),
  }
}
