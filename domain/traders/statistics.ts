/** Averages over traders, for the overview. */
import type { ScoredRow } from '#domain/traders/selection.ts'

export interface TraderStatistics {
  count: number
  totalAccountValue: number
  avgScore: number
  /** Mean all-time ROI over those that have that window. */
  avgRoi: number
}

export function traderStatistics(scored: readonly ScoredRow[]): TraderStatistics {
  const count = scored.length
  if (count === 0) return { count: 0, totalAccountValue: 0, avgScore: 0, avgRoi: 0 }
  const withAllTime = scored.filter(({ row }) => row.known.includes('allTime'))
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  return {
    count,
    totalAccountValue: sum(scored.map(({ row }) => row.accountValue)),
    avgScore: sum(scored.map(({ score }) => score.total)) / count,
    avgRoi:
      withAllTime.length === 0
        ? 0
        : sum(withAllTime.map(({ row }) => row.windows.allTime.roi)) / withAllTime.length,
  }
}
