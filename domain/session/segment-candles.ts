/** The candle engine of a segment: executes what the workflow decided, keeps the protective stops at the venue, and returns at bar close. */
// Not here: the decision (domain/strategies, stepped by control-candles.ts in the workflow), one order's way (candle-orders.ts).
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { lastOpenOf } from '#domain/session/candle-cursor.ts'
import { createCandleOrders } from '#domain/session/candle-orders.ts'
import type { SegmentContext } from '#domain/session/context.ts'
import { equityUsd } from '#domain/session/context.ts'
import { createStopKeeper } from '#domain/session/protective-stop.ts'
import { hasUnknown } from '#domain/session/reconcile.ts'
import type { Engine } from '#domain/session/segment.ts'
import type { CandleSegmentInput } from '#domain/session/segment-input.ts'
import type { CandleSnapshot, ClosedCandle, CoinFacts } from '#domain/session/types.ts'
import { driveInterval } from '#domain/strategies/cadence.ts'
import type { EpochMs } from '#domain/time.ts'

/** While something is unsettled the loop looks often; else account and market events wake it. */
const UNSETTLED_MS = 50
const IDLE_MS = 1_000
/** How long the bar waits for coins whose candle of it has not come yet; later ones are decided by themselves. */
export const STRAGGLERS_MS = 1_500

export function createCandleEngine(context: SegmentContext, input: CandleSegmentInput): Engine {
  const { desk } = context
  const stops = createStopKeeper(context, input)
  const orders = createCandleOrders(context, input)
  const bar = createBarWatch(context, input)

  return {
    async turn() {
      if (hasUnknown(context)) return null // one step at a time: first what became of the last one
      if (orders.isOpen()) {
        await orders.turn()
        return null
      }
      if (desk.isUnsettled()) return null
      if (await stops.keep()) return null
      return bar.due()
    },
    waitMs: () =>
      desk.isUnsettled() || stops.isPending() || orders.isOpen() || bar.isForming() ? UNSETTLED_MS : IDLE_MS,
    pauseMs: () => 0,
    protect: () => stops.keep(),
  }
}

/** Hands a bar over once all coins have closed it, or the stragglers have had their time. */
function createBarWatch(
  context: SegmentContext,
  input: CandleSegmentInput,
): { due(): CandleSnapshot | null; isForming(): boolean } {
  const { clock, market } = context.ports
  const followed = [...input.coins, ...(input.guides ?? [])]
  let formingSinceMs: number | null = null
  return {
    isForming: () => formingSinceMs !== null,
    due() {
      const candles = followed.flatMap((coin) =>
        market.closedCandles(coin, driveInterval(input.params), lastOpenOf(input.checkpoint, coin)),
      )
      if (!candles.some(({ coin }) => input.coins.includes(coin))) return null
      const newest = Math.max(...candles.map(({ openTs }) => openTs))
      const now = clock.monotonicMs()
      formingSinceMs ??= now
      const isWhole = followed.every((coin) => hasBar(candles, coin, newest))
      if (!isWhole && now - formingSinceMs < STRAGGLERS_MS) return null
      return snapshotOf(context, input, candles)
    },
  }
}

const hasBar = (candles: readonly ClosedCandle[], coin: string, openTs: EpochMs): boolean =>
  candles.some((candle) => candle.coin === coin && candle.openTs === openTs)

function snapshotOf(
  context: SegmentContext,
  input: CandleSegmentInput,
  candles: readonly ClosedCandle[],
): CandleSnapshot {
  const { desk, ports } = context
  const { market } = ports
  const perCoin = <Value>(read: (coin: string) => Value): Record<string, Value> =>
    Object.fromEntries(input.coins.map((coin) => [coin, read(coin)]))
  const touch = perCoin((coin) => {
    const bbo = market.bbo(coin)
    return { bid: bbo?.bid?.px ?? null, ask: bbo?.ask?.px ?? null }
  })
  const facts = perCoin((coin): CoinFacts => {
    const ageMs = market.ageMs(coin)
    const funding = market.fundingRate?.(coin) ?? null
    return {
      oraclePx: market.oraclePx?.(coin) ?? null,
      fundingRate: funding === null ? null : Number(funding),
      ageMs: Number.isFinite(ageMs) ? Math.round(ageMs) : null,
    }
  })
  const marks = input.coins.flatMap((coin) => {
    const mark = market.markPx(coin)
    return mark === null ? [] : [[coin, formatFixed(parseFixed(mark))] as const]
  })
  return {
    ts: ports.clock.now(),
    candles,
    positions: desk.fills.ledger.positions,
    markPx: Object.fromEntries(marks),
    touch,
    facts,
    equityUsd: equityUsd(context),
    openOrders: desk.live().length,
  }
}
