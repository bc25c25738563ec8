/** How many actions the venue still takes from an address: 10,000 and one for each dollar traded. */
// Source: wire contract §8. Not here: request weight per IP (weight-budget.ts).

export const LIMITS = {
  /** What a new address has, until the venue was asked. */
  firstActions: 10_000,
  /** Actions kept back from new orders of one address: makers stop quoting at 100, and their exits go on. */
  addressReserve: 50,
} as const

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
  let cap: number = LIMITS.firstActions
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
