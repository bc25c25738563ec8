/** Walk-forward: how each run did where it was not chosen, and which runs come first. */
// Not here: making the runs (sweep-plan.ts, sweep-run.ts).

import type { Overrides, SweepInput } from '#domain/backtest/sweep-plan.ts'
import { type EquityPoint, periodReturns, sharpe, timeWeightedReturn } from '#domain/performance-returns.ts'

/** One part of the time: learned on [from, cut), judged on [cut, to). */
export interface Split {
  from: number
  cut: number
  to: number
}

/** What is known of a run in one split. Returns as fractions. */
export interface SplitScore {
  train_sharpe: number | null
  train_return: number
  test_sharpe: number | null
  test_return: number
}

export interface SweepResult {
  run: number
  overrides: Overrides
  return_pct: number
  sharpe: number | null
  max_drawdown_pct: number
  trades: number
  profit_factor: number | null
  fees_usd: number
  funding_usd: number
  splits: SplitScore[]
  /** Mean Sharpe ratio of the test parts; halved with too few trades. */
  score: number
  /** Why the parameters could not be run, or ''. */
  problem: string
}

/** Equal parts of the time, each cut at its train share. */
export function splitsOf(fromTs: number, toTs: number, count: number, trainShare: number): Split[] {
  const length = (toTs - fromTs) / count
  return Array.from({ length: count }, (_, at) => {
    const from = fromTs + at * length
    return { from, cut: from + trainShare * length, to: from + length }
  })
}

const within = (points: readonly EquityPoint[], from: number, to: number): EquityPoint[] =>
  points.filter(({ ts }) => ts >= from && ts <= to)

const DAYS = 365

/** A run's daily equity, judged split by split. */
export function scoreSplits(daily: readonly EquityPoint[], splits: readonly Split[]): SplitScore[] {
  return splits.map(({ from, cut, to }) => {
    const [train, test] = [periodReturns(within(daily, from, cut)), periodReturns(within(daily, cut, to))]
    return {
      train_sharpe: sharpe(train, DAYS),
      train_return: timeWeightedReturn(train) ?? 0,
      test_sharpe: sharpe(test, DAYS),
      test_return: timeWeightedReturn(test) ?? 0,
    }
  })
}

/** Mean Sharpe ratio of the test parts (0 where nothing was traded), halved below `tradesMin`; a gain halved, a loss doubled. */
export function scoreOf(splits: readonly SplitScore[], trades: number, tradesMin: number): number {
  if (splits.length === 0) return 0
  const mean = splits.reduce((sum, { test_sharpe }) => sum + (test_sharpe ?? 0), 0) / splits.length
  if (trades >= tradesMin) return mean
  return mean > 0 ? mean / 2 : mean * 2
}

/** Best first; equal scores by fewer losses, then by number. Runs with a problem come last. */
export function ranked(results: readonly SweepResult[]): SweepResult[] {
  return [...results].sort(
    (a, b) =>
      Number(a.problem !== '') - Number(b.problem !== '') ||
      b.score - a.score ||
      a.max_drawdown_pct - b.max_drawdown_pct ||
      a.run - b.run,
  )
}

/** What one would have had who chose, in each split, the best run of the train part and traded it in the test part. */
export interface WalkForward {
  chosen: { split: number; run: number; train_sharpe: number; test_return_pct: number }[]
  /** All test parts one after the other, percent. */
  return_pct: number
  /** Mean test Sharpe of the chosen over mean train Sharpe of the chosen; near 1 is robust. */
  efficiency: number | null
}

export function walkForward(results: readonly SweepResult[], tradesMin: number): WalkForward {
  const usable = results.filter(({ problem, trades }) => problem === '' && trades >= tradesMin)
  const count = usable[0]?.splits.length ?? 0
  const chosen: WalkForward['chosen'] = []
  let [growth, trained, tested] = [1, 0, 0]
  for (let split = 0; split < count; split += 1) {
    const best = bestOf(usable, split)
    const score = best?.splits[split]
    if (!best || !score) continue
    growth *= 1 + score.test_return
    trained += score.train_sharpe ?? 0
    tested += score.test_sharpe ?? 0
    chosen.push({
      split,
      run: best.run,
      train_sharpe: score.train_sharpe ?? 0,
      test_return_pct: score.test_return * 100,
    })
  }
  return { chosen, return_pct: (growth - 1) * 100, efficiency: trained > 0 ? tested / trained : null }
}

function bestOf(results: readonly SweepResult[], split: number): SweepResult | null {
  let best: SweepResult | null = null
  for (const result of results) {
    const value = result.splits[split]?.train_sharpe ?? Number.NEGATIVE_INFINITY
    const top = best?.splits[split]?.train_sharpe ?? Number.NEGATIVE_INFINITY
    if (best === null || value > top) best = result
  }
  return best
}

/** The best runs and what walking forward with them would have brought. */
export interface SweepOutcome {
  sweep_id: string
  runs: number
  failed: number
  best: SweepResult[]
  walk_forward: WalkForward
}

/** What a sweep answers at its end. */
export function outcomeOf(
  { sweep_id, trades_min }: Pick<SweepInput, 'sweep_id' | 'trades_min'>,
  results: readonly SweepResult[],
  keep: number,
): SweepOutcome {
  const order = ranked(results)
  return {
    sweep_id,
    runs: results.length,
    failed: results.filter(({ problem }) => problem !== '').length,
    best: order.slice(0, keep),
    walk_forward: walkForward(results, trades_min),
  }
}
