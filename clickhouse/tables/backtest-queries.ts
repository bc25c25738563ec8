/** Named reads of backtests and sweeps: lists, one backtest, the best runs of a sweep. */
// Not here: the tables (backtests.ts).
import { z } from 'zod'
import { defineQuery, wholeNumber } from '#clickhouse/query.ts'

const figure = z.number().nullable()

export const recentBacktests = defineQuery({
  name: 'recent backtests',
  sql: `SELECT backtest_id, toUnixTimestamp64Milli(ts) AS at, strategy, coins, interval, return_pct, sharpe,
  max_drawdown_pct, trades
FROM backtests FINAL ORDER BY backtests.ts DESC LIMIT {limit:UInt32}`,
  params: z.object({ limit: z.int().min(1).max(500) }),
  row: z.object({
    backtest_id: z.string(),
    at: wholeNumber,
    strategy: z.string(),
    coins: z.array(z.string()),
    interval: z.string(),
    return_pct: z.number(),
    sharpe: figure,
    max_drawdown_pct: z.number(),
    trades: wholeNumber,
  }),
})

export const oneBacktest = defineQuery({
  name: 'one backtest',
  sql: 'SELECT report, equity, params FROM backtests FINAL WHERE backtest_id = {id:String}',
  params: z.object({ id: z.string() }),
  row: z.object({ report: z.string(), equity: z.string(), params: z.string() }),
})

export const recentSweeps = defineQuery({
  name: 'recent sweeps',
  sql: `SELECT sweep_id, any(strategy) AS strategy, count() AS runs, max(score) AS best_score,
  toUnixTimestamp64Milli(max(ts)) AS last_ts
FROM sweep_runs FINAL GROUP BY sweep_id ORDER BY last_ts DESC LIMIT {limit:UInt32}`,
  params: z.object({ limit: z.int().min(1).max(500) }),
  row: z.object({
    sweep_id: z.string(),
    strategy: z.string(),
    runs: wholeNumber,
    best_score: z.number(),
    last_ts: wholeNumber,
  }),
})

export const sweepRunsOf = defineQuery({
  name: 'runs of a sweep',
  sql: `SELECT run, overrides, return_pct, sharpe, max_drawdown_pct, trades, profit_factor, fees_usd, funding_usd,
  score, splits, problem
FROM sweep_runs FINAL WHERE sweep_id = {sweep_id:String}
ORDER BY problem != '', score DESC, run LIMIT {limit:UInt32}`,
  params: z.object({ sweep_id: z.string(), limit: z.int().min(1).max(100_000) }),
  row: z.object({
    run: wholeNumber,
    overrides: z.string(),
    return_pct: z.number(),
    sharpe: figure,
    max_drawdown_pct: z.number(),
    trades: wholeNumber,
    profit_factor: figure,
    fees_usd: z.number(),
    funding_usd: z.number(),
    score: z.number(),
    splits: z.string(),
    problem: z.string(),
  }),
})
