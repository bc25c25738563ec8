/** The follower engine of a segment: sends the slices that the workflow decided, lets passive ones rest for a while, and returns when they have come to rest or the schedule says so. */
// Not here: the decision (control-follower.ts), gates and sending (submit.ts).
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { decide, equityUsd, type SegmentContext } from '#domain/session/context.ts'
import { hasUnknown } from '#domain/session/reconcile.ts'
import type { Engine } from '#domain/session/segment.ts'
import type { FollowerSegmentInput } from '#domain/session/segment-input.ts'
import { cancelOrders, submitOrders } from '#domain/session/submit.ts'
import type { CandleSnapshot, OrderIntent } from '#domain/session/types.ts'

const UNSETTLED_MS = 50
const IDLE_MS = 1_000
/** A decision that had to wait this long for a worker, or for the venue, was taken on another market. */
export const DECISION_AGE_MS_MAX = 15_000

export function createFollowerEngine(context: SegmentContext, input: FollowerSegmentInput): Engine {
  const { desk, ports } = context
  const { clock } = ports
  const hadOrders = input.intents.length > 0
  let toSend = input.intents
  let restUntilMs: number | null = null

  async function send(): Promise<void> {
    const intents = toSend
    toSend = [] // before the await: sent at most once, whatever happens
    if (!isFresh(context, input)) {
      for (const intent of intents) drop(context, intent)
      return
    }
    // What closes goes first: it may free what the others need.
    const closing = intents.filter((intent) => intent.reduce_only)
    const opening = intents.filter((intent) => !intent.reduce_only)
    for (const batch of [closing, opening]) if (batch.length > 0) await submitOrders(context, batch)
    restUntilMs = clock.monotonicMs() + input.params.passive_ms
  }

  return {
    async turn() {
      if (hasUnknown(context)) return null // one step at a time: first what became of the last one
      if (toSend.length > 0) {
        await send()
        return null
      }
      const resting = desk.live().filter((order) => order.phase === 'open' && !order.intent.trigger)
      if (resting.length > 0) {
        if (clock.monotonicMs() >= (restUntilMs ?? 0)) await cancelOrders(context, resting)
        return null
      }
      if (desk.isUnsettled()) return null
      const isDue = hadOrders || ports.clock.now() >= input.due_ts
      return isDue && hasMarks(context, input) ? snapshotOf(context, input) : null
    },
    waitMs() {
      if (desk.isUnsettled() || desk.live().length > 0 || toSend.length > 0) return UNSETTLED_MS
      return Math.min(IDLE_MS, Math.max(UNSETTLED_MS, input.due_ts - ports.clock.now()))
    },
    pauseMs: () => 0,
    protect: async () => false, // it holds no stops: its protection is the position limit
  }
}

function isFresh({ ports }: SegmentContext, { decisions }: FollowerSegmentInput): boolean {
  const decidedTs = Math.max(...decisions.map(({ ts }) => ts), Number.NEGATIVE_INFINITY)
  return decidedTs === Number.NEGATIVE_INFINITY || ports.clock.now() - decidedTs <= DECISION_AGE_MS_MAX
}

function drop(context: SegmentContext, { coin, purpose, side, px, sz, cloid }: OrderIntent): void {
  const inputs = { purpose, side, px, sz, cloid }
  decide(context, { coin, kind: 'hold', reason: 'ORDER_DROPPED', gate: 'STALE_DECISION', inputs })
}

/** A segment that has just begun has no prices yet; the decision waits for those of one coin at least. */
const hasMarks = ({ ports }: SegmentContext, { coins }: FollowerSegmentInput): boolean =>
  coins.some((coin) => ports.market.markPx(coin) !== null && ports.market.bbo(coin) !== null)

function snapshotOf(context: SegmentContext, input: FollowerSegmentInput): CandleSnapshot {
  const { desk, ports } = context
  const { market } = ports
  const touch = Object.fromEntries(
    input.coins.map((coin) => {
      const bbo = market.bbo(coin)
      return [coin, { bid: bbo?.bid?.px ?? null, ask: bbo?.ask?.px ?? null }]
    }),
  )
  const marks = input.coins.flatMap((coin) => {
    const mark = market.markPx(coin)
    return mark === null ? [] : [[coin, formatFixed(parseFixed(mark))] as const]
  })
  return {
    ts: ports.clock.now(),
    candles: [],
    positions: desk.fills.ledger.positions,
    markPx: Object.fromEntries(marks),
    touch,
    equityUsd: equityUsd(context),
    openOrders: desk.live().length,
  }
}
