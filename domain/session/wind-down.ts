/** The end of a segment, whatever ended it: take back everything that could still open risk, and find out what is unknown. */
// Not here: the protective stops, which outlive segments; the end of the session (close.ts).
import type { SegmentContext } from '#domain/session/context.ts'
import { within } from '#domain/session/deadline.ts'
import { pump } from '#domain/session/reconcile.ts'
import { cancelOrders } from '#domain/session/submit.ts'
import { isUnresolved, type OrderLife } from '#domain/trading/order-lifecycle.ts'

const LOOK_AGAIN_MS = 100

/**
 * Cancels own orders that could open risk until none is left and none is unknown, at most until `untilMs` (monotonic). Needs no
 * lease: it may run long after the lease ended, and touches only orders of this very segment. What stays unknown goes into the
 * checkpoint.
 */
export async function windDown(context: SegmentContext, untilMs: number): Promise<void> {
  const { clock } = context.ports
  if (holdsQuotes(context)) return
  await within(clock, Math.max(untilMs - clock.monotonicMs(), 0), () => takeBack(context, untilMs))
}

async function takeBack(context: SegmentContext, untilMs: number): Promise<void> {
  const { ports } = context
  while (isUnfinished(context)) {
    // First what we know, at once; only then the questions.
    await cancelOrders(context, cancelable(context))
    if (ports.clock.monotonicMs() >= untilMs) return
    await pump(context)
    if (isUnfinished(context)) await ports.clock.sleep(LOOK_AGAIN_MS)
  }
}

/** Orders that could open risk. Those that were never sent need no cancel; stops only protect, also one whose answer is missing. */
const cancelable = ({ desk }: SegmentContext): OrderLife[] =>
  desk.live().filter((order) => order.phase !== 'intended' && !order.intent.trigger)

/** A kill does not wait for news of a stop: the close looks for itself. */
function isUnfinished(context: SegmentContext): boolean {
  const { desk, stop } = context
  if (cancelable(context).length > 0 || desk.inherited.length > 0) return true
  return stop.why()?.kind !== 'killed' && desk.live().some(isUnresolved)
}

/** True when the session prefers to keep its quotes through an outage of the control plane. */
function holdsQuotes({ input, stop }: SegmentContext): boolean {
  const why = stop.why()
  return input.on_control_loss === 'hold' && why?.kind === 'safe' && why.reason === 'lease_expired'
}
