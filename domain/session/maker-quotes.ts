/** Keeps the quotes of all coins where the plans want them: one order a slot, replaced in one action or cancelled first, and no guess about unknown ones. */
// Not here: where quotes belong (domain/strategies/maker), the way to the venue (submit.ts).
import type { Side } from '#domain/events.ts'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { parseCloid } from '#domain/ids.ts'
import type { SegmentContext } from '#domain/session/context.ts'
import { type CoinDesk, isOwnFault, quotesOf } from '#domain/session/maker-coin.ts'
import { swapQuotes, swapsOf, type WrongQuote } from '#domain/session/maker-modify.ts'
import { fittingQuotes } from '#domain/session/maker-room.ts'
import type { MakerSegmentInput } from '#domain/session/segment-input.ts'
import { cancelOrders, submitOrders } from '#domain/session/submit.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import type { BudgetTier } from '#domain/strategies/maker/budget.ts'
import { stepRejects } from '#domain/strategies/maker/exits/rejects.ts'
import { type CoinParams, coinParams } from '#domain/strategies/maker/params.ts'
import { tickOf } from '#domain/strategies/maker/prices.ts'
import type { MakerFacts, MakerPlan, Quote } from '#domain/strategies/maker/quoting.ts'
import { isCrossed, type ReplaceWhy, replaceReason } from '#domain/strategies/maker/replace.ts'
import { mustReplace } from '#domain/strategies/touch-maker.ts'
import { type OrderLife, remainingE8 } from '#domain/trading/order-lifecycle.ts'

/** A slot that a gate refused is left alone for this long. */
const REFUSED_MS = 1_000
const PLACED_MAX = 200

/** Why a quote is taken back by a cancel, whatever may take its place; the others are a matter of where it lies. */
const LIMITS_RISK: ReadonlySet<ReplaceWhy> = new Set(['UNWANTED', 'REDUCE_ONLY', 'CAP'])

export interface CoinPlan {
  own: CoinDesk
  facts: MakerFacts
  plan: MakerPlan
}

/** Slot of a quote: its level and side, as the last part of its order id. */
const slotOf = (level: number, side: Side): number => level * 2 + (side === 'buy' ? 0 : 1)
const slotOfOrder = ({ intent }: OrderLife): number => parseCloid(intent.cloid)?.leg ?? -1

export interface Moved {
  /** Quotes that had to go, those that were replaced by a modify included. */
  cancelled: number
  placed: readonly OrderLife[]
  /** How many of `placed` took the place of a quote in one action. */
  modified: number
}

export const NOTHING_MOVED: Moved = { cancelled: 0, placed: [], modified: 0 }

/** Cancels what limits risk too little, replaces what else lies wrong, then fills the slots that are free for certain. */
export async function moveQuotes(
  context: SegmentContext<MakerSegmentInput>,
  plans: readonly CoinPlan[],
  budget: BudgetTier,
): Promise<Moved> {
  const { desk } = context
  const wrong = plans.flatMap((plan) => wrongQuotes(context, plan, budget))
  const swaps = swapsOf(context, wrong, budget, (slot, coin, side, quote) =>
    intentOf(desk.nextCloid(slot), coin, side, quote),
  )
  const swapping = new Set(swaps.map(({ old }) => old))
  const only = wrong.filter(({ order }) => !swapping.has(order))
  await cancelOrders(
    context,
    only.map(({ order }) => order),
  )
  // One of them was gone: it may have been filled, and the position has to be known before the next quote.
  const isKnown = (): boolean => desk.fills.missing === 'none' && desk.inherited.length === 0
  const swapped = isKnown()
    ? await swapQuotes(context, swaps, (...fate) => noteOrder(context, ...fate))
    : { placed: [], left: [...swapping] }
  await cancelOrders(context, swapped.left)
  const wanted = isKnown() && budget.mayQuote ? plans.flatMap((plan) => newQuotes(context, plan)) : []
  const intents = fittingQuotes(context, wanted)
  const placed = [...swapped.placed, ...(await place(context, plans, intents))]
  return { cancelled: wrong.length, placed, modified: swapped.placed.length }
}

function wrongQuotes(
  context: SegmentContext<MakerSegmentInput>,
  { own, facts, plan }: CoinPlan,
  budget: BudgetTier,
): WrongQuote[] {
  const live = quotesOf(context, own.coin)
  return live
    .filter(({ phase }) => phase === 'open')
    .flatMap((order): WrongQuote[] => {
      const { side } = order.intent
      const slot = slotOfOrder(order)
      const wanted = wantedAt(plan, side, slot)
      // A later order has come to rest in its slot.
      const isOusted =
        live.findLast((other) => other.phase === 'open' && slotOfOrder(other) === slot) !== order
      const why = isOusted ? 'UNWANTED' : whyWrong(context, { own, facts, order, wanted }, budget)
      if (why === null) return []
      return [{ own, facts, order, wanted, isRisk: LIMITS_RISK.has(why) }]
    })
}

