/** Keeps reduce-only orders within the position they may close. */
import type { Account } from '#exchange/paper/engine/account.ts'
import { closeOrder } from '#exchange/paper/engine/order-lifecycle.ts'
import { coinAccount, type EngineState } from '#exchange/paper/engine/state.ts'
import type { Order } from '#exchange/paper/engine/types.ts'

/**
 * Called after every change of a position: resting reduce-only orders that together exceed it are canceled, newest first,
 * and position TP/SL end with the position. Source: wire contract §7 "Reduce-only", "TP/SL".
 */
export function enforceReduceOnly(state: EngineState, account: Account, asset: number): void {
  const coin = coinAccount(state, account, asset)
  if (coin.reduceOnlyOrders === 0 && coin.triggerOrders === 0) return
  let room = Math.abs(coin.szi)
  const closesWith = coin.szi < 0
  const doomed: Order[] = []
  const orders = [...account.open.values()].filter((order) => order.asset === asset)
  for (const order of orders.sort((a, b) => a.oid - b.oid)) {
    if (order.place === 'trigger' && order.isPositionTpsl && (coin.szi === 0 || order.isBuy !== closesWith))
      doomed.push(order)
    if (order.place !== 'book' || !order.reduceOnly) continue
    if (coin.szi === 0 || order.isBuy !== closesWith || order.sz > room) doomed.push(order)
    else room -= order.sz
  }
  for (const order of doomed) closeOrder(state, account, order, 'reduceOnlyCanceled')
}
