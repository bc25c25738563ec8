/** Keeps one protective stop per coin at the venue: the right size and price, replaced without a gap, and an exit when the venue refuses it. */
// Not here: where the stop has to lie (the strategy, by way of SegmentInput.stops).
import type { Side } from '#domain/events.ts'
import { absE8, type FixedE8, formatFixed, parseFixed } from '#domain/fixed-point.ts'
import { roundAway, shiftBps } from '#domain/market/instrument.ts'
import { touchOf } from '#domain/market/order-book.ts'
import { decide, type SegmentContext } from '#domain/session/context.ts'
import type { CandleSegmentInput } from '#domain/session/segment-input.ts'
import { barrier, cancelOrders, submitOrders } from '#domain/session/submit.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import type { OrderLife } from '#domain/trading/order-lifecycle.ts'

/** Worst price of the market order that a fired stop becomes, basis points beyond the trigger. The venue's own bound is 10 %. */
const FIRED_SLIPPAGE_BPS = 800
/** Worst price of the exit from a position that cannot be protected, basis points beyond the touch. */
const EXIT_SLIPPAGE_BPS = 200
const RETRY_MS = 1_000
/** A target beyond the market is refused until the market comes back. */
const TARGET_RETRY_MS = 5_000

export interface StopKeeper {
  /** One step towards the right stops. @returns true when it sent something, so that the picture is unsettled now */
  keep(): Promise<boolean>
  /** True while a position waits for its stop: the loop should look again soon. */
  isPending(): boolean
}

interface Wanted {
  side: Side
  px: string
  szE8: FixedE8
  /** True: planned for the position that a flip was to open, and what is held is left of the old one. */
  isOther: boolean
}

interface KeeperState {
  refusedSinceMs: number | null
  /** Monotonic times before which the venue is not asked again. */
  retryMs: number
  targetRetryMs: number
}

export function createStopKeeper(context: SegmentContext, input: CandleSegmentInput): StopKeeper {
  const state: KeeperState = { refusedSinceMs: null, retryMs: 0, targetRetryMs: 0 }
  return {
    async keep() {
      for (const coin of input.coins) {
        if (await keepOne(context, input, coin, state)) return true
        if (await keepTarget(context, input, coin, state)) return true
      }
      return false
    },
    isPending: () => state.refusedSinceMs !== null,
  }
}

async function keepOne(
  context: SegmentContext,
  input: CandleSegmentInput,
  coin: string,
  state: KeeperState,
): Promise<boolean> {
  const { desk, ports } = context
  const resting = desk.stops(coin, 'stop')
  const wanted = wantedStop(context, input, coin)
  const right = wanted ? resting.filter((order) => isRight(order, wanted)) : []
  const wrong = resting.filter((order) => order !== right[0])
  if (!wanted || right.length > 0) {
    state.refusedSinceMs = null
    if (wrong.length === 0) return false
    await cancelOrders(context, wrong) // the right one lies already, or none is needed
    return true
  }
  const now = ports.clock.monotonicMs()
  if (now < state.retryMs || barrier(context, [{ reduce_only: true }]) !== null) return false
  if (wanted.isOther) {
    // The flip's exit left something, and the old stop lies on: out with the rest, as decided.
    state.retryMs = now + RETRY_MS
    state.refusedSinceMs ??= now
    await exitUnprotected(context, coin, wanted, { reason: 'FLIP_REST' })
    return true
  }
  const [placed] = await submitOrders(context, [triggerIntent(context, coin, wanted, 'stop')])
  if (placed && placed.end !== 'rejected') return true // the wrong ones go next turn, once this one is known to rest
  if (placed && placed.expiresTs === 0) return true // our own barrier held it: that is no word of the venue
  state.retryMs = now + RETRY_MS
  state.refusedSinceMs ??= now
  const protectedStill = resting.length > 0 && !isPast(context, coin, wanted)
  if (protectedStill) return true
  // Nothing protects the position and the venue will not have the stop: past the stop, or for too long: out.
  if (isPast(context, coin, wanted) || now - state.refusedSinceMs >= TIMING.unprotectedMsMax) {
    await exitUnprotected(context, coin, wanted, {
      reason: 'STOP_REFUSED',
      refusal: placed?.message ?? 'not sent',
    })
  }
  return true
}

