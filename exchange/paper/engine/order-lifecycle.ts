/** The places an order can be in (book, trigger list, parent's care, closed) and the moves between them. */
// Not here: whether an order is accepted (place-orders.ts), fills (book-fill.ts).
import { type Account, fileClosedOrder, holdOrder } from '#exchange/paper/engine/account.ts'
import { type CoinMarket, dequeue, enqueue, volumeAt } from '#exchange/paper/engine/book.ts'
import { coinAccount, type EngineState } from '#exchange/paper/engine/state.ts'
import type { CoinAccount, Order, OrderStatus } from '#exchange/paper/engine/types.ts'

const sideOf = (market: CoinMarket, isBuy: boolean) => (isBuy ? market.ownBids : market.ownAsks)

function countPlace(coin: CoinAccount, order: Order, sign: 1 | -1): void {
  if (order.place === 'book') {
    holdOrder(coin, order, order.sz, sign)
    if (order.reduceOnly) coin.reduceOnlyOrders += sign
  } else if (order.place !== 'closed') {
    coin.triggerOrders += sign
  }
}

/** Enters an order into the book, the trigger list or its parent's care. */
export function enterOrder(
  state: EngineState,
  account: Account,
  order: Order,
  place: 'book' | 'trigger' | 'parent',
): void {
  const market = state.markets[order.asset] as CoinMarket
  order.place = place
  account.open.set(order.oid, order)
  if (place === 'book') {
    order.ahead = volumeAt(market, order.isBuy, order.px)
    enqueue(sideOf(market, order.isBuy), order)
  } else if (place === 'trigger') {
    market.triggers.set(order.oid, order)
  }
  countPlace(coinAccount(state, account, order.asset), order, 1)
}

/** Takes an order from where it is, without a verdict. */
export function leaveOrder(state: EngineState, account: Account, order: Order): void {
  if (order.place === 'closed') return
  const market = state.markets[order.asset] as CoinMarket
  countPlace(coinAccount(state, account, order.asset), order, -1)
  if (order.place === 'book') dequeue(sideOf(market, order.isBuy), order)
  else if (order.place === 'trigger') market.triggers.delete(order.oid)
  order.place = 'closed'
  account.open.delete(order.oid)
}

/** Notes a status of an order; `first` marks the record that carries the whole order. */
export function recordStatus(state: EngineState, order: Order, status: OrderStatus, first = false): void {
  order.status = status
  order.statusTs = state.now
  state.records.push({ kind: 'order', order, status, sz: order.sz, ts: state.now, first })
}

/** Ends an order for good, and with it what depends on it. */
export function closeOrder(state: EngineState, account: Account, order: Order, status: OrderStatus): void {
  leaveOrder(state, account, order)
  fileClosedOrder(account, order)
  recordStatus(state, order, status)
  if (order.family !== null && order.parent === 0) settleChildren(state, account, order, status)
}

/** Children wait for their trigger once the parent is filled in full; they end with a parent that ended otherwise. */
function settleChildren(state: EngineState, account: Account, parent: Order, status: OrderStatus): void {
  for (const oid of parent.family ?? []) {
    const child = account.open.get(oid)
    if (child?.place !== 'parent') continue
    if (status !== 'filled') {
      closeOrder(state, account, child, 'canceled')
      continue
    }
    leaveOrder(state, account, child)
    enterOrder(state, account, child, 'trigger')
    recordStatus(state, child, 'open')
  }
}

/** One of several TP/SL children fired: the others end. */
export function cancelSiblings(state: EngineState, account: Account, fired: Order): void {
  for (const oid of fired.family ?? []) {
    const sibling = oid === fired.oid ? undefined : account.open.get(oid)
    if (sibling) closeOrder(state, account, sibling, 'siblingFilledCanceled')
  }
}
