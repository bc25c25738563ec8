/** How much may still be asked: the venue's request weight per IP and actions per address, with a reserve that only cancels may touch. */
// Source: wire contract §8. The venue counts; this side counts too, so that a kill never finds the budget spent on quotes.
import { assert } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'

/** Cancels go out whatever the budget says; orders stop before the cancel reserve, reads before the order reserve. */
export type Spending = 'read' | 'order' | 'cancel'

export const LIMITS = {
  /** Weight per minute and IP. */
  weightPerMinuteMax: 1_200,
  /** Kept back from orders and reads. */
  cancelReserve: 150,
  /** Kept back from reads alone. */
  orderReserve: 250,
  /** Actions kept back from new orders of one address. */
  addressReserve: 500,
} as const
assert(
  LIMITS.cancelReserve + LIMITS.orderReserve < LIMITS.weightPerMinuteMax,
  'reserves must leave weight for reads',
)

export interface WeightBudget {
  /** Takes the weight if its kind may still spend; cancels always may. */
  tryTake(weight: number, kind: Spending): boolean
  /** Waits until the weight can be taken, or gives up. @returns false after `waitMsMax` */
  take(weight: number, kind: Spending, waitMsMax: number): Promise<boolean>
  /** The venue said 429: whatever we counted, nothing is left for now. */
  exhausted(retryAfterMs: number | null): void
  /** Weight left for cancels; may be negative. */
  left(): number
}

/** A bucket that refills evenly: never more than the venue's limit in any minute beyond one full bucket. */
export function createWeightBudget(
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>,
  perMinute: number = LIMITS.weightPerMinuteMax,
): WeightBudget {
  const perMs = perMinute / 60_000
  let left = perMinute
  let at = clock.monotonicMs()
  const refill = (): void => {
    const now = clock.monotonicMs()
    left = Math.min(perMinute, left + (now - at) * perMs)
    at = now
  }
  const floor = (kind: Spending): number => {
    if (kind === 'cancel') return Number.NEGATIVE_INFINITY
    return kind === 'order' ? LIMITS.cancelReserve : LIMITS.cancelReserve + LIMITS.orderReserve
  }
  const tryTake = (weight: number, kind: Spending): boolean => {
    refill()
    if (left - weight < floor(kind)) return false
    left -= weight
    return true
  }
  return {
    tryTake,
    async take(weight, kind, waitMsMax) {
      const until = clock.monotonicMs() + waitMsMax
      while (!tryTake(weight, kind)) {
        const missing = floor(kind) + weight - left
        const waitMs = Math.max(5, Math.ceil(missing / perMs))
        if (clock.monotonicMs() + waitMs > until) return false
        await clock.sleep(waitMs)
      }
      return true
    },
    exhausted(retryAfterMs) {
      refill()
      left = Math.min(left, retryAfterMs === null ? 0 : -retryAfterMs * perMs)
    },
    left: () => {
      refill()
      return Math.floor(left)
    },
  }
}

/** Actions left to an address: 10,000 and one per USDC traded; cancels may go on a good way beyond. */
export interface ActionBudget {
  tryTake(actions: number, kind: 'order' | 'cancel'): boolean
  /** What the venue says (`userRateLimit`): the truth, which our own count only bridges. */
  learn(facts: { used: number; cap: number }): void
  left(): number
}

/** Before the venue was asked, a new address's allowance is assumed. */
export function createActionBudget(): ActionBudget {
  let used = 0
  let cap = 10_000
  return {
    tryTake(actions, kind) {
      if (kind === 'order' && used + actions > cap - LIMITS.addressReserve) return false
      used += actions
      return true
    },
    learn(facts) {
      used = facts.used
      cap = facts.cap
    },
    left: () => cap - used,
  }
}

/** Weight of an /exchange call with a batch of `items`. */
export const actionWeight = (items: number): number => 1 + Math.floor(items / 40)

const LIGHT = new Set([
  'l2Book',
  'allMids',
  'clearinghouseState',
  'orderStatus',
  'spotClearinghouseState',
  'exchangeStatus',
])
/** Weight of an /info call before its answer is known. */
export const infoWeight = (type: string): number => (LIGHT.has(type) ? 2 : type === 'userRole' ? 60 : 20)

const PER_20 = new Set([
  'userFills',
  'userFillsByTime',
  'historicalOrders',
  'recentTrades',
  'fundingHistory',
  'userFunding',
  'userNonFundingLedgerUpdates',
])
/** What the number of returned items adds to it. */
export function answerWeight(type: string, items: number): number {
  if (type === 'candleSnapshot') return Math.floor(items / 60)
  return PER_20.has(type) ? Math.floor(items / 20) : 0
}
