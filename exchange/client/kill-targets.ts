/** Whom a kill concerns at the exchange: scope → accounts, orders and positions, by the leases and accounts on file. */
// Not here: doing it (enforce-kill.ts).
import type { LeaseFile } from '#config/run-files.ts'
import { hash32, parseCloid } from '#domain/ids.ts'
import type { OpenOrder } from '#domain/session/ports.ts'
import type { KillMode, KillScope } from '#domain/session/types.ts'
import { DAY_MS, type EpochMs } from '#domain/time.ts'
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
  /** Time of the look, epoch ms. */
  now: EpochMs
}

/** How far back the fills of a session without a lease are looked through for the coins it traded. */
const TRADED_WITHIN_MS = 3 * DAY_MS

/** True for an order that this session placed, in whatever epoch or run. */
export const isOrderOf = (sessionId: string, order: { cloid: string }): boolean =>
  parseCloid(order.cloid)?.tag === hash32(sessionId)

/**
 * The shares of a kill, one an account. A kill of all or of an account means everything on it: an account belongs to Holdfast.
 * A session without a lease is looked for on every account, by the tag that its orders and fills carry.
 */
export async function killTargets(facts: KillFacts): Promise<KillTarget[]> {
  const { scope } = facts
  switch (scope.kind) {
    case 'all':
      return facts.accounts.map((account) => target(facts, account, { mine: () => true, coins: null }))
    case 'account':
      return [target(facts, scope.account, { mine: () => true, coins: null })]
    case 'session': {
      const lease = facts.leases.find((each) => each.session_id === scope.session_id)
      const mine = (order: OpenOrder): boolean => isOrderOf(scope.session_id, order)
      if (lease) return [target(facts, lease.account, { mine, coins: lease.coins })]
      return Promise.all(
        facts.accounts.map(async (account) =>
          target(facts, account, { mine, coins: await tradedCoins(facts, account, scope.session_id) }),
        ),
      )
    }
  }
}

/** Coins that the session's own fills touched lately and that no other session holds a lease on now. */
async function tradedCoins(facts: KillFacts, account: string, sessionId: string): Promise<string[]> {
  const { exchange, leases, now } = facts
  const fills = await exchange.venue(account).fillsSince(now - TRADED_WITHIN_MS)
  const traded = new Set(fills.filter((fill) => isOrderOf(sessionId, fill)).map(({ coin }) => coin))
  return [...traded].filter(
    (coin) => !leases.some((lease) => lease.account === account && lease.coins.includes(coin)),
  )
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
