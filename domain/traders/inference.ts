/** Does a trader hold a position? Guessed from the leaderboard alone, by the first rule that holds. The baseline that the tape is measured against. */
// Not here: positions that are known (position-book.ts), how often the guess is right (accuracy.ts).
import type { LeaderboardRow } from '#domain/traders/leaderboard.ts'
import { textTo } from '#domain/traders/rounding.ts'

export interface InferenceRules {
  enabled: boolean
  /** Fraction; the day's ROI beyond it, either way, says yes. */
  day_roi: number
  /** Fraction of the account value; the day's PnL beyond it, either way, says yes. */
  day_pnl: number
  /** USD traded in a day; more says yes. */
  day_volume: number
}

export const DEFAULT_INFERENCE: InferenceRules = {
  enabled: true,
  day_roi: 0.0001,
  day_pnl: 0.001,
  day_volume: 100_000,
}

export interface Inference {
  holds: boolean
  /** Rule and figure, e.g. `day_roi_0.0031`. */
  reason: string
  /** 0 … 1. */
  confidence: number
}

/** All comparisons are strict. */
export function inferPosition(
  { windows, accountValue }: LeaderboardRow,
  rules: InferenceRules = DEFAULT_INFERENCE,
): Inference {
  if (!rules.enabled) return { holds: true, reason: 'filtering_disabled', confidence: 0.5 }
  const { roi, pnl, volume } = windows.day
  if (Math.abs(roi) > rules.day_roi) {
    return {
      holds: true,
      reason: `day_roi_${textTo(roi, 4)}`,
      confidence: Math.min(100 * Math.abs(roi), 1),
    }
  }
  const ratio = accountValue > 0 ? Math.abs(pnl) / accountValue : 0
  if (ratio > rules.day_pnl) {
    return { holds: true, reason: `day_pnl_ratio_${textTo(ratio, 4)}`, confidence: Math.min(100 * ratio, 1) }
  }
  if (volume > rules.day_volume) {
    return {
      holds: true,
      reason: `day_volume_${textTo(volume, 0)}`,
      confidence: Math.min(volume / 1_000_000, 1),
    }
  }
  return { holds: false, reason: 'no_activity_indicators', confidence: 0 }
}
