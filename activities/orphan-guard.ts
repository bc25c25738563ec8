/** Compares what lies at the exchange with the sessions that run: what nobody answers for is a row, a log line and a count. */
// Not here: what to do about it (docs/runbooks), the watchdog's leases (workers/watchdog.ts).
import type { HealthRow } from '#clickhouse/tables/operations.ts'
import { hash32, parseCloid } from '#domain/ids.ts'
import type { OpenOrder, Venue } from '#domain/session/ports.ts'
import type { Clock } from '#domain/time.ts'

export interface RunningSession {
  session_id: string
  account: string
  coins: readonly string[]
}

export interface Orphan {
  account: string
  coin: string
  kind: 'order' | 'position'
  /** Client order id or signed size. */
  what: string
}

export interface OrphanReport {
  orphans: Orphan[]
  accounts: number
  sessions: number
}

export interface OrphanGuardDeps {
  clock: Pick<Clock, 'now'>
  accounts: readonly string[]
  venue(account: string): Promise<Pick<Venue, 'openOrders' | 'account'>>
  runningSessions(): Promise<RunningSession[]>
  writeHealth(rows: HealthRow[]): Promise<void>
  warn(facts: Record<string, unknown>, message: string): void
}

export const createOrphanGuardActivities = (deps: OrphanGuardDeps) => ({
  findOrphans: async (): Promise<OrphanReport> => {
    // Sessions after the venue: one that starts in between is known before its orders are judged.
    const seen = await Promise.all(deps.accounts.map((account) => lookAt(deps, account)))
    const sessions = await deps.runningSessions()
    const orphans = seen.flatMap((account) => orphansOf(account, sessions))
    for (const orphan of orphans) deps.warn({ ...orphan }, 'no running session answers for it')
    if (orphans.length > 0) {
      await deps.writeHealth(
        orphans.map((orphan) => ({
          service: 'orphan-guard',
          ts: deps.clock.now(),
          kind: `orphan_${orphan.kind}`,
          details: JSON.stringify(orphan),
        })),
      )
    }
    return { orphans, accounts: seen.length, sessions: sessions.length }
  },
})

interface SeenAccount {
  account: string
  orders: readonly OpenOrder[]
  positions: readonly { coin: string; sz: string }[]
}

async function lookAt(deps: OrphanGuardDeps, account: string): Promise<SeenAccount> {
  const venue = await deps.venue(account)
  const [orders, state] = await Promise.all([venue.openOrders(), venue.account()])
  return { account, orders, positions: state.positions }
}

/** An order belongs to the session whose tag it carries; a position to a session of the same account and coin. */
export function orphansOf(
  { account, orders, positions }: SeenAccount,
  sessions: readonly RunningSession[],
): Orphan[] {
  const tags = new Set(sessions.map(({ session_id }) => hash32(session_id)))
  const traded = new Set(
    sessions.filter((session) => session.account === account).flatMap(({ coins }) => coins),
  )
  const isOrphan = ({ cloid }: OpenOrder): boolean => !tags.has(parseCloid(cloid)?.tag ?? -1)
  return [
    ...orders.filter(isOrphan).map(({ coin, cloid, oid }) => ({
      account,
      coin,
      kind: 'order' as const,
      what: cloid || `oid ${oid}`,
    })),
    ...positions
      .filter(({ coin, sz }) => Number(sz) !== 0 && !traded.has(coin))
      .map(({ coin, sz }) => ({ account, coin, kind: 'position' as const, what: sz })),
  ]
}

export type OrphanGuardActivities = ReturnType<typeof createOrphanGuardActivities>
