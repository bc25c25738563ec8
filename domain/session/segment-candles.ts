/** The candle engine of a segment: executes what the workflow decided, keeps the protective stop at the venue, and returns at bar close. */
// Not here: the decision (domain/strategies, stepped by control-candles.ts in the workflow).
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import type { SegmentContext } from '#domain/session/context.ts'
import { decide, equityUsd } from '#domain/session/context.ts'
import { createStopKeeper } from '#domain/session/protective-stop.ts'
import { hasUnknown } from '#domain/session/reconcile.ts'
import type { Engine } from '#domain/session/segment.ts'
import type { CandleSegmentInput } from '#domain/session/segment-input.ts'
import { submitOrders } from '#domain/session/submit.ts'
import type { CandleSnapshot, OrderIntent } from '#domain/session/types.ts'

/** While something is unsettled the loop looks often; else account and market events wake it. */
const UNSETTLED_MS = 50
const IDLE_MS = 1_000
/** Older decisions are not acted on; the next bar decides anew. */
export const DECISION_AGE_MS_MAX = 15_000

export function createCandleEngine(context: SegmentContext, input: CandleSegmentInput): Engine {
  const { desk } = context
  const stops = createStopKeeper(context, input)
  let toSend = input.intents

  return {
    async turn() {
      if (hasUnknown(context)) return null // one order at a time: first what became of the last one
      if (toSend.length > 0) {
        const intents = toSend
        toSend = [] // before the await: sent at most once, whatever happens
        if (isFresh(context, input)) await submitOrders(context, intents)
        else for (const intent of intents) dropStale(context, intent)
        return null
      }
      if (desk.isUnsettled()) return null
      if (await stops.keep()) return null
      return dueSnapshot(context, input)
    },
    waitMs: () => (desk.isUnsettled() || stops.isPending() ? UNSETTLED_MS : IDLE_MS),
    pauseMs: () => 0,
    protect: () => stops.keep(),
  }
}

/** A decision that had to wait for a worker, or for the venue, was taken on another market. */
function isFresh({ ports }: SegmentContext, input: CandleSegmentInput): boolean {
  const decidedTs = Math.max(...input.decisions.map(({ ts }) => ts), Number.NEGATIVE_INFINITY)
  return decidedTs === Number.NEGATIVE_INFINITY || ports.clock.now() - decidedTs <= DECISION_AGE_MS_MAX
}

function dropStale(context: SegmentContext, { coin, purpose, side, px, sz, cloid }: OrderIntent): void {
  const inputs = { purpose, side, px, sz, cloid }
  decide(context, { coin, kind: 'hold', reason: 'ORDER_DROPPED', gate: 'STALE_DECISION', inputs })
}

/** The snapshot once at least one candle has closed since the last decision. */
function dueSnapshot(context: SegmentContext, input: CandleSegmentInput): CandleSnapshot | null {
  const { desk, ports } = context
  const after = input.checkpoint.lastCandleOpenTs
  const candles = input.coins.flatMap((coin) =>
    ports.market.closedCandles(coin, input.params.interval, after),
  )
  if (candles.length === 0) return null
  const perCoin = <Value>(read: (coin: string) => Value): Record<string, Value> =>
    Object.fromEntries(input.coins.map((coin) => [coin, read(coin)]))
  const touch = perCoin((coin) => {
    const bbo = ports.market.bbo(coin)
    return { bid: bbo?.bid?.px ?? null, ask: bbo?.ask?.px ?? null }
  })
  const marks = input.coins.flatMap((coin) => {
    const mark = ports.market.markPx(coin)
    return mark === null ? [] : [[coin, formatFixed(parseFixed(mark))] as const]
  })
  return {
    ts: ports.clock.now(),
    candles,
    positions: desk.fills.ledger.positions,
    markPx: Object.fromEntries(marks),
    touch,
    equityUsd: equityUsd(context),
    openOrders: desk.live().length,
  }
}
