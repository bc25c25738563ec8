/** Report backtests: kept backtests and sweeps, newest first; one backtest with its equity and tables, or one sweep with its best runs. */
import { z } from 'zod'
import { runQuery } from '#clickhouse/query.ts'
import {
  oneBacktest,
  recentBacktests,
  recentSweeps,
  sweepRunsOf,
} from '#clickhouse/tables/backtest-queries.ts'
import { defineReport } from '#dashboard/reports/report.ts'
import type { BacktestReport } from '#domain/backtest/report.ts'

const LISTED = 100
const RUNS_SHOWN = 50

export const backtestsReport = defineReport({
  slug: 'backtests',
  title: 'Backtests',
  params: z.object({ id: z.string().max(100).default(''), sweep: z.string().max(100).default('') }),
  take: async ({ clickhouse }, { id, sweep }) => {
    const [backtests, sweeps] = await Promise.all([
      runQuery(clickhouse, recentBacktests, { limit: LISTED }),
      runQuery(clickhouse, recentSweeps, { limit: LISTED }),
    ])
    const wanted = id || backtests[0]?.backtest_id || ''
    const [found] = wanted === '' ? [] : await runQuery(clickhouse, oneBacktest, { id: wanted })
    const runs =
      sweep === '' ? [] : await runQuery(clickhouse, sweepRunsOf, { sweep_id: sweep, limit: RUNS_SHOWN })
    return {
      backtests,
      sweeps,
      shown: found
        ? {
            id: wanted,
            report: JSON.parse(found.report) as BacktestReport,
            equity: JSON.parse(found.equity) as [ts: number, usd: number][],
            params: found.params,
          }
        : null,
      sweep,
      runs,
    }
  },
})

export type BacktestsAnswer = Awaited<ReturnType<typeof backtestsReport.take>>
