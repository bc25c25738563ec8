/** Healing of own accounts: fills, orders, funding and money movements of a gap, from the venue's histories. */
// Not here: which gaps, and closing them (backfill.ts); the market (heal-market.ts).
import type { Healed, UnhealedGap } from '#activities/backfill.ts'
import type { AccountEvent } from '#domain/events.ts'
import type { Clock, EpochMs } from '#domain/time.ts'

type EventKind = AccountEvent['kind']

export interface HealDeps {
  clock: Pick<Clock, 'now'>
  /** Events of one kind at or after `fromTs`, oldest first, all that the venue tells. Null for an account that is not followed any more. */
  accountHistory(kind: EventKind, account: string, fromTs: EpochMs): Promise<readonly AccountEvent[] | null>
  /** Keys (`accountKey`) of the stored rows of [from, until]. */
  storedAccountKeys(kind: EventKind, account: string, fromTs: EpochMs, untilTs: EpochMs): Promise<Set<string>>
  /** Settles when the rows are on disk. */
  writeAccountEvents(events: readonly AccountEvent[]): Promise<void>
}

const KIND_OF: Readonly<Record<string, EventKind>> = {
  userFills: 'fill',
  orderUpdates: 'order',
  userFundings: 'funding_payment',
  userNonFundingLedgerUpdates: 'ledger',
}

export const LIMITS = {
  /** A gap's bounds are times of this machine, events carry those of the venue: clocks may differ by this much. */
  clockSlackMs: 10_000,
  /** The venue tells so many orders at most; an answer of that size may not reach back far enough. */
  ordersMax: 2_000,
} as const

/** What makes two events of one account the same fact, as the named queries of STORED_ACCOUNT_KEYS write it. */
export function accountKey(event: AccountEvent): string {
  switch (event.kind) {
    case 'fill':
      return `${event.ts} ${event.coin} ${event.tid}`
    case 'order':
      return `${event.ts} ${event.oid} ${event.word}`
    case 'funding_payment':
      return `${event.ts} ${event.coin}`
    case 'ledger':
      return `${event.ts} ${event.hash} ${event.word}`
  }
}

export async function healAccountGap(deps: HealDeps, gap: UnhealedGap): Promise<Healed> {
  const kind = KIND_OF[gap.channel] as EventKind
  const fromTs = Math.max(0, gap.opened - LIMITS.clockSlackMs)
  const untilTs = (gap.closed === 0 ? deps.clock.now() : gap.closed) + LIMITS.clockSlackMs
  const told = await deps.accountHistory(kind, gap.coin, fromTs)
  if (told === null) return { rows: 0, remains: 'the account is not followed any more' }
  const stored = await deps.storedAccountKeys(kind, gap.coin, fromTs, untilTs)
  const inside = told.filter(({ ts }) => ts >= fromTs && ts <= untilTs)
  const fresh = inside.filter((event) => !stored.has(accountKey(event)))
  if (fresh.length > 0) await deps.writeAccountEvents(fresh)
  const oldest = told[0]
  const isCut =
    kind === 'order' && told.length >= LIMITS.ordersMax && oldest !== undefined && oldest.ts > gap.opened
  return {
    rows: fresh.length,
    remains: isCut ? `orders that ended before ${new Date(oldest.ts).toISOString()}` : '',
  }
}
