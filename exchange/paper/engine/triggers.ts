/** Fires TP/SL orders when the mark price reaches them. */
// Not here: where the mark price comes from (mark-price.ts).
import type { Account } from '#exchange/paper/engine/account.ts'
import type { CoinMarket } from '#exchange/paper/engine/book.ts'
import { marginFault } from '#exchange/paper/engine/order-checks.ts'
import {
  cancelSiblings,
  closeOrder,
  enterOrder,
  leaveOrder,
  recordStatus,
} from '#exchange/paper/engine/order-lifecycle.ts'
import { executeOrder } from '#exchange/paper/engine/place-orders.ts'
import { enforceReduceOnly } from '#exchange/paper/engine/reduce-only.ts'
import { coinAccount, type EngineState } from '#exchange/paper/engine/state.ts'
import type { Order } from '#exchange/paper/engine/types.ts'
import { roundToTick } from '#exchange/paper/engine/units.ts'

/** Slippage that a market TP/SL accepts, as a fraction. Source: venue docs, "Take profit and stop loss orders". */
const SLIPPAGE = 0.1

/** Fires every order of the market whose trigger the mark price has reached, oldest first. */
export function fireTriggers(state: EngineState, market: CoinMarket): void {
  if (market.triggers.size === 0 || market.markPx === 0) return
  const due: Order[] = []
  for (const order of market.triggers.values()) {
    const trigger = order.trigger
    if (trigger && (trigger.above ? market.markPx >= trigger.px : market.markPx <= trigger.px))
      due.push(order)
  }
  for (const order of due) {
    if (order.place === 'trigger') fire(state, market, order)
  }
}

/** Triggers of a market that wait: their prices in ticks, the sides of the orders that they become, and from where they are reached. */
export function waitingTriggers(market: CoinMarket): { px: number; isBuy: boolean; above: boolean }[] {
  return [...market.triggers.values()].flatMap(({ isBuy, trigger }) =>
    trigger ? [{ px: trigger.px, isBuy, above: trigger.above }] : [],
  )
}

function fire(state: EngineState, market: CoinMarket, order: Order): void {
  const account = state.accounts.get(order.user) as Account
  const coin = coinAccount(state, account, order.asset)
  const closable = Math.max(0, order.isBuy ? -coin.szi : coin.szi)
  const isMarket = order.trigger?.isMarket === true
  const reduces = order.reduceOnly || order.isPositionTpsl
  leaveOrder(state, account, order)
  // Size and price are settled before the status is recorded: the record is what a restart goes by.
  if (order.isPositionTpsl && order.origSz === 0) order.sz = closable
  else if (reduces && closable > 0) order.sz = Math.min(order.sz, closable)
  if (isMarket) {
    const factor = order.isBuy ? 1 + SLIPPAGE : 1 - SLIPPAGE
    order.px = roundToTick(Math.round(market.markPx * factor), market.spec.pxDecimals, order.isBuy)
  }
  recordStatus(state, order, 'triggered')
  cancelSiblings(state, account, order)
  const refusal = reduces
    ? closable === 0
      ? 'reduceOnlyCanceled'
      : null
    : marginFault(state, account, order) && 'marginCanceled'
  if (refusal) closeOrder(state, account, order, refusal)
  else work(state, account, order, isMarket)
}

/** What fired trades as any order would; the rest of a market order is canceled, that of a limit order rests. */
function work(state: EngineState, account: Account, order: Order, isMarket: boolean): void {
  executeOrder(state, account, order)
  if (order.sz === 0) closeOrder(state, account, order, 'filled')
  else if (isMarket)
    closeOrder(state, account, order, order.filledNtl === 0 ? 'marketOrderNoLiquidityRejected' : 'canceled')
  else {
    enterOrder(state, account, order, 'book')
    if (order.reduceOnly) enforceReduceOnly(state, account, order.asset)
  }
}
