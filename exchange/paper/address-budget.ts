/** The budget of actions that an address has: it grows with what it traded, and cancels may go beyond it. */
// Not here: limits of a connection's address (venue-limits.ts). Source: wire contract §8.
import type { EpochMs } from '#domain/time.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import { USD } from '#exchange/paper/engine/units.ts'

export const ADDRESS_BUDGET = {
  /** What every address begins with; one more for each USDC traded. */
  actions: 10_000,
  /** Cancels may go so far beyond it, and at most as far again as the budget itself. */
  moreCancels: 100_000,
  /** Beyond it one action in so many milliseconds is let through. */
  trickleMs: 10_000,
} as const

type Action = Readonly<Record<string, unknown>> & { type: string }

/** How much an action counts: each order, cancel or change of a batch. */
export function actionCount({ orders, cancels, modifies }: Action): number {
  const batch = [orders, cancels, modifies].find(Array.isArray)
  return Math.max(1, batch?.length ?? 1)
}

export const actionsMax = (account: Pick<Account, 'cumVolume'>): number =>
  ADDRESS_BUDGET.actions + Math.floor(account.cumVolume / USD)

export class AddressBudget {
  readonly #enforced: boolean
  /** When the last action beyond the budget was let through, by user. */
  readonly #trickled = new Map<string, EpochMs>()

  constructor(enforced: boolean) {
    this.#enforced = enforced
  }

  /** The venue's refusal, or null when the action may go on. */
  fault(account: Account, action: Action, now: EpochMs): string | null {
    if (!this.#enforced) return null
    const budget = actionsMax(account)
    const isCancel = action.type === 'cancel' || action.type === 'cancelByCloid'
    const max = isCancel ? Math.min(budget + ADDRESS_BUDGET.moreCancels, budget * 2) : budget
    const wanted = account.requests + actionCount(action)
    if (wanted <= max) return null
    if (now - (this.#trickled.get(account.address) ?? 0) >= ADDRESS_BUDGET.trickleMs) {
      this.#trickled.set(account.address, now)
      return null
    }
    const traded = (account.cumVolume / USD).toFixed(2)
    return `Too many cumulative requests sent (${wanted} > ${max}) for cumulative volume traded $${traded}. Place taker orders to free up 1 request per USDC traded.`
  }
}