/** The take-profit beside the stop. A venue that refuses it leaves the target to the strategy: it protects nothing. */
async function keepTarget(
  context: SegmentContext,
  input: CandleSegmentInput,
  coin: string,
  state: KeeperState,
): Promise<boolean> {
  const { desk, ports } = context
  const stop = wantedStop(context, input, coin)
  const target = input.stops.find((plan) => plan.coin === coin)?.target
  const wanted = stop && !stop.isOther && target !== undefined ? { ...stop, px: target } : null
  const resting = desk.stops(coin, 'take_profit')
  const right = wanted ? resting.filter((order) => isRight(order, wanted)) : []
  const wrong = resting.filter((order) => order !== right[0])
  if (wrong.length > 0) {
    await cancelOrders(context, wrong)
    return true
  }
  const now = ports.clock.monotonicMs()
  if (!wanted || right.length > 0 || now < state.targetRetryMs) return false
  if (barrier(context, [{ reduce_only: true }]) !== null) return false
  const [placed] = await submitOrders(context, [triggerIntent(context, coin, wanted, 'take_profit')])
  if (!placed || placed.end === 'rejected') state.targetRetryMs = now + TARGET_RETRY_MS
  return true
}

/** The stop that the plan asks for, in the size of the position as it is; null while flat or without a plan. */
function wantedStop(context: SegmentContext, input: CandleSegmentInput, coin: string): Wanted | null {
  const position = context.desk.positionE8(coin)
  const plan =
    context.addedStops.findLast((stop) => stop.coin === coin) ??
    input.stops.find((stop) => stop.coin === coin)
  if (position === 0n || !plan) return null
  const side = position > 0n ? 'sell' : 'buy'
  return { side, px: plan.px, szE8: absE8(position), isOther: plan.side === side }
}

const isRight = ({ intent }: OrderLife, wanted: Wanted): boolean =>
  !wanted.isOther &&
  intent.side === wanted.side &&
  parseFixed(intent.sz) === wanted.szE8 &&
  intent.trigger !== undefined &&
  parseFixed(intent.trigger.px) === parseFixed(wanted.px)

function triggerIntent(
  { desk, ports }: SegmentContext,
  coin: string,
  wanted: Wanted,
  kind: 'stop' | 'take_profit',
): OrderIntent {
  const slip = wanted.side === 'buy' ? FIRED_SLIPPAGE_BPS : -FIRED_SLIPPAGE_BPS
  const px = roundAway(shiftBps(parseFixed(wanted.px), slip), wanted.side, ports.market.sizeDecimals(coin))
  return {
    cloid: desk.nextCloid(kind === 'stop' ? LEG_STOP : LEG_TARGET),
    coin,
    side: wanted.side,
    px: formatFixed(px),
    sz: formatFixed(wanted.szE8),
    tif: 'gtc',
    reduce_only: true,
    trigger: { px: wanted.px, kind },
    purpose: kind === 'stop' ? 'stop' : 'target',
  }
}

/** Legs of the orders that a segment sends by itself; the strategy's own begin at 0. */
const LEG_STOP = 100
const LEG_EXIT = 101
/** The fence tells a target from a stop by it: the venue lists both as triggers. */
export const LEG_TARGET = 104

/** True when the market is at or beyond the stop already, where the venue refuses it. */
function isPast({ ports }: SegmentContext, coin: string, wanted: Wanted): boolean {
  const mark = ports.market.markPx(coin)
  if (mark === null) return false
  const beyond = parseFixed(mark) - parseFixed(wanted.px)
  return wanted.side === 'sell' ? beyond <= 0n : beyond >= 0n
}

/** Takes what is held off the market: its stop is refused, or it is left of a flip. Says why, also where there is no touch to take. */
async function exitUnprotected(
  context: SegmentContext,
  coin: string,
  wanted: Wanted,
  { reason, ...refused }: { reason: 'STOP_REFUSED' | 'FLIP_REST'; refusal?: string },
): Promise<void> {
  const { desk, ports } = context
  const touch = touchOf(ports.market.bbo(coin))
  decide(context, {
    coin,
    kind: 'exit',
    reason,
    gate: touch ? '' : 'NO_TOUCH',
    inputs: {
      stop_px: wanted.px,
      ...refused,
      left: formatFixed(wanted.szE8),
      mark: ports.market.markPx(coin),
    },
  })
  if (!touch) return
  const from = wanted.side === 'buy' ? touch.askE8 : touch.bidE8
  const bounded = shiftBps(from, wanted.side === 'buy' ? EXIT_SLIPPAGE_BPS : -EXIT_SLIPPAGE_BPS)
  const intent: OrderIntent = {
    cloid: desk.nextCloid(LEG_EXIT),
    coin,
    side: wanted.side,
    px: formatFixed(roundAway(bounded, wanted.side, ports.market.sizeDecimals(coin))),
    sz: formatFixed(wanted.szE8),
    tif: 'ioc',
    reduce_only: true,
    purpose: 'exit',
  }
  await submitOrders(context, [intent])
}
