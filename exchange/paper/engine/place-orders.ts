/** Accepts or refuses orders: payload checks for the whole batch, state checks one by one, then matching and resting. */
// Not here: reading the wire's JSON (exchange/paper/read-actions.ts).
import { mulDiv } from '#domain/trading/venue-charges.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import { fileClosedOrder } from '#exchange/paper/engine/account.ts'
import type { CoinMarket } from '#exchange/paper/engine/book.ts'
import { matchOrder, wouldCross } from '#exchange/paper/engine/matching.ts'
import { payloadFault, type StateFault, stateFault } from '#exchange/paper/engine/order-checks.ts'
import { closeOrder, enterOrder, recordStatus } from '#exchange/paper/engine/order-lifecycle.ts'
import { enforceReduceOnly } from '#exchange/paper/engine/reduce-only.ts'
import { coinAccount, type EngineState } from '#exchange/paper/engine/state.ts'
import type { CoinSpec, Grouping, Order, OrderRequest, OrderResult } from '#exchange/paper/engine/types.ts'
import { formatUnits, pow10, USD_DECIMALS } from '#exchange/paper/engine/units.ts'

export interface OrderBatch {
  orders: readonly OrderRequest[]
  grouping: Grouping
  builder: { address: string; fee: number } | null
  twapId?: number
}

/**
 * Places a batch. A payload fault answers once for the whole batch and places nothing; state faults answer per order.
 * Source: wire contract §6 "Error texts".
 */
export function placeOrders(state: EngineState, account: Account, batch: OrderBatch): OrderResult[] {
  const fault = batch.orders.length === 0 ? 'Order must have at least one order.' : batchFault(state, batch)
  if (fault !== null) return [{ kind: 'error', text: fault }]
  if (batch.grouping === 'normalTpsl') return placeWithChildren(state, account, batch)
  return batch.orders.map((request) => {
    const order = createOrder(state, account, request, batch)
    if (batch.grouping === 'positionTpsl') order.isPositionTpsl = true
    return placeOne(state, account, order)
  })
}

function batchFault(state: EngineState, batch: OrderBatch): string | null {
  for (const request of batch.orders) {
    const fault = payloadFault(state, request, batch.grouping)
    if (fault !== null) return fault
  }
  const parentIsTrigger = batch.grouping === 'normalTpsl' && batch.orders[0]?.trigger !== null
  return parentIsTrigger ? 'Main order cannot be trigger order.' : null
}

/** Parent first; its children wait for it to fill in full. */
function placeWithChildren(state: EngineState, account: Account, batch: OrderBatch): OrderResult[] {
  const [mainRequest, ...childRequests] = batch.orders as [OrderRequest, ...OrderRequest[]]
  const main = createOrder(state, account, mainRequest, batch)
  const children = childRequests.map((request) =>
    createOrder(state, account, { ...request, reduceOnly: true }, batch),
  )
  const family = children.map((child) => child.oid)
  main.family = family.length > 0 ? family : null
  for (const child of children) {
    child.parent = main.oid
    child.family = family
  }
  const result = placeOne(state, account, main)
  if (result.kind === 'error')
    return [result, ...children.map((): OrderResult => ({ kind: 'error', text: result.text }))]
  const filled = main.place === 'closed' && main.sz === 0
  if (main.place === 'closed' && !filled)
    return [
      result,
      ...children.map((): OrderResult => ({ kind: 'error', text: 'Main order was not filled in full.' })),
    ]
  for (const child of children) {
    recordStatus(state, child, 'open', true)
    enterOrder(state, account, child, filled ? 'trigger' : 'parent')
  }
  return [
    result,
    ...children.map((): OrderResult => ({ kind: filled ? 'waitingForTrigger' : 'waitingForFill' })),
  ]
}

