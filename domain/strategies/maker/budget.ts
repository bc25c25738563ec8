/** How much of a maker's work the request budgets allow, and how often it may move its quotes, so that it slows down before the venue slows it down. */
// Source: spec 004 §10 "Required". Not here: counting (exchange/client/weight-budget.ts, quote-pace.ts).

/** What is left, as shares and counts; null where nobody counts. */
export interface BudgetFacts {
  /** Request weight of this machine's minute: left, and the most there can be. */
  weightLeft: number
  weightMax: number
  /** What quotes may spend at once so that the weight lasts, 0–1; unset: judged by the share of the weight. */
  paceLeft?: number
  /** Messages to the venue's sockets in this minute. */
  wsLeft: number | null
  /** Actions left to the account's address: it grows with traded volume. */
  actionsLeft: number | null
}

export interface BudgetTier {
  name: 'free' | 'careful' | 'exits_and_cancels' | 'exits'
  /** New quotes may be placed. */
  mayQuote: boolean
  /** Quotes that lie wrong may be replaced. */
  mayMove: boolean
  /** Quotes may be improved without need. */
  mayImprove: boolean
  /** Quotes may be replaced for their size or age. */
  mayTidy: boolean
  /** By how much the threshold of a move grows. */
  moveFactor: number
  /** Shortest time between two passes of a session that replace quotes, milliseconds: a budget that shrinks is stretched, not spent at once. */
  paceMs: number
}

/** Weight that only exits may touch. */
export const EXIT_RESERVE = 60
const SHARES = { full: 0.6, careful: 0.4, low: 0.2, critical: 0.05 } as const
const ACTIONS = { plenty: 5_000, careful: 1_000, low: 100 } as const
/** Socket messages: below `low` a cut stream could not be asked for again, and quotes would lie in the dark. */
const MESSAGES = { careful: 400, low: 100 } as const
const PACE = {
  /** With a full bucket: half of the shortest loop, so that it holds nobody up. */
  leastMs: 25,
  mostMs: 60_000,
  /** Steep, so that one session and a hundred settle between full and empty. */
  power: 3,
  /** A slot without a quote is filled so many times sooner than a quote is moved: what rests a little wrong earns more than nothing. */
  refillFactor: 8,
  /** What the address's actions ask for, at 1/√2 of plenty. */
  actionsMs: 250,
} as const

const FREE: BudgetTier = {
  ...{
    name: 'free',
    mayQuote: true,
    mayMove: true,
    mayImprove: true,
    mayTidy: true,
    moveFactor: 1,
    paceMs: 0,
  },
}

/**
 * The tier of the scarcest budget. Unknown budgets do not bind. Cancels go out in every tier: a quote that lies wrong is a risk, and
 * the venue grants cancels more room than orders.
 */
export function budgetTier(facts: BudgetFacts | null): BudgetTier {
  if (facts === null) return FREE
  const share = facts.weightLeft / facts.weightMax
  const actions = facts.actionsLeft ?? Number.POSITIVE_INFINITY
  const messages = facts.wsLeft ?? Number.POSITIVE_INFINITY
  const moveFactor = actions < ACTIONS.careful ? 2 : 1
  const pace = { moveFactor, paceMs: paceMs(facts) }
  const nothing = { mayQuote: false, mayMove: false, mayImprove: false, mayTidy: false }
  if (share < SHARES.critical) return { name: 'exits', ...nothing, ...pace }
  const isLow = share < SHARES.low || actions < ACTIONS.low || messages < MESSAGES.low
  if (isLow || facts.weightLeft < EXIT_RESERVE) return { name: 'exits_and_cancels', ...nothing, ...pace }
  if (share < SHARES.careful || messages < MESSAGES.careful) {
    return { name: 'careful', mayQuote: true, mayMove: true, mayImprove: false, mayTidy: false, ...pace }
  }
  return { ...FREE, ...pace }
}

/**
 * The shortest time between two passes that replace quotes. Sessions know nothing of each other: each waits longer the less the shared
 * bucket holds, and so all of them together settle at what it takes in.
 */
export function paceMs(facts: BudgetFacts): number {
  const share = facts.weightLeft / facts.weightMax
  const left = clamp(facts.paceLeft ?? (share - SHARES.low) / (SHARES.full - SHARES.low))
  const byWeight = PACE.leastMs / left ** PACE.power
  // Actions come back with traded volume alone: half of what a new address has is free, the rest must last.
  const spent = ACTIONS.plenty / Math.max(facts.actionsLeft ?? ACTIONS.plenty, 1)
  const byActions = PACE.actionsMs * (Math.max(spent, 1) ** 2 - 1)
  return Math.min(Math.max(byWeight, byActions), PACE.mostMs)
}

/**
 * The tier of one pass: before its time has come what lies only slightly wrong stays, and a free slot stays free.
 * @param since milliseconds since quotes were last placed, and since they were last replaced
 */
export function paced(tier: BudgetTier, since: { placedMs: number; movedMs: number }): BudgetTier {
  const mayMove = tier.mayMove && since.movedMs >= tier.paceMs
  const mayQuote = tier.mayQuote && (mayMove || since.placedMs >= tier.paceMs / PACE.refillFactor)
  return { ...tier, mayQuote, mayMove, mayTidy: tier.mayTidy && mayMove }
}

/**
 * Whether the pace shows: from twice a loop on, until it is below one again, so that a budget at the edge does not flicker.
 * @param loopMs shortest time between two passes
 */
export const slows = (was: boolean, tier: BudgetTier, loopMs: number): boolean =>
  !tier.mayQuote || tier.paceMs >= (was ? 1 : 2) * loopMs

const clamp = (share: number): number => Math.max(0, Math.min(1, share))
