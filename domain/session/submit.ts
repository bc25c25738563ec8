/** The only way of a segment to the venue: kill, lease, risk gate, durable intent, and again kill and lease, then the order. */
// Not here: finding out what became of an unanswered order (reconcile.ts), flattening (close.ts).
import type { Cloid } from '#domain/ids.ts'
import { riskGate } from '#domain/risk/limits.ts'
import { decide, markE8, type SegmentContext } from '#domain/session/context.ts'
import { within } from '#domain/session/deadline.ts'
import { manualGate } from '#domain/session/manual-fills.ts'
import type { CancelAnswer, OrderAnswer } from '#domain/session/ports.ts'
import { judge } from '#domain/session/risk-desk.ts'
import type { StopWhy } from '#domain/session/stop-gate.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import type { EpochMs } from '#domain/time.ts'
import type { OrderLife } from '#domain/trading/order-lifecycle.ts'

/** Why nothing may be sent now, as an upper-case code; null when it may. Synchronous, so that no await lies between look and send. */
export function barrier(
  context: SegmentContext,
  orders: readonly Pick<OrderIntent, 'reduce_only'>[],
): string | null {
  const { stop, lease, protecting, returned } = context
  if (returned) return 'SEGMENT_ENDING' // a loop that was left behind: the next segment uses these names
  const why = stop.look()
  // A segment that ends in order still protects what it holds; one that was killed or has lost its lease sends nothing.
  const isOrderly = why?.kind === 'rotated' || why?.kind === 'handover'
  const onlyReduces = orders.length > 0 && orders.every((order) => order.reduce_only)
  if (why && !(protecting && isOrderly && onlyReduces)) return barrierCode(why)
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

/** How a batch leaves: as new orders, or in the place of resting ones. */
interface Way {
  send(
    orders: readonly OrderIntent[],
    options: { expiresAfter: EpochMs; stillAllowed: () => string | null },
  ): Promise<OrderAnswer[]>
  /** Takes an answer to what the order was to replace. */
  answered?(answer: OrderAnswer, expiresTs: EpochMs): void
  /** True where a refusal of our own is a decision; false where the caller has another way, which will tell. */
  tellsRefusals: boolean
}

/**
 * Sends orders whose names are taken already. What a gate refuses is journaled as a decision and not sent; the others go in one
 * call. No answer leaves an order `unknown`: its slot stays blocked until `settleUnknown` has asked the venue.
 * @returns the orders as they stand afterwards, in the order of the intents
 */
export function submitOrders(
  context: SegmentContext,
  intents: readonly OrderIntent[],
): Promise<(OrderLife | null)[]> {
  const { venue } = context.ports
  return submit(context, intents, {
    send: (orders, options) => venue.placeOrders(orders, options),
    tellsRefusals: true,
  })
}

/** An order for the place of one that rests, of the same coin. */
export interface Replacement {
  old: OrderLife
  order: OrderIntent
}

/**
 * As `submitOrders`, in one action with the cancel of what rests: the same gates, which count the old orders too, since those may fill
 * before the action arrives. A refusal of our own is told nobody: the old order rests, and the caller cancels it. For venues that modify.
 * @returns the new orders as they stand afterwards, in order; null where a gate refused
 */
export function replaceOrders(
  context: SegmentContext,
  replacements: readonly Replacement[],
): Promise<(OrderLife | null)[]> {
  const { desk, ports, input } = context
  const oldOf = new Map(replacements.map(({ old, order }) => [order.cloid, old.intent.cloid]))
  const old = (cloid: Cloid): Cloid => oldOf.get(cloid) ?? ''
  return submit(
    context,
    replacements.map(({ order }) => order),
    {
      async send(orders, options) {
        const modifies = orders.map((order) => ({ cloid: old(order.cloid), order }))
        return (await ports.venue.modifyOrders?.(modifies, options)) ?? []
      },
      answered(answer, expiresTs) {
        const cloid = old(answer.cloid)
        const was = desk.orders.get(cloid)
        const now = desk.tell(cloid, { kind: 'replaced', answer, expiresTs })
        if (now === was || now?.phase !== 'done') return
        const status = now.end === 'gone' ? ('gone' as const) : ('canceled' as const)
        ports.journal.answer({ cloid, status }, { epoch: input.epoch, ts: ports.clock.now() })
      },
      tellsRefusals: false,
    },
  )
}

async function submit(
  context: SegmentContext,
  intents: readonly OrderIntent[],
  way: Way,
): Promise<(OrderLife | null)[]> {
  const { desk, ports } = context
  // What close_only refuses is judged order by order below, so that it takes no reducing order with it.
  const blocked = barrier(context, intents.every((intent) => intent.reduce_only) ? intents : [])
  const allowed = blocked === null ? intents.filter((intent) => passes(context, intent, way)) : []
  if (blocked !== null) refuse(context, intents, blocked, way)
  if (allowed.length > 0) {
    const { epoch } = context.input
    const durable = await within(ports.clock, TIMING.journalDeadlineMs, () =>
      Promise.all(allowed.map((intent) => ports.journal.intent(intent, { epoch, ts: ports.clock.now() }))),
    )
    // Protection must not wait for a disk: what only reduces goes out without its row, and says so.
    const ready = durable.ok ? allowed : allowed.filter((intent) => intent.reduce_only)
    if (!durable.ok) dropUnsent(context, without(allowed, ready), 'JOURNAL_DOWN', way)
    if (!durable.ok && ready.length > 0) {
      ports.journal.event('intent_not_durable', { cloids: ready.map(({ cloid }) => cloid), why: durable.why })
    }
    if (ready.length > 0) await send(context, ready, way)
  }
  return intents.map(({ cloid }) => desk.orders.get(cloid) ?? null)
}

const without = (all: readonly OrderIntent[], some: readonly OrderIntent[]): OrderIntent[] =>
  all.filter((intent) => !some.includes(intent))

/** The last look and the sending: between the two nothing is awaited. */
async function send(context: SegmentContext, orders: readonly OrderIntent[], way: Way): Promise<void> {
  const { desk, ports } = context
  const { clock } = ports
  // Time before the look: a process that sleeps between the two lines sends an order that has expired already.
  const ts = clock.now()
  const late = barrier(context, orders)
  if (late !== null) return dropUnsent(context, orders, late, way)
  const expiresAfter = ts + TIMING.orderTtlMs
  for (const { cloid } of orders) desk.tell(cloid, { kind: 'sent', expiresTs: expiresAfter })
  const answered = await within(clock, TIMING.venueDeadlineMs, () =>
    way.send(orders, { expiresAfter, stillAllowed: () => barrier(context, orders) }),
  )
  const answers = takeAnswers(context, orders, answered.ok ? answered.value : answered.why)
  for (const answer of answers) way.answered?.(answer, expiresAfter)
}

/** Orders that were named, and perhaps journaled, and will never be sent. */
function dropUnsent(context: SegmentContext, orders: readonly OrderIntent[], gate: string, way: Way): void {
  const { desk, input, ports } = context
  for (const { cloid } of orders) {
    desk.tell(cloid, { kind: 'refused', message: gate })
    const answer = { cloid, status: 'rejected' as const, message: `not sent: ${gate}` }
    if (!context.returned) ports.journal.answer(answer, { epoch: input.epoch, ts: ports.clock.now() })
  }
  refuse(context, orders, gate, way)
}

/** Asks the risk gate, and lets the desk know of the order at once, so that the next one of the batch is judged with it. */
function passes(context: SegmentContext, intent: OrderIntent, way: Way): boolean {
  const { desk, input, stop } = context
  const exposure = desk.exposure(intent.coin, markE8(context, intent.coin))
  // Without all fills the position is a guess: nothing that opens goes out on a guess.
  const blind = !intent.reduce_only && (desk.fills.missing !== 'none' || desk.inherited.length > 0)
  const gate = blind
    ? 'FILLS_MISSING'
    : (riskGate(intent, exposure, input.limits, { closeOnly: stop.closeOnly() }) ??
      manualGate(context, intent) ??
      judge(context, intent))
  if (gate === null) desk.intend(intent)
  else refuse(context, [intent], gate, way)
  return gate === null
}

function refuse(context: SegmentContext, intents: readonly OrderIntent[], gate: string, way: Way): void {
  if (!way.tellsRefusals) return
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
): OrderAnswer[] {
  return orders.map(({ cloid }) => {
    const found = typeof answers === 'string' ? null : answers.find((answer) => answer.cloid === cloid)
    const message = typeof answers === 'string' ? answers : 'the answer does not mention it'
    const answer: OrderAnswer = found ?? { cloid, status: 'unknown', message }
    desk.tell(cloid, { kind: 'answer', answer })
    ports.journal.answer(answer, { epoch: input.epoch, ts: ports.clock.now() })
    return answer
  })
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
