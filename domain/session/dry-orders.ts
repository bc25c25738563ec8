/** Orders of a dry_live session as the venue would tell of them: fills, order events, open orders. Pure. */
// Not here: what fills them (dry-book.ts).
import { type FillEvent, type OrderEvent, type OrderStatusKind, sideSign } from '#domain/events.ts'
import { absE8, type FixedE8, formatFixed, minE8, mulE8, parseFixed, signE8 } from '#domain/fixed-point.ts'
import type { OpenOrder } from '#domain/session/ports.ts'
import type { OrderIntent, PositionState } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'

/** Fees of the venue's base tier, of the notional. The account's own tier is not asked. */
export const DRY_FEES = { takerPpm: 450n, makerPpm: 150n } as const

export interface DryOrder {
  oid: number
  intent: OrderIntent
  remainingE8: FixedE8
  status: OrderStatusKind
  ts: EpochMs
}

interface Stamp {
  account: string
  ts: EpochMs
}

/** One fill of the order, on top of the position before it. */
export function fillEvent(
  order: DryOrder,
  was: PositionState,
  filled: { pxE8: FixedE8; szE8: FixedE8; crossed: boolean },
  { account, ts, tid }: Stamp & { tid: number },
): FillEvent {
  const { intent } = order
  const { pxE8, szE8, crossed } = filled
  const held = parseFixed(was.sz)
  const closes = held !== 0n && signE8(held) !== sideSign(intent.side) ? minE8(absE8(held), szE8) : 0n
  const feePpm = crossed ? DRY_FEES.takerPpm : DRY_FEES.makerPpm
  return {
    kind: 'fill',
    account,
    coin: intent.coin,
    ts,
    tid,
    oid: order.oid,
    cloid: intent.cloid,
    side: intent.side,
    px: formatFixed(pxE8),
    sz: formatFixed(szE8),
    startPosition: was.sz,
    direction: 'dry',
    closedPnl: formatFixed(mulE8(closes, pxE8 - parseFixed(was.entryPx)) * BigInt(signE8(held))),
    fee: formatFixed((mulE8(szE8, pxE8) * feePpm) / 1_000_000n),
    crossed,
    hash: '',
    snapshot: false,
    receivedTs: ts,
  }
}

export function orderEvent(
  { intent, oid, remainingE8, status }: DryOrder,
  { account, ts }: Stamp,
): OrderEvent {
  return {
    kind: 'order',
    account,
    coin: intent.coin,
    oid,
    cloid: intent.cloid,
    side: intent.side,
    limitPx: intent.px,
    sz: formatFixed(remainingE8),
    originalSz: intent.sz,
    status,
    word: status,
    ts,
    receivedTs: ts,
  }
}

export const openOrder = ({ oid, intent, remainingE8, ts }: DryOrder): OpenOrder => ({
  coin: intent.coin,
  oid,
  cloid: intent.cloid,
  side: intent.side,
  px: intent.trigger?.px ?? intent.px,
  sz: formatFixed(remainingE8),
  reduceOnly: intent.reduce_only,
  trigger: intent.trigger !== undefined,
  ts,
})
