/** Tests of the guess from the leaderboard, rule by rule and at their strict bounds. */
import { expect, it } from 'vitest'
import { DEFAULT_INFERENCE, inferPosition } from '#domain/traders/inference.ts'
import { type LeaderboardRow, readRow } from '#domain/traders/leaderboard.ts'
import { exampleRows } from '#tests/support/worked-traders.ts'

const make = (accountValue: number, day: { pnl?: number; roi?: number; vlm?: number }): LeaderboardRow =>
  readRow({ ethAddress: `0x${'0'.repeat(40)}`, accountValue, windowPerformances: { day } }) as LeaderboardRow

it('guesses the worked examples', () => {
  expect(
    exampleRows()
      .map((row) => inferPosition(row))
      .map(({ reason, confidence }) => [reason, Number(confidence.toFixed(6))]),
  ).toEqual([
    ['day_roi_0.0031', 0.31],
    ['day_roi_-0.0200', 1],
    ['day_volume_250000', 0.25],
    ['day_pnl_ratio_0.0012', 0.12],
    ['no_activity_indicators', 0],
    ['day_roi_0.4000', 1],
    ['no_activity_indicators', 0],
  ])
})

it.each([
  ['ROI at the bound', make(0, { roi: 0.0001 }), false],
  ['ROI above it', make(0, { roi: 0.000101 }), true],
  ['a loss as large', make(0, { roi: -0.000101 }), true],
  ['PnL at the bound', make(1_000, { pnl: 1 }), false],
  ['PnL above it', make(1_000, { pnl: -1.01 }), true],
  ['PnL of an account without value', make(0, { pnl: 1e6 }), false],
  ['volume at the bound', make(0, { vlm: 100_000 }), false],
  ['volume above it', make(0, { vlm: 100_001 }), true],
])('%s', (_what, row, holds) => {
  expect(inferPosition(row).holds).toBe(holds)
})

it('says yes to everybody when it is switched off', () => {
  expect(inferPosition(make(0, {}), { ...DEFAULT_INFERENCE, enabled: false })).toEqual({
    holds: true,
    reason: 'filtering_disabled',
    confidence: 0.5,
  })
})
