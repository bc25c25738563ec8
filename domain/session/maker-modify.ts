/** Replaces resting quotes of a maker by modifies, where the caps bear the old and the new order at once. */
// Not here: which quotes must give way (maker-quotes.ts), the gates that every order passes (submit.ts).
import type { Side } from '#domain/events.ts'
import { type FixedE8, mulE8, toNumber } from '#domain/fixed-point.ts'
import { parseCloid } from '#domain/ids.ts'
import { markE8, type SegmentContext } from '#domain/session/context.ts'
import { type CoinDesk, quotesOf } from '#domain/session/maker-coin.ts'
import type { MakerSegmentInput } from '#domain/session/segment-input.ts'
import { type Replacement, replaceOrders } from '#domain/session/submit.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import type { BudgetTier } from '#domain/strategies/maker/budget.ts'
import { roomSzE8 } from '#domain/strategies/maker/inventory.ts'
import { coinParams } from '#domain/strategies/maker/params.ts'
import type { MakerFacts, Quote } from '#domain/strategies/maker/quoting.ts'
import { isDoubted, type OrderLife } from '#domain/trading/order-lifecycle.ts'

/** After a modify that was not sent or not answered the coin's quotes are cancelled and placed anew for this long. */
const PLAIN_MS = 5_000

/** A resting quote that must give way. */
export interface WrongQuote {
  own: CoinDesk
  facts: MakerFacts
  order: OrderLife
  wanted: Quote | null
  /** True where it is taken back to limit risk: at once, by a cancel. */
  isRisk: boolean
}

export interface Swap extends Replacement {
  own: CoinDesk
}

const slotOfOrder = ({ intent }: OrderLife): number => parseCloid(intent.cloid)?.leg ?? -1

/**
 * The wrong quotes that a modify may replace. Until it arrives the old order may fill, so both must fit the caps; one whose fate is
 * in doubt, or whose slot is shared or rests, is only cancelled.
 */
export function swapsOf(
  context: SegmentContext<MakerSegmentInput>,
  wrong: readonly WrongQuote[],
  budget: BudgetTier,
  intentOf: (slot: number, coin: string, side: Side, quote: Quote) => OrderIntent,
): Swap[] {
  const { ports } = context
  if (ports.venue.modifyOrders === undefined || !budget.mayQuote) return []
  const now = ports.clock.monotonicMs()
  const added = new Map<string, { own: CoinDesk; side: Side; szE8: FixedE8 }[]>()
  return wrong.flatMap((quote): Swap[] => {
    const { own, order, wanted } = quote
    const slot = slotOfOrder(order)
    const rests = now < own.plainUntilMs || now < (own.resting.get(slot) ?? 0)
    if (quote.isRisk || wanted === null || rests || isDoubted(order)) return []
    if (quotesOf(context, own.coin).filter((other) => slotOfOrder(other) === slot).length > 1) return []
    const { side } = order.intent
    const before = added.get(own.coin) ?? []
    if (!fits(context, quote, wanted, added)) return []
    added.set(own.coin, [...before, { own, side, szE8: wanted.szE8 }])
    return [{ own, old: order, order: intentOf(slot, own.coin, side, wanted) }]
  })
}

/** Whether position, everything that rests on the side, and the new order together stay within the strategy's own caps. */
function fits(
  context: SegmentContext<MakerSegmentInput>,
  { own, facts, order }: WrongQuote,
  wanted: Quote,
  added: ReadonlyMap<string, readonly { side: Side; szE8: FixedE8 }[]>,
): boolean {
  const { params, limits } = context.input
  // A touch quote has no cap but the session's limit, which the risk gate asks for.
  if (params.strategy === 'touch' || wanted.reduceOnly) return true
  const { side } = order.intent
  const { desk } = context
  const sum = (orders: readonly { side: Side; szE8: FixedE8 }[]): FixedE8 =>
    orders.filter((each) => each.side === side).reduce((total, { szE8 }) => total + szE8, 0n)
  const resting = desk
    .exposure(own.coin, facts.markE8)
    .opening.map((each) => ({ side: each.side, szE8: each.remainingE8 }))
  const here = sum(resting) + sum(added.get(own.coin) ?? []) + wanted.szE8
  let otherGrossUsd = facts.portfolio.otherGrossUsd
  for (const [coin, swaps] of added) {
    const mark = coin === own.coin ? null : markE8(context, coin)
    if (mark !== null) for (const { szE8 } of swaps) otherGrossUsd += toNumber(mulE8(szE8, mark))
  }
  const now = {
    ...facts,
    positionE8: desk.positionE8(own.coin),
    portfolio: { ...facts.portfolio, otherGrossUsd },
  }
  return here <= roomSzE8(side, now, coinParams(params, own.coin), limits, wanted.pxE8)
}

export interface Swapped {
  /** New orders that were sent and not refused. */
  placed: readonly OrderLife[]
  /** Old ones that may still rest where nothing took their place: they are to be cancelled. */
  left: readonly OrderLife[]
}

/**
 * Sends the modifies in batches.
 * @param note takes in the fate of a new order that the venue has heard of, as of any new quote
 */
export async function swapQuotes(
  context: SegmentContext<MakerSegmentInput>,
  swaps: readonly Swap[],
  note: (own: CoinDesk, intent: OrderIntent, order: OrderLife, nowMs: number) => void,
): Promise<Swapped> {
  const { desk, input, ports } = context
  const { params } = input
  const together = params.strategy === 'touch' || params.batch_orders
  const open = swaps.filter(({ old }) => desk.orders.get(old.intent.cloid)?.phase === 'open')
  const placed: OrderLife[] = []
  for (const batch of together ? [open] : open.map((each) => [each])) {
    const now = ports.clock.monotonicMs()
    const orders = batch.length === 0 ? [] : await replaceOrders(context, batch)
    for (const [at, { own, old, order: intent }] of batch.entries()) {
      const order = orders[at] ?? null
      if (order === null) continue
      const wasHeard = order.expiresTs > 0
      if (!wasHeard || order.phase === 'unknown') own.plainUntilMs = now + PLAIN_MS
      if (order.end !== 'rejected') placed.push(order)
      // Refused because the old one is gone: that says nothing about the new one.
      const wasGone = desk.orders.get(old.intent.cloid)?.end === 'gone'
      if (wasHeard && !(order.end === 'rejected' && wasGone)) note(own, intent, order, now)
    }
  }
  const left = open.flatMap(({ old }) => {
    const now = desk.orders.get(old.intent.cloid)
    return now?.phase === 'open' && !isDoubted(now) ? [now] : []
  })
  return { placed, left }
}
