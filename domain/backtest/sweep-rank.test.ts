/** Walk-forward: splits of the time, scores that count few trades less, and a choice that only looks at what was known. */
import { describe, expect, test } from 'vitest'
import {
  outcomeOf,
  ranked,
  type SplitScore,
  type SweepResult,
  scoreOf,
  scoreSplits,
  splitsOf,
  walkForward,
} from './sweep-rank.ts'

const split = (train: number, test_: number, test_return = 0.1): SplitScore => ({
  train_sharpe: train,
  train_return: 0,
  test_sharpe: test_,
  test_return,
})
const result = (run: number, splits: SplitScore[], change: Partial<SweepResult> = {}): SweepResult => ({
  ...{
    run,
    overrides: {},
    return_pct: 0,
    sharpe: null,
    max_drawdown_pct: 0,
    trades: 50,
    profit_factor: null,
    fees_usd: 0,
    funding_usd: 0,
    problem: '',
  },
  splits,
  score: scoreOf(splits, 50, 20),
  ...change,
})

test('the time is cut into equal parts, each at its train share', () => {
  expect(splitsOf(0, 100, 2, 0.6)).toEqual([
    { from: 0, cut: 30, to: 50 },
    { from: 50, cut: 80, to: 100 },
  ])
})

test('train and test parts are judged on their own days', () => {
  const daily = [100, 110, 121, 100, 90].map((equity, ts) => ({ ts, equity }))
  const [score] = scoreSplits(daily, [{ from: 0, cut: 2, to: 4 }])
  expect(score?.train_return).toBeCloseTo(0.21, 12)
  expect(score?.test_return).toBeCloseTo(90 / 121 - 1, 12)
})

test.each([
  { trades: 20, tests: [1, 3], score: 2 },
  { trades: 19, tests: [1, 3], score: 1 },
  { trades: 19, tests: [-1, -3], score: -4 }, // few trades are no excuse
])('$trades trades with test Sharpe ratios $tests score $score', ({ trades, tests, score }) => {
  expect(
    scoreOf(
      tests.map((value) => split(0, value)),
      trades,
      20,
    ),
  ).toBe(score)
})

test('best first, then the shallower one, and what could not be run comes last', () => {
  const order = ranked([
    result(0, [split(0, 1)], { problem: 'not valid', score: 9 }),
    result(1, [split(0, 1)], { max_drawdown_pct: 5 }),
    result(2, [split(0, 1)], { max_drawdown_pct: 4 }),
    result(3, [split(0, 2)]),
  ])
  expect(order.map(({ run }) => run)).toEqual([3, 2, 1, 0])
})

describe('walking forward', () => {
  const results = [
    result(0, [split(3, -1, -0.5), split(1, 1, 0.1)]),
    result(1, [split(2, 5, 0.9), split(2, 1, 0.2)]),
    result(2, [split(9, 9, 9), split(9, 9, 9)], { trades: 5 }),
  ]
  test('each split trades the run that was best before it, whatever came of it', () => {
    const { chosen, return_pct, efficiency } = walkForward(results, 20)
    expect(chosen.map(({ run }) => run)).toEqual([0, 1])
    expect(return_pct).toBeCloseTo((0.5 * 1.2 - 1) * 100, 9)
    expect(efficiency).toBe(0)
  })

  test('the outcome names the best and counts what failed', () => {
    const outcome = outcomeOf(
      { sweep_id: 'unit', trades_min: 20 },
      [...results, result(3, [], { problem: 'no' })],
      2,
    )
    expect(outcome).toMatchObject({ sweep_id: 'unit', runs: 4, failed: 1 })
    expect(outcome.best).toHaveLength(2)
  })

  test('without a run nothing is chosen', () => {
    expect(walkForward([], 20)).toEqual({ chosen: [], return_pct: 0, efficiency: null })
  })
})
