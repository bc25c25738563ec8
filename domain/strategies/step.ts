/** One coin's step for a session: exact facts in, the strategy's move, exact orders out, with everything the record wants. */
// Not here: several coins at one bar (step-bar.ts), rounding (plan.ts), the same without records (domain/backtest).
import { formatFixed, fromNumber, parseFixed } from '#domain/fixed-point.ts'
import { roundAwayNumber } from '#domain/market/round-number.ts'
import type { ClosedCandle } from '#domain/session/types.ts'
import { type PlannedOrder, planOrder } from '#domain/strategies/plan.ts'
import type {
  CandleStep,
  CandleStrategy,
  Move,
  OrderPlan,
  Standing,
  StrategyInput,
  Verdict,
} from '#domain/strategies/strategy.ts'
import { nextCandleOpen } from '#domain/time.ts'

/** What all coins of a session share at one bar. */
export type Shared = Pick<
  StrategyInput,
  'equityUsd' | 'openPositions' | 'marginUsedUsd' | 'entriesThisBar' | 'btcBullish' | 'breadthPct'
>

export const NOTHING_SHARED: Shared = {
  equityUsd: null,
  openPositions: 0,
  marginUsedUsd: 0,
  entriesThisBar: 0,
  btcBullish: null,
  breadthPct: null,
}

const numberOf = (value: string | null | undefined): number | null =>
  value === null || value === undefined ? null : Number(value)

export function strategyInput(
  candle: ClosedCandle,
  standing: Standing,
  shared: Shared = NOTHING_SHARED,
): StrategyInput {
  return {
    ...shared,
    candle,
    nowTs: nextCandleOpen(candle.openTs, candle.interval),
    position: Number(standing.positionSz),
    entryPx: Number(standing.entryPx),
    bid: numberOf(standing.bid),
    ask: numberOf(standing.ask),
    markPx: numberOf(standing.markPx),
    oraclePx: numberOf(standing.oraclePx),
    fundingRate: standing.fundingRate ?? null,
    sizeDecimals: standing.sizeDecimals,
    leverageMax: standing.leverageMax ?? null,
    pending: standing.pending ?? false,
    stale: standing.stale ?? false,
  }
}

/** Observes the candle and decides on it. */
export function stepCoin<Params, State>(
  strategy: CandleStrategy<Params, State>,
  was: State,
  at: { candle: ClosedCandle; standing: Standing; shared?: Shared },
  params: Params,
): CandleStep<State> {
  return decideCoin(strategy, strategy.observe(was, at.candle, params), at, params)
}

/** Decides on the candle that was observed last. */
export function decideCoin<Params, State>(
  strategy: CandleStrategy<Params, State>,
  state: State,
  at: { candle: ClosedCandle; standing: Standing; shared?: Shared },
  params: Params,
): CandleStep<State> {
  const input = strategyInput(at.candle, at.standing, at.shared)
  const move = strategy.decide(state, input, params)
  return toStep(strategy, input, move, at.standing, params)
}

function toStep<Params, State>(
  strategy: CandleStrategy<Params, State>,
  input: StrategyInput,
  move: Move<State>,
  standing: Standing,
  params: Params,
): CandleStep<State> {
  const planned = move.intentions.map((intention) => planOrder(intention, input))
  const orders = planned.filter((order) => typeof order !== 'string')
  const refusal = planned.find((order) => typeof order === 'string') ?? ''
  const told = strategy.explain?.(move.state, input, move, params)
  const verdict: Verdict = {
    // What nothing is left of is no entry or exit, but a decision to hold that names its gate.
    kind: orders.length === 0 && refusal !== '' ? 'hold' : move.kind,
    reason: move.reason,
    gate: move.gate || refusal,
    reasons: told?.reasons ?? [move.reason],
    gates: told?.gates ?? [],
    inputs: told?.inputs ?? { open_ts: input.candle.openTs, close: input.candle.close },
  }
  const side = sideHeld(input, orders)
  return {
    state: move.state,
    verdict,
    orders: orders.map((order) => toPlan(order, input.candle.coin, standing)),
    stopPx: side === 0 ? null : levelOf(move.stopPx, side, standing.sizeDecimals),
    targetPx: side === 0 ? null : levelOf(move.targetPx, side === 1 ? -1 : 1, standing.sizeDecimals),
  }
}

/** Side of the position once the orders are filled: an entry's, else what is held. */
function sideHeld(input: StrategyInput, orders: readonly PlannedOrder[]): -1 | 0 | 1 {
  const opening = orders.find((order) => order.opens)
  if (opening) return opening.side === 'buy' ? 1 : -1
  return input.position > 0 ? 1 : input.position < 0 ? -1 : 0
}

/** A trigger price on the tick: a stop is rounded toward the market, so that it never lies further away than decided. */
function levelOf(px: number | null, side: -1 | 1, sizeDecimals: number): string | null {
  if (px === null) return null
  const rounded = roundAwayNumber(px, side > 0 ? 'sell' : 'buy', sizeDecimals)
  return rounded > 0 ? formatFixed(fromNumber(rounded)) : null
}

function toPlan(order: PlannedOrder, coin: string, standing: Standing): OrderPlan {
  const held = parseFixed(standing.positionSz)
  // A full close takes the position's own digits: nothing is left over, whatever a float would say.
  const sz = order.purpose === 'exit' ? (held < 0n ? -held : held) : fromNumber(order.sz)
  return {
    coin,
    side: order.side,
    px: formatFixed(fromNumber(order.px)),
    sz: formatFixed(sz),
    tif: 'ioc',
    reduce_only: !order.opens,
    purpose: order.purpose,
    leg: order.opens ? 0 : 1,
    ...(order.leverage === null ? {} : { leverage: order.leverage }),
  }
}
