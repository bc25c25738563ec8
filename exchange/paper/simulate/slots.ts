/** One order a slot: which slots are free, which quotes must give way, and when a pass would change nothing. */
// Not here: sending (order-way.ts). The same rules live: domain/session/maker-quotes.ts.
import { budgetTier } from '#domain/strategies/maker/budget.ts'
import type { CoinParams, MakerParams } from '#domain/strategies/maker/params.ts'
import { tickOf } from '#domain/strategies/maker/prices.ts'
import type { MakerFacts, MakerPlan, Quote } from '#domain/strategies/maker/quoting.ts'
import { type ReplaceWhy, replaceReason } from '#domain/strategies/maker/replace.ts'
import { mustReplace } from '#domain/strategies/touch-maker.ts'
import type { TouchParams } from '#domain/strategies/touch-params.ts'
import type { EpochMs } from '#domain/time.ts'
import type { CoinMarket } from '#exchange/paper/engine/book.ts'
import type { Wanted } from '#exchange/paper/simulate/order-way.ts'
import { remainingOf, type Seat, type Slot } from '#exchange/paper/simulate/seat.ts'

/** Nobody counts requests here. */
const UNCOUNTED = budgetTier(null)

/** One coin's pass. */
export interface Planned {
  seat: Seat
  facts: MakerFacts
  plan: MakerPlan
}

/** Slot of a quote: its level and side. */
const slotOf = (level: number, side: 'buy' | 'sell'): number => level * 2 + (side === 'buy' ? 0 : 1)

const wantedAt = (plan: MakerPlan, side: 'buy' | 'sell', slot: number): Quote | null =>
  (side === 'buy' ? plan.bids : plan.asks)[(slot - (side === 'buy' ? 0 : 1)) / 2] ?? null

/** Quotes for the slots that are free for certain. */
export function newQuotes(plans: readonly Planned[], ts: EpochMs): Wanted[] {
  const wanted: Wanted[] = []
  for (const { seat, plan } of plans) {
    addFree(wanted, seat, 'buy', plan.bids, ts)
    addFree(wanted, seat, 'sell', plan.asks, ts)
  }
  return wanted
}

function addFree(
  wanted: Wanted[],
  seat: Seat,
  side: 'buy' | 'sell',
  quotes: readonly Quote[],
  ts: EpochMs,
): void {
  for (let level = 0; level < quotes.length; level++) {
    const slot = slotOf(level, side)
    if (seat.slots.has(slot) || ts < (seat.resting.get(slot) ?? 0)) continue
    wanted.push({ seat, slot, side, quote: quotes[level] as Quote })
  }
}

/** Slots whose order has ended are free; an exit that has ended is done. */
export function forgetClosed(seat: Seat): void {
  for (const [slot, { order }] of seat.slots) if (order?.place === 'closed') seat.slots.delete(slot)
  if (seat.exit.order?.place === 'closed') seat.exit = { order: null, phase: 'done', reject: null }
}

/** Everything that `touch` decides on, as text: equal text, equal decision, so the pass need not be made. */
export function stillness(
  seat: Seat,
  market: CoinMarket,
  at: { szi: number; stale: boolean; ts: EpochMs },
): string {
  let text = `${market.bids[0]?.px} ${market.asks[0]?.px} ${at.szi} ${market.markPx} ${at.stale}`
  for (const [slot, { order }] of seat.slots) text += ` ${slot}:${order === null ? 'sent' : order.sz}`
  for (const [slot, until] of seat.resting) {
    if (at.ts < until) text += ` ${slot} rests`
    else seat.resting.delete(slot)
  }
  return text
}

/** A resting quote that must give way. */
export interface WrongSlot {
  seat: Seat
  facts: MakerFacts
  slot: number
  one: Slot
  wanted: Quote | null
  why: ReplaceWhy
}

/** The resting quotes that must give way; they are marked as leaving. */
export function wrongSlots(params: TouchParams | MakerParams, plans: readonly Planned[]): WrongSlot[] {
  const wrong: WrongSlot[] = []
  for (const { seat, facts, plan } of plans) {
    for (const [slot, one] of seat.slots) {
      if (one.order === null || one.leaving) continue
      const wanted = wantedAt(plan, one.side, slot)
      const why = whyGo(params, seat, facts, one, wanted)
      if (why === null) continue
      one.leaving = true
      wrong.push({ seat, facts, slot, one, wanted, why })
    }
  }
  return wrong
}

/** Why a resting quote must give way to what is wanted in its slot, by the rules of the live desk; null while it may stay. */
function whyGo(
  params: TouchParams | MakerParams,
  seat: Seat,
  facts: MakerFacts,
  one: Slot,
  wanted: Quote | null,
): ReplaceWhy | null {
  const { pxE8, reduceOnly } = one.quote
  const resting = { pxE8, remainingE8: remainingOf(seat, one), reduceOnly }
  if (params.strategy === 'touch') {
    if (!mustReplace(resting, wanted, one.side, params.replace_bps)) return null
    if (wanted === null) return 'UNWANTED'
    if (reduceOnly !== wanted.reduceOnly) return 'REDUCE_ONLY'
    return resting.remainingE8 > wanted.szE8 * 2n ? 'CAP' : 'PRICE'
  }
  if (wanted === null || facts.touch === null) return 'UNWANTED'
  const knobs = seat.knobs as CoinParams
  const { moveFactor, mayMove, mayTidy } = UNCOUNTED
  const terms = {
    ...{ moveFactor, mayMove, mayTidy },
    tick: tickOf(facts.touch, knobs, facts.sizeDecimals),
    touchE8: one.side === 'buy' ? facts.touch.bidE8 : facts.touch.askE8,
    facingE8: one.side === 'buy' ? facts.touch.askE8 : facts.touch.bidE8,
  }
  const ageMs = facts.ts - one.sentTs
  return replaceReason({ ...resting, side: one.side, ageMs }, wanted, terms, knobs)
}
