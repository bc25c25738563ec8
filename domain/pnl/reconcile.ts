/** Does the ledger explain the change of net asset value? One row a day, the unexplained rest as a number with its bound. */
// Not here: the ledger (fold.ts), where snapshots and money movements come from (clickhouse/pnl/nav-store.ts).
import { absE8, type FixedE8, maxE8, ONE_E8 } from '#domain/fixed-point.ts'
import { DAY_MS, type EpochMs } from '#domain/time.ts'

/** The last snapshot of a UTC day. Amounts × 1e8. */
export interface NavSnapshot {
  ts: EpochMs
  nav: FixedE8
  /** Of all positions at that instant, by the venue's marks; a coin that is absent is flat. Null when it is not known. */
  unrealised: FixedE8 | null
}

/** What the ledger says of a time. */
export interface LedgerSums {
  /** Gross of fees. */
  realised: FixedE8
  /** Paid; rebates taken off. */
  fees: FixedE8
  /** Received; negative when paid. */
  funding: FixedE8
}

export interface ReconcileInput {
  snapshots: readonly NavSnapshot[]
  /** Whole UTC days, by the day's first millisecond. */
  days: ReadonlyMap<EpochMs, LedgerSums>
  /** The part of a day after its last snapshot: it belongs to the next one. */
  tails: ReadonlyMap<EpochMs, LedgerSums>
  /** Money that came (+) or left (−) the account. */
  flows: readonly { ts: EpochMs; usd: FixedE8 }[]
}

/** One day. Null is unknown, never 0. */
export interface NavDay extends LedgerSums {
  day: EpochMs
  snapshotTs: EpochMs
  nav: FixedE8 | null
  flow: FixedE8
  unrealised: FixedE8 | null
  change: FixedE8 | null
  explained: FixedE8 | null
  unexplained: FixedE8 | null
  bound: FixedE8
  alert: boolean
  dailyReturn: number | null
}

const NOTHING: LedgerSums = { realised: 0n, fees: 0n, funding: 0n }
const plus = (a: LedgerSums, b: LedgerSums): LedgerSums => ({
  realised: a.realised + b.realised,
  fees: a.fees + b.fees,
  funding: a.funding + b.funding,
})
const minus = (a: LedgerSums, b: LedgerSums): LedgerSums => ({
  realised: a.realised - b.realised,
  fees: a.fees - b.fees,
  funding: a.funding - b.funding,
})

/** The unexplained rest that is still quiet: max(1 USD, 0.1 % of net asset value). */
export const quietBound = (nav: FixedE8): FixedE8 => maxE8(ONE_E8, absE8(nav) / 1000n)

const dayOf = (ts: EpochMs): EpochMs => Math.floor(ts / DAY_MS) * DAY_MS

/**
 * ΔNAV = realised − fees + funding + Δunrealised + flow, from one snapshot to the next.
 * A day without a snapshot is unknown; the next one that has one answers for the whole gap, but has no daily return.
 * Days of the ledger before the first snapshot are shown with what the ledger knows.
 */
export function reconcile(input: ReconcileInput): NavDay[] {
  const snapshots = new Map<EpochMs, NavSnapshot>()
  for (const snapshot of [...input.snapshots].sort((a, b) => a.ts - b.ts))
    snapshots.set(dayOf(snapshot.ts), snapshot)
  const known = [...snapshots.keys(), ...input.days.keys()]
  if (known.length === 0) return []
  const [first, last] = [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))]
  const flows = [...input.flows].sort((a, b) => a.ts - b.ts)
  const rows: NavDay[] = []
  let open: LedgerSums = NOTHING
  let before: NavSnapshot | null = null
  let flowAt = 0
  for (let day = first; day <= last; day += DAY_MS) {
    const snapshot = snapshots.get(day) ?? null
    const tail = snapshot ? (input.tails.get(day) ?? NOTHING) : NOTHING
    const sums = minus(plus(open, input.days.get(day) ?? NOTHING), tail)
    const until = snapshot?.ts ?? day + DAY_MS - 1
    let flow = 0n
    // Without a snapshot the day's flows wait, as its ledger does, for the next one that has one.
    if (snapshot)
      while (flowAt < flows.length && (flows[flowAt]?.ts ?? 0) <= until) flow += flows[flowAt++]?.usd ?? 0n
    rows.push(navDay(day, snapshot, before, sums, flow))
    open = snapshot ? tail : sums
    before = snapshot ?? before
  }
  return rows
}

function navDay(
  day: EpochMs,
  snapshot: NavSnapshot | null,
  before: NavSnapshot | null,
  sums: LedgerSums,
  flow: FixedE8,
): NavDay {
  const nav = snapshot?.nav ?? null
  const change = snapshot && before ? snapshot.nav - before.nav : null
  const opened = snapshot?.unrealised ?? null
  const closed = before?.unrealised ?? null
  const explained =
    change === null || opened === null || closed === null
      ? null
      : sums.realised - sums.fees + sums.funding + opened - closed + flow
  const unexplained = change === null || explained === null ? null : change - explained
  const bound = quietBound(nav ?? 0n)
  const adjacent = snapshot && before && dayOf(snapshot.ts) - dayOf(before.ts) === DAY_MS
  return {
    ...{ day, snapshotTs: snapshot?.ts ?? 0, nav, flow, ...sums, unrealised: opened },
    ...{ change, explained, unexplained, bound, alert: unexplained !== null && absE8(unexplained) > bound },
    dailyReturn:
      adjacent && change !== null && before.nav > 0n ? Number(change - flow) / Number(before.nav) : null,
  }
}
