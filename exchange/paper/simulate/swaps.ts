/** Which quotes a simulated maker replaces by a modify instead of a cancel and an order: the rules of the live desk. */
// Not here: sending (order-way.ts). The same rules live: domain/session/maker-modify.ts.
import type { FixedE8 } from '#domain/fixed-point.ts'
import type { SessionLimits } from '#domain/session/input.ts'
import { roomSzE8 } from '#domain/strategies/maker/inventory.ts'
import type { Quote } from '#domain/strategies/maker/quoting.ts'
import type { EpochMs } from '#domain/time.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import type { Wanted } from '#exchange/paper/simulate/order-way.ts'
import { remainingOf } from '#exchange/paper/simulate/seat.ts'
import type { WrongSlot } from '#exchange/paper/simulate/slots.ts'

/** `touch` has no cap but the session's limit. */
const NO_CAP = { max_per_coin_notional: Number.MAX_SAFE_INTEGER }

/** Those of the wrong ones that a modify may replace: nothing that limits risk, and only where the caps bear old and new at once. */
export function swapsOf(
  wrong: readonly WrongSlot[],
  account: Account,
  limits: SessionLimits,
  ts: EpochMs,
): (WrongSlot & Wanted)[] {
  const swaps: (WrongSlot & Wanted)[] = []
  for (const each of wrong) {
    const { seat, slot, one, wanted, why } = each
    const limitsRisk = why === 'UNWANTED' || why === 'REDUCE_ONLY' || why === 'CAP'
    if (limitsRisk || wanted === null || ts < (seat.resting.get(slot) ?? 0)) continue
    if (fits(each, wanted, account, limits, swaps)) swaps.push({ ...each, side: one.side, quote: wanted })
  }
  return swaps
}

function fits(
  { seat, facts, one }: WrongSlot,
  wanted: Quote,
  account: Account,
  limits: SessionLimits,
  before: readonly Wanted[],
): boolean {
  if (wanted.reduceOnly) return true
  const { side } = one
  let sum: FixedE8 = wanted.szE8
  for (const other of seat.slots.values()) {
    if (other.side === side && !other.quote.reduceOnly) sum += remainingOf(seat, other)
  }
  let otherGrossUsd = facts.portfolio.otherGrossUsd
  for (const swap of before) {
    if (swap.seat === seat && swap.side === side) sum += swap.quote.szE8
    if (swap.seat !== seat) otherGrossUsd += (Number(swap.quote.szE8) * Number(swap.quote.pxE8)) / 1e16
  }
  const szi = account.coins[seat.spec.asset]?.szi ?? 0
  const positionE8 = BigInt(szi) * seat.scale.sz
  const now = { ...facts, positionE8, portfolio: { ...facts.portfolio, otherGrossUsd } }
  return sum <= roomSzE8(side, now, seat.knobs ?? NO_CAP, limits, wanted.pxE8)
}
