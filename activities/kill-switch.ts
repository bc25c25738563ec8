/** What engaging a kill does outside: kill store and hosts, signals to sessions, cancels at the exchange from another process, verification. */
// Not here: in which order (workflows/kill-switch/workflow.ts), how a session dies (domain/session).
import { isOwnCloid } from '#domain/ids.ts'
import { killReaches } from '#domain/session/kill-order.ts'
import type { OpenOrder, Venue } from '#domain/session/ports.ts'
import type { KillMode, KillOrder, KillScope } from '#domain/session/types.ts'
import type { Clock } from '#domain/time.ts'

/** How long a cancel lives at the venue. A kill's cancel may come late: it can only take away. */
const CANCEL_TTL_MS = 10_000
/** Each look weighs on the venue's budget: the first comes soon, the later ones at twice the wait of the one before. */
const LOOK_MS = { first: 250, max: 2_000 } as const

export interface KillPlaneDeps {
  engage(order: KillOrder): void
  clear(scope: KillScope): void
  /** Trading hosts that are registered now. */
  hosts(): string[]
  runningSessions(): Promise<{ session_id: string; account: string }[]>
  /** A session that has ended meanwhile is no error. */
  signalKill(sessionId: string, kill: { mode: KillMode; reason: string }): Promise<void>
}

/** For the orchestrator's queue: files and Temporal alone. */
export const createKillPlaneActivities = (deps: KillPlaneDeps) => ({
  /** Durable before it returns; every trading process reads the store before each order. */
  engageKill: async (order: KillOrder): Promise<{ hosts: string[] }> => {
    if (order.mode === 'off') deps.clear(order.scope)
    else deps.engage(order)
    return { hosts: deps.hosts() }
  },
  signalSessions: async ({ scope, mode, reason }: KillOrder): Promise<{ signalled: string[] }> => {
    const reached = (await deps.runningSessions()).filter((session) => killReaches(scope, session))
    await Promise.all(reached.map(({ session_id }) => deps.signalKill(session_id, { mode, reason })))
    return { signalled: reached.map(({ session_id }) => session_id) }
  },
})

/** What is left at the exchange against a kill, in words; [] when it is complete. */
type Residual = string[]

export interface KillVenueDeps {
  clock: Clock
  accounts: readonly string[]
  /** The account's venue with a key that no trading loop uses. */
  venue(account: string): Promise<Venue>
  /** Account of a session, or null when nobody knows it. */
  accountOf(sessionId: string): Promise<string | null>
  inspect(kill: KillOrder): Promise<Residual>
  /** Cancels and closes from outside any session until nothing is left or time is up. */
  enforce(kill: KillOrder, withinMs: number): Promise<{ residual: Residual; orders_canceled: number }>
  /** Row of the kill; `off` clears. Durable when it resolves. */
  writeKill(order: KillOrder): Promise<void>
}

export interface SessionOrders {
  session_id: string
  account: string
}

export interface FinishRequest {
  kill: KillOrder
  /** How long sessions may take to cancel and close by themselves. */
  grace_ms: number
  /** How long it is then done for them. */
  within_ms: number
}

export interface FinishResult {
  residual: Residual
  /** True when sessions did not finish in time and it was done from outside. */
  enforced: boolean
}

/** For the data queue: its own process and key, so that it works while the trading host hangs. */
export const createKillVenueActivities = (deps: KillVenueDeps) => ({
  /** Protective stops stay until the session has closed its position: a kill must not leave one bare. */
  cancelSessionOrders: async ({ session_id, account }: SessionOrders): Promise<{ canceled: number }> => {
    const venue = await deps.venue(account)
    const own = (await venue.openOrders()).filter(
      ({ cloid, trigger }) => !trigger && isOwnCloid(cloid, session_id),
    )
    return { canceled: await cancelAll(venue, own, deps.clock) }
  },
  cancelInScope: async ({ scope }: { scope: KillScope }): Promise<{ canceled: number }> => {
    const counts = await Promise.all(
      (await accountsOf(deps, scope)).map(async (account) => {
        const venue = await deps.venue(account)
        const open = (await venue.openOrders()).filter((order) => !order.trigger && inScope(order, scope))
        return cancelAll(venue, open, deps.clock)
      }),
    )
    return { canceled: counts.reduce((sum, count) => sum + count, 0) }
  },
  /** Looks until the sessions are done; what they leave is finished here. Verified at the exchange either way. */
  finishKill: async ({ kill, grace_ms, within_ms }: FinishRequest): Promise<FinishResult> => {
    const until = deps.clock.monotonicMs() + grace_ms
    for (let waitMs: number = LOOK_MS.first; ; waitMs = Math.min(2 * waitMs, LOOK_MS.max)) {
      const residual = await deps.inspect(kill)
      if (residual.length === 0) return { residual, enforced: false }
      const leftMs = until - deps.clock.monotonicMs()
      if (leftMs <= 0) break
      await deps.clock.sleep(Math.min(waitMs, leftMs))
    }
    const { residual } = await deps.enforce(kill, within_ms)
    return { residual, enforced: true }
  },
  recordKill: (order: KillOrder): Promise<void> => deps.writeKill(order),
})

async function accountsOf(deps: KillVenueDeps, scope: KillScope): Promise<string[]> {
  if (scope.kind === 'all') return [...deps.accounts]
  if (scope.kind === 'account') return [scope.account]
  const account = await deps.accountOf(scope.session_id)
  return account === null ? [...deps.accounts] : [account]
}

const inScope = (order: OpenOrder, scope: KillScope): boolean =>
  scope.kind !== 'session' || isOwnCloid(order.cloid, scope.session_id)

async function cancelAll(venue: Venue, orders: readonly OpenOrder[], clock: Clock): Promise<number> {
  if (orders.length > 0) await venue.cancelByOid(orders, { expiresAfter: clock.now() + CANCEL_TTL_MS })
  return orders.length
}

export type KillPlaneActivities = ReturnType<typeof createKillPlaneActivities>
export type KillVenueActivities = ReturnType<typeof createKillVenueActivities>
