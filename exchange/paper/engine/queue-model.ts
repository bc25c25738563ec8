/** How resting own orders meet the source's market: the volume ahead must trade first, unless the price trades through. */
// Not here: aggressive own orders (matching.ts).
//
// The model, conservative on purpose (docs/paper-exchange.md):
//  · an order joins behind all volume the source shows at its price;
//  · a public trade at its price eats the volume ahead, then the order; a trade at a worse price has swept past it and fills it
//    first; one trade never fills own orders by more than its own size;
//  · a snapshot that shows less than the volume ahead caps it (cancels are taken to be behind us until nothing else explains them);
//  · a snapshot whose other side stands strictly beyond our price fills us from those levels.
import type { Account } from '#exchange/paper/engine/account.ts'
import {
  bestOwn,
  type CoinMarket,
  type OwnLevel,
  SNAPSHOT_LEVELS,
  volumeAt,
} from '#exchange/paper/engine/book.ts'
import { fillResting, tradableRest } from '#exchange/paper/engine/matching.ts'
import { type EngineState, tidOf } from '#exchange/paper/engine/state.ts'
import type { ExternalLevel, Order } from '#exchange/paper/engine/types.ts'

/** A trade of the source: ticks and lots. */
export interface PublicTrade {
  aggressorIsBuy: boolean
  px: number
  sz: number
}

/** Fills one level's queue from `budget` lots, source volume ahead first. @returns lots left */
function fillQueue(state: EngineState, level: OwnLevel, budget: number, through: boolean): number {
  let own = 0
  const queue: Order[] = []
  for (let order = level.head; order; order = order.next) queue.push(order)
  for (const order of queue) {
    if (order.place !== 'book') continue // a fill before it canceled it
    // What traded so far, less what our own earlier orders took of it, has eaten source volume.
    const eaten = budget - own
    const ahead = through ? 0 : order.ahead < 0 ? Number.POSITIVE_INFINITY : order.ahead
    if (through) order.ahead = 0
    else if (order.ahead > 0) order.ahead = Math.max(0, order.ahead - eaten)
    const reach = eaten - ahead
    if (reach <= 0) continue
    const account = state.accounts.get(order.user) as Account
    const sz = Math.min(reach, tradableRest(state, account, order))
    if (sz === 0) continue
    own += sz
    fillResting(state, account, order, sz, tidOf(state.seed, state.sequence++))
  }
  return budget - own
}

/** A public trade of the source reaches the resting orders of the side it hit. */
export function onPublicTrade(state: EngineState, market: CoinMarket, trade: PublicTrade): void {
  const side = trade.aggressorIsBuy ? market.ownAsks : market.ownBids
  let budget = trade.sz
  for (let level = bestOwn(side); level && budget > 0; ) {
    const better = trade.aggressorIsBuy ? level.px < trade.px : level.px > trade.px
    if (!better) {
      if (level.px === trade.px) fillQueue(state, level, budget, false)
      return
    }
    const before = budget
    budget = fillQueue(state, level, budget, true)
    const now = bestOwn(side)
    if (now === level && budget === before) return // nothing could trade: do not loop
    level = now
  }
}

/** Own orders that the other side of a new snapshot stands beyond. */
function fillCrossed(state: EngineState, market: CoinMarket, isBuy: boolean): void {
  const side = isBuy ? market.ownBids : market.ownAsks
  const others = isBuy ? market.asks : market.bids
  for (const source of others) {
    while (source.sz > 0) {
      const level = bestOwn(side)
      if (!level || (isBuy ? level.px <= source.px : level.px >= source.px)) return
      const left = fillQueue(state, level, source.sz, true)
      if (left === source.sz) return
      source.sz = left
    }
  }
}

function updateAhead(market: CoinMarket, isBuy: boolean, own: OwnLevel): void {
  const shown = volumeAt(market, isBuy, own.px)
  if (shown < 0) return // out of sight: what is known about the queue stays known, new volume joins behind
  for (let order = own.head; order; order = order.next) {
    order.ahead = order.ahead < 0 ? shown : Math.min(order.ahead, shown)
  }
}

/** A new view of the source's levels, best first. The arrays become the engine's. */
export interface BookView {
  bids: ExternalLevel[]
  asks: ExternalLevel[]
  /** True when only the touch is new: what lies behind it is as it was. */
  touchOnly?: boolean
}

/** New levels of the source replace the old, cap queues and may cross own orders. */
export function onBookSnapshot(
  state: EngineState,
  market: CoinMarket,
  { bids, asks, touchOnly = false }: BookView,
): void {
  market.bids = bids
  market.asks = asks
  if (!touchOnly) {
    market.bidsWhole = bids.length < SNAPSHOT_LEVELS
    market.asksWhole = asks.length < SNAPSHOT_LEVELS
  }
  if (market.ownBids.keys.length > 0) {
    for (const level of market.ownBids.levels.values()) updateAhead(market, true, level)
    fillCrossed(state, market, true)
  }
  if (market.ownAsks.keys.length > 0) {
    for (const level of market.ownAsks.levels.values()) updateAhead(market, false, level)
    fillCrossed(state, market, false)
  }
}
