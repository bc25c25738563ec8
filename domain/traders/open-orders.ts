/** Open orders of a trader between two looks: what is new, what changed, and what is gone and has to be asked about. */
// Not here: looking (streamers/traders-orders.ts).
import type { Side } from '#domain/events.ts'
import { absE8, type Decimal, type FixedE8, parseFixed } from '#domain/fixed-point.ts'
import type { EpochMs } from '#domain/time.ts'

export interface TraderOrder {
  oid: number
  coin: string
  side: Side
  px: Decimal
  /** Still open, coins. */
  sz: Decimal
  /** Coins at first sight. */
  originalSz: Decimal
  reduceOnly: boolean
  openedTs: EpochMs
}

export interface OrderDiff {
  fresh: readonly TraderOrder[]
  changed: readonly TraderOrder[]
  /** Ended somehow: filled, canceled or rejected; only the venue knows. */
  missing: readonly TraderOrder[]
  /** As known from now on: the first sight of each stays. */
  open: ReadonlyMap<number, TraderOrder>
}

/** Prices and sizes that differ by less are the same. */
const SAME_E8: FixedE8 = 100n

const differs = (a: Decimal, b: Decimal): boolean => absE8(parseFixed(a) - parseFixed(b)) > SAME_E8

const isChanged = (was: TraderOrder, now: TraderOrder): boolean =>
  was.coin !== now.coin || was.side !== now.side || differs(was.px, now.px) || differs(was.sz, now.sz)

export function diffOrders(
  known: ReadonlyMap<number, TraderOrder>,
  listed: readonly TraderOrder[],
): OrderDiff {
  const open = new Map<number, TraderOrder>()
  const fresh: TraderOrder[] = []
  const changed: TraderOrder[] = []
  for (const order of listed) {
    const was = known.get(order.oid)
    const now = was ? { ...order, originalSz: was.originalSz, openedTs: was.openedTs } : order
    open.set(order.oid, now)
    if (!was) fresh.push(now)
    else if (isChanged(was, now)) changed.push(now)
  }
  const missing = [...known.values()].filter(({ oid }) => !open.has(oid))
  return { fresh, changed, missing, open }
}