function whyWrong(
  context: SegmentContext<MakerSegmentInput>,
  { own, facts, order, wanted }: Omit<WrongQuote, 'isRisk'>,
  budget: BudgetTier,
): ReplaceWhy | null {
  const { params } = context.input
  const { side, px, reduce_only } = order.intent
  const resting = { pxE8: parseFixed(px), remainingE8: remainingE8(order), reduceOnly: reduce_only }
  if (params.strategy === 'touch') {
    if (!mustReplace(resting, wanted, side, params.replace_bps)) return null
    if (wanted === null) return 'UNWANTED'
    if (resting.reduceOnly !== wanted.reduceOnly) return 'REDUCE_ONLY'
    if (resting.remainingE8 > wanted.szE8 * 2n) return 'CAP'
    const facingE8 = side === 'buy' ? facts.touch?.askE8 : facts.touch?.bidE8
    return isCrossed({ ...resting, side }, facingE8) ? 'CROSSED' : budget.mayMove ? 'PRICE' : null
  }
  if (wanted === null || facts.touch === null) return 'UNWANTED'
  const knobs = coinParams(params, own.coin)
  const terms = {
    tick: tickOf(facts.touch, knobs, facts.sizeDecimals),
    touchE8: side === 'buy' ? facts.touch.bidE8 : facts.touch.askE8,
    moveFactor: budget.moveFactor,
    facingE8: side === 'buy' ? facts.touch.askE8 : facts.touch.bidE8,
    mayMove: budget.mayMove,
    mayTidy: budget.mayTidy,
  }
  const now = context.ports.clock.monotonicMs()
  const ageMs = now - (own.placed.get(order.intent.cloid) ?? Number.NEGATIVE_INFINITY)
  return replaceReason({ ...resting, side, ageMs }, wanted, terms, knobs)
}

function wantedAt(plan: MakerPlan, side: Side, slot: number): Quote | null {
  const quotes = side === 'buy' ? plan.bids : plan.asks
  return quotes.find((_, level) => slotOf(level, side) === slot) ?? null
}

function newQuotes(context: SegmentContext, { own, plan }: CoinPlan): OrderIntent[] {
  const { desk, ports } = context
  const now = ports.clock.monotonicMs()
  // Open, on its way, unknown, or its cancel unanswered: the slot is taken until the venue has said otherwise.
  const taken = new Set(quotesOf(context, own.coin).map(slotOfOrder))
  const isFree = (slot: number): boolean => !taken.has(slot) && now >= (own.resting.get(slot) ?? 0)
  return (['buy', 'sell'] as const).flatMap((side) =>
    (side === 'buy' ? plan.bids : plan.asks).flatMap((quote, level) => {
      const slot = slotOf(level, side)
      return isFree(slot) ? [intentOf(desk.nextCloid(slot), own.coin, side, quote)] : []
    }),
  )
}

const intentOf = (cloid: string, coin: string, side: Side, quote: Quote): OrderIntent => ({
  cloid,
  coin,
  side,
  px: formatFixed(quote.pxE8),
  sz: formatFixed(quote.szE8),
  tif: 'alo',
  reduce_only: quote.reduceOnly,
  purpose: 'quote',
})

async function place(
  context: SegmentContext<MakerSegmentInput>,
  plans: readonly CoinPlan[],
  intents: readonly OrderIntent[],
): Promise<OrderLife[]> {
  if (intents.length === 0) return []
  const { params } = context.input
  const batches =
    params.strategy === 'touch' || params.batch_orders ? [intents] : intents.map((each) => [each])
  const sent: OrderLife[] = []
  for (const batch of batches) {
    const now = context.ports.clock.monotonicMs()
    const orders = await submitOrders(context, batch)
    for (const [at, intent] of batch.entries()) {
      const own = plans.find((plan) => plan.own.coin === intent.coin)?.own
      const order = orders[at] ?? null
      if (own) noteOrder(context, own, intent, order, now)
      if (order && order.end !== 'rejected') sent.push(order)
    }
  }
  return sent
}

function noteOrder(
  context: SegmentContext,
  own: CoinDesk,
  intent: OrderIntent,
  order: OrderLife | null,
  nowMs: number,
): void {
  own.placed.set(intent.cloid, nowMs)
  if (own.placed.size > PLACED_MAX) own.placed.delete(own.placed.keys().next().value ?? '')
  if (order !== null && order.end !== 'rejected') return
  own.resting.set(parseCloid(intent.cloid)?.leg ?? -1, nowMs + REFUSED_MS)
  if (order !== null && isOwnFault(order.message)) {
    own.rejects = stepRejects(own.rejects, context.ports.clock.now(), 1)
  }
}

/** The override of `touch` has no ticks; every other strategy reads its knobs by coin. */
export const knobsOf = (input: MakerSegmentInput, coin: string): CoinParams | null =>
  input.params.strategy === 'touch' ? null : coinParams(input.params, coin)
