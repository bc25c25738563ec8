/** Stages of a book: both sides of every bound, causes in their order, days that were not seen. */
import { expect, test } from 'vitest'
import { DAY_MS } from '#domain/time.ts'
import { stageCause, stageFigures, stageOf } from '#domain/tracking-error/stages.ts'

/** A Thursday. */
const THURSDAY = Date.UTC(2025, 11, 4)
const SATURDAY = THURSDAY + 2 * DAY_MS

test.each([
  [0.0009, -0.0009, null],
  [0.001, 0.0009, 'target_only'],
  [0.0009, -0.001, 'actual_only'],
  [0.2, -0.1, 'wrong_direction'],
  [-0.2, -0.2, 'within_5_pct'],
  [0.2, 0.21, 'within_5_pct'],
  [0.2, 0.2101, 'within_10_pct'],
  [0.2, 0.18, 'within_10_pct'],
  [0.2, 0.1799, 'within_20_pct'],
  [-0.2, -0.24, 'within_20_pct'],
  [-0.2, -0.2401, 'beyond_20_pct'],
  [0.2, 0.9, 'beyond_20_pct'],
] as const)('target %d, held %d: %s', (target, actual, stage) => {
  expect(stageOf({ target, actual })).toBe(stage)
})

test.each([
  ['target_only', SATURDAY, 'orders_canceled', 'orders_canceled'],
  ['target_only', SATURDAY, 'below_min_usd', 'below_min_usd'],
  ['target_only', SATURDAY, 'no_price', 'no_price'],
  ['target_only', SATURDAY, 'no_order_unknown', 'weekend'],
  ['target_only', SATURDAY + DAY_MS, '', 'weekend'],
  ['target_only', SATURDAY + 2 * DAY_MS, 'no_order_unknown', 'unknown'],
  ['target_only', THURSDAY + DAY_MS, '', 'unknown'],
  ['wrong_direction', SATURDAY, 'follows_day_after', 'follows_day_after'],
  ['actual_only', SATURDAY, '', ''],
  ['beyond_20_pct', SATURDAY, '', ''],
] as const)('%s on %d with reason %j: %j', (stage, day_ts, reason, cause) => {
  expect(stageCause(stage, { day_ts, target: 0, actual: 0, reason })).toBe(cause)
})

test('stages are counted in coins, days and weight; a day without the account is a gap, one without targets is not', () => {
  const coin = (day_ts: number, target: number, actual: number, reason = '') => ({
    day_ts,
    target,
    actual,
    reason,
  })
  const day = (day_ts: number, live_return: number | null, paper_return: number | null) => ({
    ...{ day_ts, live_return, paper_return },
  })
  expect(
    stageFigures(
      [day(THURSDAY, 0.1, 0.1), day(SATURDAY, null, 0.1), day(SATURDAY + DAY_MS, 0.1, null)],
      [
        coin(THURSDAY, 0.1, 0),
        coin(THURSDAY, -0.2, 0.05, 'unexplained'),
        coin(THURSDAY, 0, 0),
        coin(THURSDAY, 0.1, 0.1),
        coin(THURSDAY, -0.3, -0.3),
        coin(THURSDAY + DAY_MS, 0.1, 0.1),
      ],
    ),
  ).toEqual([
    { stage: 'no_live_data', cause: 'logging_gap', coins: 0, days: 1, target: 0, actual: 0 },
    { stage: 'target_only', cause: 'unknown', coins: 1, days: 1, target: 0.1, actual: 0 },
    { stage: 'wrong_direction', cause: 'unexplained', coins: 1, days: 1, target: 0.2, actual: 0.05 },
    { stage: 'within_5_pct', cause: '', coins: 3, days: 2, target: 0.5, actual: 0.5 },
  ])
  expect(stageFigures([], [])).toEqual([])
})