export function createOrder(
  state: EngineState,
  account: Account,
  request: OrderRequest,
  batch: Pick<OrderBatch, 'builder' | 'twapId'>,
): Order {
  const order: Order = {
    oid: state.nextOid++,
    cloid: request.cloid,
    user: account.address,
    asset: request.asset,
    isBuy: request.isBuy,
    px: request.px,
    sz: request.sz,
    origSz: request.sz,
    reduceOnly: request.reduceOnly,
    tif: request.tif,
    trigger: request.trigger,
    isPositionTpsl: false,
    parent: 0,
    family: null,
    ts: state.now,
    status: 'open',
    statusTs: state.now,
    place: 'closed',
    filledNtl: 0,
    ahead: -1,
    twapId: batch.twapId ?? 0,
    builder: batch.builder,
    prev: null,
    next: null,
  }
  return order
}

function refuse(state: EngineState, account: Account, order: Order, fault: StateFault): OrderResult {
  fileClosedOrder(account, order)
  if (order.cloid !== null && !account.byCloid.has(order.cloid)) account.byCloid.set(order.cloid, order)
  recordStatus(state, order, fault.status, true)
  return { kind: 'error', text: fault.text }
}

/** Places one order that passed the payload checks. */
function placeOne(state: EngineState, account: Account, order: Order): OrderResult {
  const market = state.markets[order.asset] as CoinMarket
  const fault = stateFault(state, account, order)
  if (fault) return refuse(state, account, order, fault)
  if (order.cloid !== null) account.byCloid.set(order.cloid, order)
  if (order.trigger) {
    recordStatus(state, order, 'open', true)
    enterOrder(state, account, order, 'trigger')
    return order.isPositionTpsl ? { kind: 'waitingForTrigger' } : resting(order)
  }
  if (order.reduceOnly) {
    const closable = Math.abs(coinAccount(state, account, order.asset).szi)
    if (order.sz > closable) {
      order.sz = closable
      order.origSz = closable
    }
  }
  const immediate = order.tif === 'Ioc' || order.tif === 'FrontendMarket'
  const crosses = wouldCross(market, order.isBuy, order.px)
  if (immediate && !crosses) return refuse(state, account, order, noMatch(order))
  recordStatus(state, order, 'open', true)
  if (crosses) executeOrder(state, account, order)
  if (order.sz === 0) {
    closeOrder(state, account, order, 'filled')
    return filledResult(state, order, order.origSz)
  }
  if (immediate) {
    const fault = noMatch(order)
    closeOrder(state, account, order, order.filledNtl === 0 ? fault.status : 'canceled')
    return order.filledNtl === 0
      ? { kind: 'error', text: fault.text }
      : filledResult(state, order, order.origSz - order.sz)
  }
  enterOrder(state, account, order, 'book')
  if (order.reduceOnly) enforceReduceOnly(state, account, order.asset)
  return resting(order)
}

/** Trades what can be traded and keeps reduce-only orders in line with the new position. */
export function executeOrder(state: EngineState, account: Account, order: Order): void {
  matchOrder(state, account, order)
  if (order.filledNtl > 0) enforceReduceOnly(state, account, order.asset)
}

const resting = (order: Order): OrderResult => ({ kind: 'resting', oid: order.oid, cloid: order.cloid })

function noMatch(order: Order): StateFault {
  return order.tif === 'FrontendMarket'
    ? {
        status: 'marketOrderNoLiquidityRejected',
        text: `No liquidity available for market order. asset=${order.asset}`,
      }
    : {
        status: 'iocCancelRejected',
        text: `Order could not immediately match against any resting orders. asset=${order.asset}`,
      }
}

function filledResult(state: EngineState, order: Order, sz: number): OrderResult {
  const spec = state.specs[order.asset] as CoinSpec
  return {
    kind: 'filled',
    oid: order.oid,
    cloid: order.cloid,
    totalSz: formatUnits(sz, spec.szDecimals),
    avgPx: formatUnits(mulDiv(order.filledNtl, pow10(spec.szDecimals), sz), USD_DECIMALS),
  }
}
