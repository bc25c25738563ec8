/** What quotes may spend at once so that the weight of the minute lasts: a small bucket that refills at the rate which the next minute can bear. */
// Not here: the limits themselves (weight-budget.ts), how a maker slows down by it (domain/strategies/maker/budget.ts).

export const LIMITS = {
  /** Most that can be saved up, as a share of the minute's weight. */
  burstShare: 1 / 6,
  /** Share of the minute's weight that quotes leave to everything else. */
  floorShare: 0.27,
  /** What was saved up may not lead below this share: a little above that at which a maker quotes no more (domain/strategies/maker/budget.ts). */
  lowShare: 0.22,
  /** What was spent in a second comes back so many seconds later: the venue's minute, and one for requests on their way. */
  returnsAfterS: 62,
} as const

/** What a bucket knows of its sliding minute. */
export interface Minute {
  perMinute: number
  /** Weight that may be spent now. */
  left: number
  /** Spent in each second, by its number on the monotonic clock, oldest first. */
  spent: ReadonlyMap<number, number>
  nowMs: number
}

/**
 * The largest even rate, weight per second, that leaves `floor` untouched at every moment of the coming minute. Each second's
 * spending comes back only when it leaves the sliding minute: before it does, the rate has to make do with what there is.
 */
export function lastingRate({ perMinute, left, spent, nowMs }: Minute, floor: number): number {
  let have = left - floor
  let rate = (perMinute - floor) / (LIMITS.returnsAfterS - 1)
  for (const [second, weight] of spent) {
    const untilBackS = second + LIMITS.returnsAfterS - nowMs / 1_000
    if (untilBackS > 0) rate = Math.min(rate, have / untilBackS)
    have += weight
  }
  return Math.max(rate, 0)
}

export interface QuotePace {
  /** Weight that quotes and their cancels spent. */
  spend(weight: number): void
  /** What may be spent at once, as a share of the most that can be saved up: 0–1. */
  left(minute: Minute): number
}

/** @param floorMin weight that quotes leave whatever the share says */
export function createQuotePace(perMinute: number, floorMin: number): QuotePace {
  const most = perMinute * LIMITS.burstShare
  const floor = Math.max(perMinute * LIMITS.floorShare, floorMin)
  const aboveLow = perMinute * (LIMITS.floorShare - LIMITS.lowShare)
  let level = most
  let atMs = Number.NEGATIVE_INFINITY
  return {
    spend(weight) {
      level = Math.max(level - weight, 0)
    },
    left(minute) {
      const passedS = Math.min((minute.nowMs - atMs) / 1_000, LIMITS.returnsAfterS)
      atMs = minute.nowMs
      level = Math.min(most, level + lastingRate(minute, floor) * passedS)
      const room = (minute.left - floor + aboveLow) / aboveLow
      return Math.max(0, Math.min(level / most, room, 1))
    },
  }
}
