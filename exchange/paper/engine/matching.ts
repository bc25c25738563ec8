/** Trades an aggressive order against source levels and own orders in price-time priority. */
// Not here: whether it may trade at all (place-orders.ts); resting orders against the source's market (queue-model.ts).
import { type Account, holdOrder } from '#exchange/paper/engine/account.ts'
import {
  bestExternal,
  bestOwn,
  bestPrices,
  type CoinMarket,
  dequeue,
  externalAt,
  type OwnLevel,
} from '#exchange/paper/engine/book.ts'
import { bookFill } from '#exchange/paper/engine/book-fill.ts'
import { affordsFill } from '#exchange/paper/engine/margin.ts'
import { closeOrder } from '#exchange/paper/engine/order-lifecycle.ts'
import { enforceReduceOnly } from '#exchange/paper/engine/reduce-only.ts'
import { coinAccount, type EngineState, marksOf, tidOf } from '#exchange/paper/engine/state.ts'
import type { ExternalLevel, Fill, Order } from '#exchange/paper/engine/types.ts'

export interface MatchOptions {
  liquidation?: Fill['liquidation']
}

/** Takes `sz` off a resting order after a fill of it, and closes it when it is done. */
export function reduceResting(state: EngineState, account: Account, order: Order, sz: number): void {
  const market = state.markets[order.asset] as CoinMarket
  const side = order.isBuy ? market.ownBids : market.ownAsks
  const coin = coinAccount(state, account, order.asset)
  holdOrder(coin, order, sz, -1)
  if (sz === order.sz) {
    if (order.reduceOnly) coin.reduceOnlyOrders -= 1
    dequeue(side, order)
    order.sz = 0
    order.place = 'closed'
    account.open.delete(order.oid)
    closeOrder(state, account, order, 'filled')
    return
  }
  order.sz -= sz
  const level = side.levels.get(order.px) as OwnLevel
  level.sz -= sz
}

/**
 * How much of a resting order may trade now: its position caps a reduce-only one, and an order that its account can no
 * longer afford is canceled. @returns lots, 0 when it was canceled
 */
export function tradableRest(state: EngineState, account: Account, order: Order): number {
  const coin = coinAccount(state, account, order.asset)
  if (order.reduceOnly) {
    const closable = order.isBuy ? -coin.szi : coin.szi
    if (closable > 0) return Math.min(order.sz, closable)
    closeOrder(state, account, order, 'reduceOnlyCanceled')
    return 0
  }
  const opens = coin.szi === 0 || coin.szi > 0 === order.isBuy || order.sz > Math.abs(coin.szi)
  // Its margin was held when it was placed; a deficit now means losses ate it.
  const signedSz = order.isBuy ? order.sz : -order.sz
  if (opens && !affordsFill(account, { asset: order.asset, signedSz, px: order.px }, marksOf(state))) {
    closeOrder(state, account, order, 'marginCanceled')
    return 0
  }
  return order.sz
}

/** Fills one resting order by `sz` at its own price; the other side is `takerFill` or the source's market. */
export function fillResting(
  state: EngineState,
  account: Account,
  order: Order,
  sz: number,
  tid: number,
): void {
  order.filledNtl += order.px * sz
  bookFill(state, account, { order, px: order.px, sz, crossed: false, tid })
  reduceResting(state, account, order, sz)
  enforceReduceOnly(state, account, order.asset)
}

function takeExternal(
  state: EngineState,
  account: Account,
  order: Order,
  level: ExternalLevel,
  sz: number,
  options: MatchOptions,
): void {
  level.sz -= sz
  order.sz -= sz
  order.filledNtl += level.px * sz
  bookFill(state, account, {
    order,
    px: level.px,
    sz,
    crossed: true,
    tid: tidOf(state.seed, state.sequence++),
    ...options,
  })
}

/** Trades with the queue of one price: source volume before an own order goes first. */
function matchLevel(
  state: EngineState,
  account: Account,
  order: Order,
  at: { external: ExternalLevel | null; own: OwnLevel | null; options: MatchOptions },
): void {
  const { external, own, options } = at
  while (order.sz > 0) {
    const rest = own && own.count > 0 ? own.head : null
    const before = external ? (rest && rest.ahead >= 0 ? Math.min(rest.ahead, external.sz) : external.sz) : 0
    if (external && before > 0) {
      const sz = Math.min(order.sz, before)
      takeExternal(state, account, order, external, sz, options)
      for (let one = rest; one; one = one.next) if (one.ahead > 0) one.ahead = Math.max(0, one.ahead - sz)
      continue
    }
    if (!rest) return
    if (rest.user === order.user) {
      closeOrder(state, account, rest, 'selfTradeCanceled')
      continue
    }
    const maker = state.accounts.get(rest.user) as Account
    const sz = Math.min(order.sz, tradableRest(state, maker, rest))
    if (sz === 0) continue
    const tid = tidOf(state.seed, state.sequence++)
    const px = rest.px
    order.sz -= sz
    order.filledNtl += px * sz
    bookFill(state, account, { order, px, sz, crossed: true, tid, ...options })
    fillResting(state, maker, rest, sz, tid)
  }
}

/** Trades as much of `order` as its limit price allows. Its `sz` is what remains afterwards. */
export function matchOrder(
  state: EngineState,
  account: Account,
  order: Order,
  options: MatchOptions = {},
): void {
  const market = state.markets[order.asset] as CoinMarket
  const levels = order.isBuy ? market.asks : market.bids
  const side = order.isBuy ? market.ownAsks : market.ownBids
  while (order.sz > 0) {
    const ownBest = bestOwn(side)
    const sourceBest = bestExternal(levels)
    if (!ownBest && !sourceBest) return
    const px =
      ownBest && sourceBest
        ? order.isBuy
          ? Math.min(ownBest.px, sourceBest.px)
          : Math.max(ownBest.px, sourceBest.px)
        : (ownBest?.px ?? sourceBest?.px ?? 0)
    if (order.isBuy ? px > order.px : px < order.px) return
    const external = externalAt(levels, px)
    matchLevel(state, account, order, {
      external: external && external.sz > 0 ? external : null,
      own: side.levels.get(px) ?? null,
      options,
    })
  }
}

/** True when the order would trade at once. */
export function wouldCross(market: CoinMarket, isBuy: boolean, px: number): boolean {
  const { bid, ask } = bestPrices(market)
  return isBuy ? ask !== 0 && px >= ask : bid !== 0 && px <= bid
}
