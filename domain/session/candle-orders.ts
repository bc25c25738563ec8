/** Brings decided orders to the venue: what closes first, then leverage, then what opens; an entry either takes at once or waits at the touch. */
// Not here: gates and sending (submit.ts), deciding (control-candles.ts).
import { formatFixed, maxE8, minE8, mulE8, parseFixed } from '#domain/fixed-point.ts'
import { ceilPrice, floorPrice, MIN_ORDER_USD_E8 } from '#domain/market/instrument.ts'
import { decide, type SegmentContext } from '#domain/session/context.ts'
import { within } from '#domain/session/deadline.ts'
import type { CandleSegmentInput } from '#domain/session/segment-input.ts'
import { cancelOrders, submitOrders } from '#domain/session/submit.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import type { OrderLife } from '#domain/trading/order-lifecycle.ts'

/** Older decisions are not acted on; the next bar decides anew. */
export const DECISION_AGE_MS_MAX = 15_000
/** Legs of the orders that follow the touch, beside the strategy's own. */
const LEG_CHASE = 103

export interface CandleOrders {
  /** True until everything decided was sent or dropped. */
  isOpen(): boolean
  turn(): Promise<void>
}

/** An entry that waits at the touch: what is wanted, and the order that stands for it now. */
interface Chase {
  wanted: OrderIntent
  cloid: string
  untilMs: number
}

export function createCandleOrders(context: SegmentContext, input: CandleSegmentInput): CandleOrders {
  const { desk, ports } = context
  let closing = input.intents.filter((intent) => intent.reduce_only)
  let opening = input.intents.filter((intent) => !intent.reduce_only)
  let chases: Chase[] = []
  const flipped = new Set(closing.map(({ coin }) => coin))

  async function open(): Promise<void> {
    const intents = opening.filter((intent) => mayOpen(context, intent, flipped))
    opening = []
    const ready: OrderIntent[] = []
    for (const intent of intents) if (await leverageSet(context, intent)) ready.push(intent)
    if (input.execution?.style !== 'post_only') {
      if (ready.length > 0) await submitOrders(context, ready)
      return
    }
    for (const wanted of ready) {
      const sent = await follow(context, wanted, wanted.sz)
      if (sent)
        chases.push({ wanted, cloid: sent, untilMs: ports.clock.monotonicMs() + input.execution.chase_ms })
    }
  }

  return {
    isOpen: () => closing.length > 0 || opening.length > 0 || chases.length > 0,
    async turn() {
      if (chases.length > 0) {
        chases = await chaseOn(context, chases)
        return
      }
      if (closing.length + opening.length > 0 && !isFresh(context, input)) {
        for (const intent of [...closing, ...opening]) drop(context, intent, 'STALE_DECISION')
        closing = []
        opening = []
        return
      }
      if (closing.length > 0) {
        const intents = closing
        closing = [] // before the await: sent at most once, whatever happens
        await submitOrders(context, intents)
      } else if (!desk.isUnsettled()) await open()
    },
  }
}

/** A decision that had to wait for a worker, or for the venue, was taken on another market. */
function isFresh({ ports }: SegmentContext, input: CandleSegmentInput): boolean {
  const decidedTs = Math.max(...input.decisions.map(({ ts }) => ts), Number.NEGATIVE_INFINITY)
  return decidedTs === Number.NEGATIVE_INFINITY || ports.clock.now() - decidedTs <= DECISION_AGE_MS_MAX
}

function drop(context: SegmentContext, intent: OrderIntent, gate: string): void {
  const { coin, purpose, side, px, sz, cloid } = intent
  const inputs = { purpose, side, px, sz, cloid }
  decide(context, { coin, kind: 'hold', reason: 'ORDER_DROPPED', gate, inputs })
}

/** The entry of a flip is sent only once its exit has left nothing. */
function mayOpen(context: SegmentContext, intent: OrderIntent, flipped: ReadonlySet<string>): boolean {
  const isFlat = context.desk.positionE8(intent.coin) === 0n
  if (!flipped.has(intent.coin) || isFlat || intent.purpose !== 'entry') return true
  drop(context, intent, 'FLIP_NOT_FLAT')
  return false
}

