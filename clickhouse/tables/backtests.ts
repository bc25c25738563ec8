/** Tables of backtests: stored runs with their reports and trades, and the runs of sweeps with their scores. */
// Not here: rows for them (backtest-rows.ts), named queries (backtest-queries.ts).
import { column } from '#clickhouse/column.ts'
import { defineTable, type Row } from '#clickhouse/table.ts'

export const backtests = defineTable({
  name: 'backtests',
  why: 'backtests that were kept: parameters, report, daily equity',
  key: ['backtest_id'],
  version: 'ts',
  partition: { by: 'none' },
  columns: {
    backtest_id: column.text('name of the run'),
    ts: column.time('when it was run'),
    strategy: column.symbol('name of the strategy'),
    coins: column.symbols('traded coins'),
    interval: column.symbol('candle length'),
    from_ts: column.time('first decision'),
    to_ts: column.time('last decision'),
    return_pct: column.float('of the equity at the start, percent'),
    sharpe: column.floatOrNull('daily returns, per year'),
    max_drawdown_pct: column.float('deepest fall from a peak, percent'),
    trades: column.uint32('closed trades'),
    params: column.json('parameters of the strategy'),
    options: column.json('money, fills, path'),
    report: column.json('the whole report'),
    equity: column.json('daily equity: [[ts, usd], …]'),
  },
})
export type BacktestRow = Row<typeof backtests>

export const backtestTrades = defineTable({
  name: 'backtest_trades',
  why: 'trades of kept backtests, with the reasons of entry and exit',
  key: ['backtest_id', 'trade'],
  partition: { by: 'none' },
  columns: {
    backtest_id: column.text('name of the run'),
    trade: column.uint32('counts the trades of a run'),
    coin: column.symbol('coin'),
    side: column.symbol('long or short'),
    sz: column.float('coins'),
    entry_ts: column.time('first entry'),
    entry_px: column.float('average entry, USD per coin'),
    entry_reason: column.symbol('reason code of the entry'),
    exit_ts: column.time('exit'),
    exit_px: column.float('USD per coin'),
    exit_reason: column.symbol('reason code of the exit'),
    pnl_usd: column.float('gross of fees and funding, USD'),
    fees_usd: column.float('of entry and exit, USD'),
    funding_usd: column.float('received (above 0) or paid, USD'),
  },
})
export type BacktestTradeRow = Row<typeof backtestTrades>

export const sweepRuns = defineTable({
  name: 'sweep_runs',
  why: 'every run of a sweep with its figures and its walk-forward score',
  key: ['sweep_id', 'run'],
  version: 'ts',
  partition: { by: 'none' },
  columns: {
    sweep_id: column.symbol('name of the sweep'),
    run: column.uint32('counts the runs of a sweep'),
    ts: column.time('when it was run'),
    strategy: column.symbol('name of the strategy'),
    overrides: column.json('parameters of this run, by path'),
    return_pct: column.float('of the equity at the start, percent'),
    sharpe: column.floatOrNull('daily returns, per year'),
    max_drawdown_pct: column.float('deepest fall from a peak, percent'),
    trades: column.uint32('closed trades'),
    profit_factor: column.floatOrNull('won to lost'),
    fees_usd: column.float('USD'),
    funding_usd: column.float('USD'),
    score: column.float('mean Sharpe ratio of the test parts; fewer trades count less'),
    splits: column.json('train and test figures of each split'),
    problem: column.text('why the parameters could not be run, or empty'),
  },
})
export type SweepRunRow = Row<typeof sweepRuns>
