/** How much of a maker's work the request budgets allow, so that it slows down before the venue slows it down. */
// Source: spec 004 §10 "Required". Not here: counting (exchange/client/weight-budget.ts).

/** What is left, as shares and counts; null where nobody counts. */
export interface BudgetFacts {
  /** Request weight of this address's minute: left, and the most there can be. */
  weightLeft: number
  weightMax: number
  /** Messages to the venue's sockets in this minute. */
  wsLeft: number | null
  /** Actions left to the account's address: it grows with traded volume. */
  actionsLeft: number | null
}

export interface BudgetTier {
  name: 'free' | 'careful' | 'exits_and_cancels' | 'exits'
  /** New quotes may be placed. */
  mayQuote: boolean
  /** Quotes may be improved without need. */
  mayImprove: boolean
  /** Quotes may be replaced for their size or age. */
  mayTidy: boolean
  /** By how much the threshold of a move grows. */
  moveFactor: number
  /** By how much the shortest time between two replacements grows: a budget that shrinks is stretched, not spent at once. */
  paceFactor: number
}

/** Weight that only exits may touch. */
export const EXIT_RESERVE = 60
const SHARES = { slower: 0.6, careful: 0.4, low: 0.2, critical: 0.05 } as const
const ACTIONS = { careful: 1_000, low: 100 } as const

const FREE: BudgetTier = {
  ...{ name: 'free', mayQuote: true, mayImprove: true, mayTidy: true, moveFactor: 1, paceFactor: 1 },
}

/**
 * The tier of the scarcest budget. Unknown budgets do not bind. Cancels go out in every tier: a quote that lies wrong is a risk, and
 * the venue grants cancels more room than orders.
 */
export function budgetTier(facts: BudgetFacts | null): BudgetTier {
  if (facts === null) return FREE
  const share = facts.weightLeft / facts.weightMax
  const actions = facts.actionsLeft ?? Number.POSITIVE_INFINITY
  const moveFactor = actions < ACTIONS.careful ? 2 : 1
  const paceFactor = share < SHARES.careful ? 4 : share < SHARES.slower ? 2 : 1
  if (share < SHARES.critical) {
    return { name: 'exits', mayQuote: false, mayImprove: false, mayTidy: false, moveFactor, paceFactor }
  }
  if (share < SHARES.low || actions < ACTIONS.low || facts.weightLeft < EXIT_RESERVE) {
    return {
      name: 'exits_and_cancels',
      mayQuote: false,
      mayImprove: false,
      mayTidy: false,
      moveFactor,
      paceFactor,
    }
  }
  if (share < SHARES.careful) {
    return { name: 'careful', mayQuote: true, mayImprove: false, mayTidy: false, moveFactor, paceFactor }
  }
  return { ...FREE, moveFactor, paceFactor }
}
