/** What every maker strategy shares: the gates before a price is asked for, sides, sizes and levels after it, and the reason. */
// Not here: the price itself (spread.ts, microprice.ts), exits (exits/), keeping quotes at the venue.
import type { FixedE8 } from '#domain/fixed-point.ts'
import { formatFixed, toNumber } from '#domain/fixed-point.ts'
import { midE8, type Touch } from '#domain/market/order-book.ts'
import type { SessionLimits } from '#domain/session/input.ts'
import { type SpreadGate, spreadGate } from '#domain/strategies/maker/gates.ts'
import { inventoryUsd } from '#domain/strategies/maker/inventory.ts'
import type { CoinParams } from '#domain/strategies/maker/params.ts'
import { keepDistance, ladder, type Prices, skewPrices, tickOf } from '#domain/strategies/maker/prices.ts'
import type { MakerFacts, MakerPlan, MakerStep, Quote } from '#domain/strategies/maker/quoting.ts'
import { chooseSides, type SideChoice } from '#domain/strategies/maker/sides.ts'
import { sizeSide, wantedSize } from '#domain/strategies/maker/sizes.ts'
import { type MakerState, observe } from '#domain/strategies/maker/state.ts'
import type { Verdict } from '#domain/strategies/strategy.ts'

/** Where one strategy wants its best quotes; what it knows besides goes into the decision's inputs. */
export type PriceModel = (at: {
  state: MakerState
  facts: MakerFacts
  params: CoinParams
  touch: Touch
  tick: FixedE8
}) => {
  prices: Prices
  /** The side that adds inventory lies so many ticks further away, behind whatever distance is kept. */
  skewTicks: number
  inputs: Verdict['inputs']
}

export function planWith(
  model: PriceModel,
  was: MakerState,
  facts: MakerFacts,
  params: CoinParams,
  limits: SessionLimits,
): MakerStep {
  const seen = observe(was, facts, params)
  const { touch } = facts
  const blind = blindGate(facts, params)
  if (blind !== null || touch === null) {
    const age = Number.isFinite(facts.ageMs) ? Math.round(facts.ageMs) : null
    return { state: seen, plan: nothing(blind ?? 'NO_TOUCH', { age_ms: age }) }
  }
  const gate = spreadGate(seen, params, facts.fees)
  const choice = chooseSides(seen, facts, params, gate)
  const isSame = seen.floorBps === gate.floorBps && seen.side === choice.side
  const state = isSame ? seen : { ...seen, floorBps: gate.floorBps, side: choice.side }
  const facing = { spread_bps: round(gate.liveBps), needed_bps: gate.neededBps, side: choice.reason }
  const closed = shutGate(facts, gate, choice)
  if (closed !== null) return { state, plan: nothing(closed, facing) }
  const wanted = wantedSize(facts, params)
  if (wanted <= 0n && !facts.closeOnly) return { state, plan: nothing('SIZE_TOO_SMALL', facing) }
  const tick = tickOf(touch, params, facts.sizeDecimals)
  const { prices, skewTicks, inputs } = model({ state, facts, params, touch, tick })
  const sized = quoteBoth({ prices, skewTicks, choice, wanted, tick, touch }, facts, params, limits)
  return { state, plan: { ...sized, verdict: explain(facts, sized, facing, inputs) } }
}

function blindGate(facts: MakerFacts, params: CoinParams): string | null {
  if (facts.ageMs > params.stale_ms) return 'STALE_MARKET'
  if (!facts.accountStreamUp) return 'ACCOUNT_STREAM_DOWN'
  return facts.touch === null ? 'NO_TOUCH' : null
}

/** A session that may only close quotes its way out whatever the spread. */
function shutGate(facts: MakerFacts, gate: SpreadGate, choice: SideChoice): string | null {
  if (facts.blocked !== null) return facts.blocked
  if (facts.closeOnly) return null
  if (!gate.open) return 'SPREAD_GATE'
  return choice.bid || choice.ask ? null : `SINGLE_SIDED_${choice.reason}`
}

const nothing = (why: string, inputs: Verdict['inputs']): MakerPlan => ({
  bids: [],
  asks: [],
  verdict: { kind: 'hold', reason: why, gate: why, inputs },
})

function quoteBoth(
  at: {
    prices: Prices
    skewTicks: number
    choice: SideChoice
    wanted: FixedE8
    tick: FixedE8
    touch: Touch
  },
  facts: MakerFacts,
  params: CoinParams,
  limits: SessionLimits,
): { bids: Quote[]; asks: Quote[] } {
  const { choice, tick, touch } = at
  const distance = Math.max(params.touch_distance_bps, facts.mode?.distanceBps ?? 0)
  const kept = keepDistance(at.prices, touch, distance)
  const best = at.skewTicks === 0 ? kept : skewPrices(kept, facts.positionE8, at.skewTicks, tick)
  const levels = facts.mode?.levels ?? params.levels
  const shape = { levels, stepTicks: params.level_step_ticks, tick, sizeDecimals: facts.sizeDecimals }
  const side = (name: 'buy' | 'sell', px: FixedE8, on: boolean): Quote[] =>
    on || facts.closeOnly
      ? sizeSide(name, ladder(name, px, touch, shape), at.wanted, facts, params, limits)
      : []
  const bids = side('buy', best.bidE8, choice.bid)
  const asks = side('sell', best.askE8, choice.ask)
  // Prices of a model may meet after rounding; an own bid never reaches an own ask.
  const meet = bids[0] !== undefined && asks[0] !== undefined && bids[0].pxE8 >= asks[0].pxE8
  return meet ? { bids, asks: asks.filter(({ pxE8 }) => pxE8 > (bids[0]?.pxE8 ?? 0n)) } : { bids, asks }
}

function explain(
  facts: MakerFacts,
  { bids, asks }: { bids: readonly Quote[]; asks: readonly Quote[] },
  facing: Verdict['inputs'],
  ofModel: Verdict['inputs'],
): Verdict {
  const [bid] = bids
  const [ask] = asks
  const reason = bid && ask ? 'TWO_SIDED' : bid ? 'BID_ONLY' : ask ? 'ASK_ONLY' : 'NOTHING_TO_QUOTE'
  const capped = facing.side === 'BOTH' && !(bid && ask)
  return {
    kind: bid || ask ? 'quote' : 'hold',
    reason,
    gate: facts.closeOnly ? 'KILL_CLOSE_ONLY' : capped || !(bid || ask) ? 'POSITION_LIMIT' : '',
    inputs: {
      mid: facts.touch === null ? null : formatFixed(midE8(facts.touch)),
      position_sz: formatFixed(facts.positionE8),
      inventory_usd: round(inventoryUsd(facts)),
      bid_px: bid ? formatFixed(bid.pxE8) : null,
      ask_px: ask ? formatFixed(ask.pxE8) : null,
      quotes: bids.length + asks.length,
      mark: facts.markE8 === null ? null : toNumber(facts.markE8),
      ...facing,
      ...ofModel,
    },
  }
}

const round = (value: number): number => Math.round(value * 1e4) / 1e4
