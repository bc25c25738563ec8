/** One run of a sweep: parameters, backtest, and the few figures that are kept of it. */
// Not here: threads and workflows (workers/support/backtest-pool.ts, workflows/sweep).
import { dailyEquity, netOf } from '#domain/backtest/report.ts'
import { checkIntervals, runBacktest } from '#domain/backtest/run.ts'
import type { CandleSeries } from '#domain/backtest/series.ts'
import { overridesOf, type SweepInput, withOverrides } from '#domain/backtest/sweep-plan.ts'
import { type SweepResult, scoreOf, scoreSplits, splitsOf } from '#domain/backtest/sweep-rank.ts'
import { describeError } from '#domain/errors.ts'
import { periodReturns, sharpe } from '#domain/performance-returns.ts'
import { CandleParams } from '#domain/strategies/candle-params.ts'
import { type CommonCandleParams, candleStrategy } from '#domain/strategies/registry.ts'

const MICRO = 1_000_000

/** Parameters of run `index`. @throws ZodError when they do not fit */
export function paramsOfRun(input: SweepInput, index: number): CommonCandleParams {
  const given = withOverrides(input.params, overridesOf(input, index))
  return CandleParams.parse({
    interval: input.interval,
    ...given,
    strategy: input.strategy,
  }) as CommonCandleParams
}

/** Runs number `index`. A point of the grid that is no valid set of parameters gives a result that says so. */
export function runOne(
  input: SweepInput,
  index: number,
  series: readonly CandleSeries[],
  guides: readonly string[] = [],
): SweepResult {
  const overrides = overridesOf(input, index)
  let params: CommonCandleParams
  try {
    params = paramsOfRun(input, index)
    checkIntervals(series, params)
  } catch (error) {
    return { ...NOTHING, run: index, overrides, problem: describeError(error).slice(0, 300) }
  }
  const run = runBacktest(
    candleStrategy(params.strategy),
    params,
    series,
    input.options,
    { keep: false },
    guides,
  )
  const { account } = run
  const daily = dailyEquity(run, input.options.equity_usd)
  const [first, last] = [daily[0]?.ts ?? 0, daily.at(-1)?.ts ?? 0]
  const splits = scoreSplits(daily, splitsOf(first, last, input.splits, input.train_share))
  const trades = account.trades.length
  let [won, lost] = [0, 0]
  for (const trade of account.trades) {
    const net = netOf(trade)
    if (net > 0) won += net
    else lost -= net
  }
  return {
    run: index,
    overrides,
    return_pct: (account.cash / MICRO / input.options.equity_usd - 1) * 100,
    sharpe: sharpe(periodReturns(daily), 365),
    max_drawdown_pct: run.maxDrawdown * 100,
    trades,
    profit_factor: lost > 0 ? won / lost : null,
    fees_usd: account.fees / MICRO,
    funding_usd: account.funding / MICRO,
    splits,
    score: scoreOf(splits, trades, input.trades_min),
    problem: '',
  }
}

const NOTHING: Omit<SweepResult, 'run' | 'overrides' | 'problem'> = {
  return_pct: 0,
  sharpe: null,
  max_drawdown_pct: 0,
  trades: 0,
  profit_factor: null,
  fees_usd: 0,
  funding_usd: 0,
  splits: [],
  score: 0,
}
