/** The score of a trader and its parts, and the tags that follow from it: returns over four windows, account size, volume, consistency. */
// Not here: who is selected (selection.ts). Worked examples: docs/features/trader-intelligence.md.
import type { LeaderboardRow, Performance } from '#domain/traders/leaderboard.ts'
import { roundTo } from '#domain/traders/rounding.ts'

/** Points. The sum is at most 105; all-time and month have no floor, so a score can be far below 0. */
export interface ScoreParts {
  /** 30 × all-time ROI, at most 30. */
  all_time: number
  /** 50 × month ROI, at most 25. */
  month: number
  /** 100 × week ROI, −10 … 20. */
  week: number
  /** By account value: 0, 4, 8, 12 or 15. */
  account: number
  /** By month volume: 0, 2, 4, 7 or 10. */
  volume: number
  /** 5 when day, week and month are all positive. */
  consistency: number
}

export interface Score {
  /** Sum of the parts, 2 decimals. */
  total: number
  parts: ScoreParts
}

/** Bounds are inclusive. USD → points. */
const ACCOUNT_STEPS = [
  [10_000_000, 15],
  [5_000_000, 12],
  [1_000_000, 8],
  [100_000, 4],
] as const
const VOLUME_STEPS = [
  [100_000_000, 10],
  [50_000_000, 7],
  [10_000_000, 4],
  [1_000_000, 2],
] as const

const step = (steps: readonly (readonly [number, number])[], value: number): number =>
  steps.find(([from]) => value >= from)?.[1] ?? 0

const isPositive = ({ roi }: Performance): boolean => roi > 0

export function scoreTrader({ windows, accountValue }: LeaderboardRow): Score {
  const { day, week, month, allTime } = windows
  const parts: ScoreParts = {
    all_time: Math.min(30 * allTime.roi, 30),
    month: Math.min(50 * month.roi, 25),
    week: Math.min(Math.max(100 * week.roi, -10), 20),
    account: step(ACCOUNT_STEPS, accountValue),
    volume: step(VOLUME_STEPS, month.volume),
    consistency: isPositive(day) && isPositive(week) && isPositive(month) ? 5 : 0,
  }
  const { all_time, month: monthly, week: weekly, account, volume, consistency } = parts
  return { total: roundTo(all_time + monthly + weekly + account + volume + consistency, 2), parts }
}

/** In a fixed order: size, quality, consistency, volume. */
export function tagsOf({ windows, accountValue }: LeaderboardRow, score: number): string[] {
  const { day, week, month } = windows
  const tags: string[] = []
  if (accountValue >= 10_000_000) tags.push('whale')
  else if (accountValue >= 1_000_000) tags.push('large')
  if (score >= 80) tags.push('top_performer')
  else if (score >= 60) tags.push('good_performer')
  if (isPositive(day) && isPositive(week) && isPositive(month)) tags.push('consistent')
  if (month.volume >= 100_000_000) tags.push('high_volume')
  else if (month.volume >= 10_000_000) tags.push('medium_volume')
  return tags
}