/** Asks the venue for the leverage that the order was sized with. Without it nothing is opened. */
export async function leverageSet(context: SegmentContext, intent: OrderIntent): Promise<boolean> {
  const { coin, leverage } = intent
  const { clock, venue, journal } = context.ports
  if (leverage === undefined || !venue.setLeverage || context.leverage.get(coin) === leverage) return true
  const expiresAfter = clock.now() + TIMING.orderTtlMs
  const set = venue.setLeverage
  const answered = await within(clock, TIMING.venueDeadlineMs, () => set(coin, leverage, { expiresAfter }))
  const refusal = answered.ok ? answered.value : answered.why
  if (refusal === null) {
    context.leverage.set(coin, leverage)
    journal.event('leverage_set', { coin, leverage })
    return true
  }
  context.leverage.delete(coin) // it may have arrived all the same
  journal.event('leverage_refused', { coin, leverage, why: refusal })
  drop(context, intent, 'LEVERAGE_NOT_SET')
  return false
}

/** Rests the order post-only at its own side of the touch, never beyond the price that was decided. @returns its id, or null */
async function follow(context: SegmentContext, wanted: OrderIntent, sz: string): Promise<string | null> {
  const { desk, ports } = context
  const px = restingPx(context, wanted)
  if (px === null) {
    drop(context, wanted, 'NO_TOUCH')
    return null
  }
  const intent: OrderIntent = { ...wanted, px, sz, tif: 'alo', cloid: desk.nextCloid(LEG_CHASE) }
  const [life] = await submitOrders(context, [intent])
  if (!life || (life.phase === 'done' && life.end === 'rejected' && life.expiresTs === 0)) return null // a gate of ours
  ports.journal.event('chase', { coin: wanted.coin, cloid: intent.cloid, px, sz })
  return intent.cloid
}

function restingPx({ ports }: SegmentContext, { coin, side, px }: OrderIntent): string | null {
  const bbo = ports.market.bbo(coin)
  const touch = side === 'buy' ? bbo?.bid?.px : bbo?.ask?.px
  if (touch === undefined) return null
  const decimals = ports.market.sizeDecimals(coin)
  const bound = parseFixed(px)
  const at = parseFixed(touch)
  const best = side === 'buy' ? minE8(at, bound) : maxE8(at, bound)
  return formatFixed(side === 'buy' ? floorPrice(best, decimals) : ceilPrice(best, decimals))
}

/** One look at each order that waits: it stays where the touch stays, follows where it moves, and is taken back when its time is over. */
async function chaseOn(context: SegmentContext, chases: readonly Chase[]): Promise<Chase[]> {
  const { desk, ports } = context
  const next: Chase[] = []
  for (const chase of chases) {
    const life = desk.orders.get(chase.cloid)
    if (!life) continue
    const isOver = ports.clock.monotonicMs() >= chase.untilMs
    if (life.phase === 'open') {
      const px = restingPx(context, chase.wanted)
      const isRight = px !== null && parseFixed(px) === parseFixed(life.intent.px)
      if (isOver || !isRight) await cancelOrders(context, [life])
      next.push(chase)
    } else if (life.phase === 'done' && life.settled) {
      const again = isOver ? null : await followOn(context, chase, life)
      if (again) next.push({ ...chase, cloid: again })
      else if (remainingAfter(life) > 0n) drop(context, chase.wanted, 'CHASE_OVER')
    } else next.push(chase)
  }
  return next
}

const remainingAfter = (life: OrderLife): bigint => parseFixed(life.intent.sz) - life.foldedE8

async function followOn(context: SegmentContext, { wanted }: Chase, life: OrderLife): Promise<string | null> {
  const leftE8 = remainingAfter(life)
  if (mulE8(leftE8, parseFixed(wanted.px)) < MIN_ORDER_USD_E8) return null
  return follow(context, wanted, formatFixed(leftE8))
}
