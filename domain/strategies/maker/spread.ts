/** The strategy `spread`: quotes at the touch, as the original market maker's posting version did, with its faults corrected. */
// Not here: what all maker strategies share (plan.ts).

import { type PriceModel, planWith } from '#domain/strategies/maker/plan.ts'
import { followFlow, improveStale, type Prices, touchPrices } from '#domain/strategies/maker/prices.ts'
import type { MakerStrategy } from '#domain/strategies/maker/quoting.ts'

const touchRelative: PriceModel = ({ state, facts, params, touch, tick }) => {
  let prices: Prices = params.improve_touch ? touchPrices(touch, tick, facts.positionE8) : touch
  if (params.improve_one_tick && facts.mayImprove) {
    prices = improveStale(prices, touch, state, tick, params.improve_stale_loops)
  }
  if (params.single_sided_mode !== 'off') prices = followFlow(prices, touch, state.flow, tick)
  return { prices, skewTicks: params.inventory_skew_ticks, inputs: {} }
}

export const spread: MakerStrategy = (was, facts, params, limits) =>
  planWith(touchRelative, was, facts, params, limits)
