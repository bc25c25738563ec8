/** Cancels and modifies orders, by the venue's id or the client's. */
import type { Account } from '#exchange/paper/engine/account.ts'
import type { CoinMarket } from '#exchange/paper/engine/book.ts'
import { wouldCross } from '#exchange/paper/engine/matching.ts'
import { payloadFault } from '#exchange/paper/engine/order-checks.ts'
import { closeOrder } from '#exchange/paper/engine/order-lifecycle.ts'
import { placeOrders } from '#exchange/paper/engine/place-orders.ts'
import type { EngineState } from '#exchange/paper/engine/state.ts'
import type { Order, OrderRequest, OrderResult } from '#exchange/paper/engine/types.ts'

/** Open order of the account by oid or cloid; undefined when there is none. */
export function findOpen(account: Account, id: number | string): Order | undefined {
  const order = typeof id === 'number' ? account.open.get(id) : account.byCloid.get(id)
  return order && order.place !== 'closed' ? order : undefined
}

/** Cancels one order. @returns null on success, else the venue's text */
export function cancelOrder(
  state: EngineState,
  account: Account,
  asset: number,
  id: number | string,
): string | null {
  const order = findOpen(account, id)
  if (!order || order.asset !== asset)
    return `Order was never placed, already canceled, or filled. asset=${asset}`
  closeOrder(state, account, order, 'canceled')
  return null
}

/** Ends every open order of an account with one verdict, e.g. the scheduled cancel. @returns how many */
export function cancelAll(
  state: EngineState,
  account: Account,
  status: 'canceled' | 'scheduledCancel' | 'liquidatedCanceled',
): number {
  const orders = [...account.open.values()]
  let count = 0
  for (const order of orders) {
    if (order.place === 'closed') continue
    closeOrder(state, account, order, status)
    count++
  }
  return count
}

export interface OrderChange {
  /** oid or cloid of the open order. */
  id: number | string
  order: OrderRequest
  /** Places the new order in any case, as a plain order would be. */
  alwaysPlace: boolean
}

/**
 * Cancel + new order with a new oid. Without `alwaysPlace` the new order must rest: an ALO, or a GTC that does not cross.
 * Source: wire contract §6 "modify".
 */
export function modifyOrder(state: EngineState, account: Account, change: OrderChange): OrderResult {
  const old = findOpen(account, change.id)
  if (!old) return { kind: 'error', text: 'Cannot modify canceled or filled order' }
  const fault = payloadFault(state, change.order, 'na')
  if (fault !== null) return { kind: 'error', text: fault }
  const { order } = change
  const market = state.markets[order.asset] as CoinMarket
  const replacesTrigger = old.trigger !== null && order.trigger !== null
  if (!change.alwaysPlace && !replacesTrigger) {
    const rests =
      order.trigger === null &&
      (order.tif === 'Alo' || (order.tif === 'Gtc' && !wouldCross(market, order.isBuy, order.px)))
    if (!rests) return { kind: 'error', text: 'Attempted to modify to invalid new order' }
  }
  closeOrder(state, account, old, 'canceled')
  // The new order may carry the old one's cloid: it names what replaced it.
  if (old.cloid !== null && old.cloid === order.cloid) account.byCloid.delete(old.cloid)
  const [result] = placeOrders(state, account, { orders: [order], grouping: 'na', builder: old.builder })
  return result ?? { kind: 'error', text: 'Attempted to modify to invalid new order' }
}
