/** The maker engine of a segment: one quote a side, kept where the strategy wants it, with one order per slot and no guess about unknown ones. */
// Not here: where quotes belong (domain/strategies/touch-maker.ts).
import type { Side } from '#domain/events.ts'
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { midE8, touchOf } from '#domain/market/order-book.ts'
import { decide, markE8, type SegmentContext } from '#domain/session/context.ts'
import type { Engine } from '#domain/session/segment.ts'
import type { MakerSegmentInput } from '#domain/session/segment-input.ts'
import { cancelOrders, submitOrders } from '#domain/session/submit.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import { mustReplace, planQuotes, type Quote, type QuotePlan } from '#domain/strategies/touch-maker.ts'
import { type OrderLife, remainingE8 } from '#domain/trading/order-lifecycle.ts'

/** A decision is journaled when it says something new, and at least this often. */
const DECISION_EVERY_MS = 10_000
const QUOTES_EVERY_MS = 1_000
const LEG: Readonly<Record<Side, number>> = { buy: 0, sell: 1 }

export function createMakerEngine(context: SegmentContext, input: MakerSegmentInput): Engine {
  const { clock } = context.ports
  const [coin = ''] = input.coins
  const log = { key: '', decidedMs: Number.NEGATIVE_INFINITY, quotedMs: Number.NEGATIVE_INFINITY }
  let turnedMs = Number.NEGATIVE_INFINITY
  return {
    async turn() {
      turnedMs = clock.monotonicMs()
      const plan = makePlan(context, input, coin)
      const changed = await moveQuotes(context, input, coin, plan)
      journalTurn(context, coin, plan, changed, log)
      return null
    },
    protect: async () => false, // it holds no stops: its protection is the position limit
    waitMs: () => input.params.cycle_ms,
    pauseMs: () => Math.max(turnedMs + input.params.cycle_ms - clock.monotonicMs(), 0),
  }
}

function makePlan(context: SegmentContext, input: MakerSegmentInput, coin: string): QuotePlan {
  const { desk, ports, stop } = context
  const { market, events } = ports
  const facts = {
    touch: touchOf(market.bbo(coin)),
    ageMs: market.ageMs(coin),
    markE8: markE8(context, coin),
    positionE8: desk.positionE8(coin),
    sizeDecimals: market.sizeDecimals(coin),
    // Missing fills make the position a guess, as a silent stream does.
    accountStreamUp: events.accountStreamUp() && desk.fills.missing === 'none',
    closeOnly: stop.closeOnly(),
  }
  return planQuotes(facts, input.params, input.limits)
}

/** Cancels what lies wrong and fills the slots that are free for certain. @returns whether anything was sent */
async function moveQuotes(
  context: SegmentContext,
  input: MakerSegmentInput,
  coin: string,
  plan: QuotePlan,
): Promise<boolean> {
  const { desk } = context
  const quotes = desk.live().filter(({ intent }) => intent.coin === coin && !intent.trigger)
  const wanted = (side: Side): Quote | null => (side === 'buy' ? plan.bid : plan.ask)
  const wrong = quotes.filter((order) => order.phase === 'open' && liesWrong(order, wanted, input))
  await cancelOrders(context, wrong)
  // One of them was gone: it may have been filled, and the position has to be known before the next quote.
  if (desk.fills.missing !== 'none') return wrong.length > 0
  const intents = (['buy', 'sell'] as const).flatMap((side) => {
    const quote = wanted(side)
    // Open, on its way, unknown, or its cancel unanswered: the slot is taken until the venue has said otherwise.
    const taken = desk.live().some(({ intent }) => intent.coin === coin && intent.side === side)
    return quote && !taken && desk.inherited.length === 0 ? [intentOf(context, coin, side, quote)] : []
  })
  if (intents.length > 0) await submitOrders(context, intents)
  return wrong.length > 0 || intents.length > 0
}

function liesWrong(
  order: OrderLife,
  wanted: (side: Side) => Quote | null,
  input: MakerSegmentInput,
): boolean {
  const { side, px, reduce_only } = order.intent
  const resting = { pxE8: parseFixed(px), remainingE8: remainingE8(order), reduceOnly: reduce_only }
  return mustReplace(resting, wanted(side), side, input.params.replace_bps)
}

function intentOf({ desk }: SegmentContext, coin: string, side: Side, quote: Quote): OrderIntent {
  return {
    cloid: desk.nextCloid(LEG[side]),
    coin,
    side,
    px: formatFixed(quote.pxE8),
    sz: formatFixed(quote.szE8),
    tif: 'alo',
    reduce_only: quote.reduceOnly,
    purpose: 'quote',
  }
}

function journalTurn(
  context: SegmentContext,
  coin: string,
  plan: QuotePlan,
  changed: boolean,
  log: { key: string; decidedMs: number; quotedMs: number },
): void {
  const { desk, ports } = context
  const now = ports.clock.monotonicMs()
  const key = `${plan.verdict.reason}/${plan.verdict.gate}`
  if (changed || key !== log.key || now - log.decidedMs >= DECISION_EVERY_MS) {
    log.key = key
    log.decidedMs = now
    decide(context, { coin, ...plan.verdict })
  }
  const touch = touchOf(ports.market.bbo(coin))
  if (!touch || now - log.quotedMs < QUOTES_EVERY_MS) return
  log.quotedMs = now
  const shown = (side: Side): { px: string; sz: string } | null => {
    const order = desk.live().find(({ intent, phase }) => phase === 'open' && intent.side === side)
    return order ? { px: order.intent.px, sz: formatFixed(remainingE8(order)) } : null
  }
  ports.journal.quotes({
    ts: ports.clock.now(),
    coin,
    bid: shown('buy'),
    ask: shown('sell'),
    mid: formatFixed(midE8(touch)),
    positionSz: formatFixed(desk.positionE8(coin)),
  })
}
