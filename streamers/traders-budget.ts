/** The share of the venue's request weight that following traders may use: the rest belongs to those who trade. */
// Not here: the budget of everybody else (exchange/client/weight-budget.ts).
import type { Clock } from '#domain/time.ts'
import type { WeightBudget } from '#exchange/client/weight-budget.ts'

/** Weight that the venue allows one address a minute. Source: wire contract §8. */
const VENUE_WEIGHT = 1_200

/** Shares of the venue's weight per minute. Together they stay below two fifths. */
export const SHARES = {
  /** Two of weight per account state: 500 traders once in five minutes. */
  positions: 0.17,
  /** Twenty of weight per list of orders: twelve traders a minute. */
  orders: 0.2,
} as const

/** Weight a minute of a share. */
export const weightOf = (share: number): number => Math.floor(share * VENUE_WEIGHT)

export interface ShareBudget extends WeightBudget {
  /** All weight taken so far. */
  spent(): number
}

/** How long a share may be saved up, milliseconds: longer pauses do not end in a burst. */
const SAVED_MS = 10_000

/**
 * A bucket of its own within the machine's. What an answer costs on top is taken even when nothing is left, and paid back by waiting.
 * @param machine the budget of all processes of this address: both have to allow a request
 */
export function createShareBudget(
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>,
  share: number,
  machine: WeightBudget | null = null,
): ShareBudget {
  const perMs = weightOf(share) / 60_000
  // One request of weight 20 has to fit in.
  const most = Math.max(20, perMs * SAVED_MS)
  let left = most
  let at = clock.monotonicMs()
  let spent = 0
  const refill = (): void => {
    const now = clock.monotonicMs()
    left = Math.min(most, left + (now - at) * perMs)
    at = now
  }
  const tryTake: WeightBudget['tryTake'] = (weight, kind) => {
    refill()
    if (left < weight && kind !== 'cancel') return false
    if (machine && !machine.tryTake(weight, kind)) return false
    left -= weight
    spent += weight
    return true
  }
  return {
    tryTake,
    async take(weight, kind, waitMsMax) {
      const untilMs = clock.monotonicMs() + waitMsMax
      while (!tryTake(weight, kind)) {
        const waitMs = Math.max(5, Math.ceil((weight - left) / perMs))
        if (clock.monotonicMs() + waitMs > untilMs) return false
        await clock.sleep(waitMs)
      }
      return true
    },
    charge(weight, kind) {
      refill()
      left -= weight
      spent += weight
      machine?.charge?.(weight, kind)
    },
    exhausted(retryAfterMs, kind) {
      refill()
      machine?.exhausted(retryAfterMs, kind)
      left = Math.min(left, retryAfterMs === null ? 0 : -retryAfterMs * perMs)
    },
    left() {
      refill()
      return Math.floor(left)
    },
    spent: () => spent,
  }
}
