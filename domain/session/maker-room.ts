/** New quotes wait for those that are on their way out: until the venue has told that these did not fill, both count against the limit. */
// Not here: the risk gate, which asks again (submit.ts), sizes (domain/strategies/maker/sizes.ts).
import { parseFixed } from '#domain/fixed-point.ts'
import { type Exposure, riskGate } from '#domain/risk/limits.ts'
import { markE8, type SegmentContext } from '#domain/session/context.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import { remainingE8 } from '#domain/trading/order-lifecycle.ts'

/**
 * The quotes that may be sent now. One that only an order of an earlier price keeps above the position limit is left for a later pass;
 * one that does not fit by itself goes on to the risk gate, which says so.
 */
export function fittingQuotes(context: SegmentContext, intents: readonly OrderIntent[]): OrderIntent[] {
  const taken: OrderIntent[] = []
  for (const intent of intents) {
    const now = exposureWith(context, intent, taken)
    if (isAbove(context, intent, now.all) && !isAbove(context, intent, now.staying)) continue
    taken.push(intent)
  }
  return taken
}

const isAbove = ({ input, stop }: SegmentContext, intent: OrderIntent, exposure: Exposure): boolean =>
  riskGate(intent, exposure, input.limits, { closeOnly: stop.closeOnly() }) === 'RISK_MAX_POSITION'

/** With everything that may still fill, and without what was cancelled and is not settled yet. */
function exposureWith(
  context: SegmentContext,
  { coin }: OrderIntent,
  taken: readonly OrderIntent[],
): { all: Exposure; staying: Exposure } {
  const { desk } = context
  const all = desk.exposure(coin, markE8(context, coin))
  const coming = taken
    .filter((intent) => intent.coin === coin && !intent.reduce_only)
    .map(({ side, sz }) => ({ side, remainingE8: parseFixed(sz) }))
  const staying = desk
    .live()
    .filter(({ intent }) => intent.coin === coin && !intent.reduce_only)
    .map((order) => ({ side: order.intent.side, remainingE8: remainingE8(order) }))
  return {
    all: { ...all, opening: [...all.opening, ...coming] },
    staying: { ...all, opening: [...staying, ...coming] },
  }
}
