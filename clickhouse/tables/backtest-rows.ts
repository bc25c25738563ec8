/** Backtests and sweep runs as rows, and the insert of a kept backtest. */
// Not here: the tables (backtests.ts), reading them (backtest-queries.ts).
import type { ClickHouseClient } from '#clickhouse/client.ts'
import type { BacktestRow, BacktestTradeRow, SweepRunRow } from '#clickhouse/tables/backtests.ts'
import type { BacktestOptions } from '#domain/backtest/options.ts'
import { type BacktestReport, dailyEquity } from '#domain/backtest/report.ts'
import type { BacktestRun } from '#domain/backtest/run.ts'
import type { SweepResult } from '#domain/backtest/sweep-rank.ts'

export interface KeptBacktest {
  id: string
  ts: number
  report: BacktestReport
  params: Readonly<Record<string, unknown>>
  options: BacktestOptions
  run: BacktestRun
}

export function backtestRow({ id, ts, report, params, options, run }: KeptBacktest): BacktestRow {
  const daily = dailyEquity(run, options.equity_usd)
  return {
    backtest_id: id,
    ts,
    strategy: report.strategy,
    coins: report.coins,
    interval: report.interval,
    from_ts: report.from_ts,
    to_ts: report.to_ts,
    return_pct: report.return_pct,
    sharpe: report.sharpe,
    max_drawdown_pct: report.max_drawdown_pct,
    trades: report.trades,
    params: JSON.stringify(params),
    options: JSON.stringify(options),
    report: JSON.stringify(report),
    equity: JSON.stringify(daily.map(({ ts: at, equity }) => [at, Number(equity.toFixed(2))])),
  }
}

export const backtestTradeRows = ({ id, run }: KeptBacktest): BacktestTradeRow[] =>
  run.account.trades.map((trade, at) => ({ backtest_id: id, trade: at, ...trade }))

export function sweepRunRow(sweepId: string, strategy: string, ts: number, result: SweepResult): SweepRunRow {
  const { overrides, splits, ...figures } = result
  return {
    ...figures,
    sweep_id: sweepId,
    ts,
    strategy,
    overrides: JSON.stringify(overrides),
    splits: JSON.stringify(splits),
  }
}

/** Inserts a backtest and its trades; a repeat under the same id replaces them. */
export async function insertBacktest(client: ClickHouseClient, kept: KeptBacktest): Promise<void> {
  await client.insert({ table: 'backtests', values: [backtestRow(kept)], format: 'JSONEachRow' })
  const trades = backtestTradeRows(kept)
  if (trades.length > 0)
    await client.insert({ table: 'backtest_trades', values: trades, format: 'JSONEachRow' })
}
