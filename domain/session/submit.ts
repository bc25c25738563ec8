/** The only way of a segment to the venue: kill, lease, risk gate, durable intent, and again kill and lease, then the order. */
// Not here: finding out what became of an unanswered order (reconcile.ts), flattening (close.ts).
import { riskGate } from '#domain/risk/limits.ts'
import { decide, markE8, type SegmentContext } from '#domain/session/context.ts'
import { within } from '#domain/session/deadline.ts'
import type { CancelAnswer, OrderAnswer } from '#domain/session/ports.ts'
import type { StopWhy } from '#domain/session/stop-gate.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import type { OrderLife } from '#domain/trading/order-lifecycle.ts'

/** Why nothing may be sent now, as an upper-case code; null when it may. Synchronous, so that no await lies between look and send. */
export function barrier(
  { stop, lease }: SegmentContext,
  orders: readonly Pick<OrderIntent, 'reduce_only'>[],
): string | null {
  const why = stop.look()
  if (why) return barrierCode(why)
  if (!lease.isHeld()) return 'NO_LEASE'
  return stop.closeOnly() && orders.some((order) => !order.reduce_only) ? 'KILL_CLOSE_ONLY' : null
}

function barrierCode(why: StopWhy): string {
  switch (why.kind) {
    case 'killed':
      return 'KILLED'
    case 'safe':
      return why.reason === 'lease_expired' ? 'LEASE_EXPIRED' : 'ATTEMPT_REPLACED'
    case 'handover':
    case 'rotated':
      return 'SEGMENT_ENDING'
  }
}

/**
 * Sends orders whose names are taken already. What a gate refuses is journaled as a decision and not sent; the others go in one
 * call. No answer leaves an order `unknown`: its slot stays blocked until `settleUnknown` has asked the venue.
 * @returns the orders as they stand afterwards, in the order of the intents
 */
export async function submitOrders(
  context: SegmentContext,
  intents: readonly OrderIntent[],
): Promise<(OrderLife | null)[]> {
  const { desk, ports } = context
  const { journal, clock, venue } = ports
  const blocked = barrier(context, [])
  const allowed = blocked === null ? intents.filter((intent) => passes(context, intent)) : []
  if (blocked !== null) refuse(context, intents, blocked)

  if (allowed.length > 0) {
    const { epoch } = context.input
    const durable = await within(clock, TIMING.journalDeadlineMs, () =>
      Promise.all(allowed.map((intent) => journal.intent(intent, { epoch, ts: clock.now() }))),
    )
    // Time before the look: a process that sleeps between the two lines sends an order that has expired already.
    const ts = clock.now()
    const late = durable.ok ? barrier(context, allowed) : 'JOURNAL_DOWN'
    if (late === null) {
      const expiresAfter = ts + TIMING.orderTtlMs
      for (const { cloid } of allowed) desk.tell(cloid, { kind: 'sent', expiresTs: expiresAfter })
      const answered = await within(clock, TIMING.venueDeadlineMs, () =>
        venue.placeOrders(allowed, { expiresAfter, stillAllowed: () => barrier(context, allowed) }),
      )
      takeAnswers(context, allowed, answered.ok ? answered.value : answered.why)
    } else {
      for (const { cloid } of allowed) {
        desk.tell(cloid, { kind: 'refused', message: late })
        journal.answer({ cloid, status: 'rejected', message: `not sent: ${late}` }, { epoch, ts })
      }
      refuse(context, allowed, late)
    }
  }
  return intents.map(({ cloid }) => desk.orders.get(cloid) ?? null)
}

/** Asks the risk gate, and lets the desk know of the order at once, so that the next one of the batch is judged with it. */
function passes(context: SegmentContext, intent: OrderIntent): boolean {
  const { desk, input, stop } = context
  const exposure = desk.exposure(intent.coin, markE8(context, intent.coin))
  // Without all fills the position is a guess: nothing that opens goes out on a guess.
  const blind = !intent.reduce_only && (desk.fills.missing !== 'none' || desk.inherited.length > 0)
  const gate = blind
    ? 'FILLS_MISSING'
    : riskGate(intent, exposure, input.limits, { closeOnly: stop.closeOnly() })
  if (gate === null) desk.intend(intent)
  else refuse(context, [intent], gate)
  return gate === null
}

function refuse(context: SegmentContext, intents: readonly OrderIntent[], gate: string): void {
  for (const { coin, purpose, side, px, sz, cloid } of intents) {
    decide(context, {
      coin,
      kind: 'hold',
      reason: 'ORDER_REFUSED',
      gate,
      inputs: { purpose, side, px, sz, cloid },
    })
  }
}

/** An order without an answer of its own is unknown, whatever the others say. */
function takeAnswers(
  { desk, ports, input }: SegmentContext,
  orders: readonly OrderIntent[],
  answers: readonly OrderAnswer[] | string,
): void {
  for (const { cloid } of orders) {
    const found = typeof answers === 'string' ? null : answers.find((answer) => answer.cloid === cloid)
    const message = typeof answers === 'string' ? answers : 'the answer does not mention it'
    const answer: OrderAnswer = found ?? { cloid, status: 'unknown', message }
    desk.tell(cloid, { kind: 'answer', answer })
    ports.journal.answer(answer, { epoch: input.epoch, ts: ports.clock.now() })
  }
}

/**
 * Cancels own orders by name. Needs no lease and no permission: it only takes risk away, also after a kill.
 * `gone` ends only orders that were known to rest; the others are asked about later.
 */
export async function cancelOrders(context: SegmentContext, orders: readonly OrderLife[]): Promise<void> {
  if (orders.length === 0) return
  const { desk, ports, input } = context
  const { clock, venue, journal } = ports
  const named = orders.map(({ intent }) => ({ coin: intent.coin, cloid: intent.cloid }))
  const open = new Set(orders.filter(({ phase }) => phase === 'open').map(({ intent }) => intent.cloid))
  const sentTs = clock.now()
  const answered = await within(clock, TIMING.venueDeadlineMs, () =>
    venue.cancelOrders(named, { expiresAfter: sentTs + TIMING.orderTtlMs }),
  )
  const ts = clock.now()
  for (const { cloid } of named) {
    const found = answered.ok ? answered.value.find((answer) => answer.cloid === cloid) : null
    const message = answered.ok ? 'the answer does not mention it' : answered.why
    const answer: CancelAnswer = found ?? { cloid, status: 'unknown', message }
    desk.tell(cloid, { kind: 'cancel', answer, sentTs, wasOpen: open.has(cloid) })
    journal.answer(answer, { epoch: input.epoch, ts })
  }
}
