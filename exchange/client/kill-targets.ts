/** Whom a kill concerns at the exchange: scope → accounts, orders and positions, by the leases and accounts on file. */
// Not here: doing it (enforce-kill.ts).
import type { LeaseFile } from '#config/run-files.ts'
import { hash32, parseCloid } from '#domain/ids.ts'
import type { OpenOrder } from '#domain/session/ports.ts'
import type { KillMode, KillScope } from '#domain/session/types.ts'
import type { Exchange } from '#exchange/client/connect.ts'
import type { KillTarget } from '#exchange/client/enforce-kill.ts'

/** Leg numbers of closing orders: far above those of strategies, and different for each enforcer. */
export const ENFORCER_LEG = { operator: 0xf000, watchdog: 0xf400, trading: 0xf800 } as const

export interface KillFacts {
  scope: KillScope
  mode: KillMode
  /** Every account that a kill of scope `all` means. */
  accounts: readonly string[]
  /** Sessions that run or ran: their account, coins and run. */
  leases: readonly LeaseFile[]
  exchange: Pick<Exchange, 'venue' | 'meta' | 'role'>
}

/** True for an order that this session placed, in whatever epoch or run. */
export const isOrderOf = (sessionId: string, order: Pick<OpenOrder, 'cloid'>): boolean =>
  parseCloid(order.cloid)?.tag === hash32(sessionId)

/**
 * The shares of a kill, one an account. A kill of all or of an account means everything on it: an account belongs to Holdfast.
 * A session without a lease is looked for on every account by the tag of its orders; its position is then not known to be its.
 */
export function killTargets(facts: KillFacts): KillTarget[] {
  const { scope } = facts
  switch (scope.kind) {
    case 'all':
      return facts.accounts.map((account) => target(facts, account, { mine: () => true, coins: null }))
    case 'account':
      return [target(facts, scope.account, { mine: () => true, coins: null })]
    case 'session': {
      const lease = facts.leases.find((each) => each.session_id === scope.session_id)
      const accounts = lease ? [lease.account] : facts.accounts
      const mine = (order: OpenOrder): boolean => isOrderOf(scope.session_id, order)
      return accounts.map((account) => target(facts, account, { mine, coins: lease?.coins ?? [] }))
    }
  }
}

function target(facts: KillFacts, account: string, what: Pick<KillTarget, 'mine' | 'coins'>): KillTarget {
  const { exchange, leases, mode } = facts
  return {
    account,
    mode,
    ...what,
    venue: exchange.venue(account),
    sizeDecimals: (coin) => exchange.meta.get(coin)?.sizeDecimals ?? 0,
    identity(coin) {
      const lease = leases.find((each) => each.account === account && each.coins.includes(coin))
      return lease
        ? { tag: hash32(lease.session_id), run: lease.run }
        : { tag: hash32(`kill/${account}`), run: 0 }
    },
    leg: ENFORCER_LEG[exchange.role],
  }
}
