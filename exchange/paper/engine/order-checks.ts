/** Why an order is refused, in the venue's own words. */
import type { Account } from '#exchange/paper/engine/account.ts'
import { bestPrices, type CoinMarket } from '#exchange/paper/engine/book.ts'
import { availableMargin, requiredMargin } from '#exchange/paper/engine/margin.ts'
import { coinAccount, type EngineState, marksOf } from '#exchange/paper/engine/state.ts'
import type { CoinSpec, Grouping, Order, OrderRequest, OrderStatus } from '#exchange/paper/engine/types.ts'
import { formatUnits, isTickPrice, USD } from '#exchange/paper/engine/units.ts'

/** Limits of the venue. Source: wire contract §7 "Limits". */
export const ORDER_LIMITS = {
  minNtlUsd: 10,
  openOrdersMin: 1_000,
  openOrdersMax: 5_000,
  /** One more open order per so much traded volume. */
  volumePerOpenOrderUsd: 5_000_000,
  /** Positions beyond this would leave the exact integer range. */
  positionNtlMax: 4_000_000_000 * USD,
} as const

export interface StateFault {
  status: OrderStatus
  text: string
}

function largestOrderUsd(spec: CoinSpec, isMarket: boolean): number {
  const market =
    spec.maxLeverage >= 25 ? 30e6 : spec.maxLeverage >= 20 ? 5e6 : spec.maxLeverage >= 10 ? 2e6 : 0.5e6
  return isMarket ? market : market * 10
}

/** A fault of the request itself, found before anything of the batch is executed; null when there is none. */
export function payloadFault(state: EngineState, request: OrderRequest, grouping: Grouping): string | null {
  const spec = state.specs[request.asset]
  const market = state.markets[request.asset]
  if (!spec || !market) return `Unknown asset. asset=${request.asset}`
  const wholePosition = grouping === 'positionTpsl' && request.trigger !== null
  if (request.sz === 0 && !wholePosition) return 'Order has zero size.'
  if (request.sz < 0) return 'Order has invalid size.'
  if (request.px <= 0) return 'Order has invalid price.'
  if (request.trigger && request.trigger.px <= 0) return 'Order has invalid price.'
  if (!isTickPrice(request.px, spec.pxDecimals))
    return `Price must be divisible by tick size. asset=${request.asset}`
  if (request.trigger && !isTickPrice(request.trigger.px, spec.pxDecimals)) {
    return `Price must be divisible by tick size. asset=${request.asset}`
  }
  const reference = market.markPx
  if (reference > 0 && (request.px * 20 < reference || request.px > reference * 20)) {
    return 'Order price cannot be more than 95% away from the reference price'
  }
  const largest = largestOrderUsd(spec, request.tif === 'FrontendMarket')
  if (request.px * request.sz > largest * USD) return `Order value too large. Max is $${largest}.`
  return null
}

const openOrdersMax = (account: Account): number =>
  Math.min(
    ORDER_LIMITS.openOrdersMax,
    ORDER_LIMITS.openOrdersMin + Math.floor(account.cumVolume / (ORDER_LIMITS.volumePerOpenOrderUsd * USD)),
  )

/** Statuses of orders that never were: their client order id may be used again. */
export const isRefusal = (status: OrderStatus): boolean =>
  status === 'rejected' || status.endsWith('Rejected')

/** A fault that depends on book, position or margin; null when the order may go on. */
export function stateFault(state: EngineState, account: Account, order: Order): StateFault | null {
  const coin = coinAccount(state, account, order.asset)
  const known = order.cloid === null ? undefined : account.byCloid.get(order.cloid)
  if (known && !isRefusal(known.status))
    return { status: 'rejected', text: `Duplicate cloid. asset=${order.asset}` }
  if (!order.reduceOnly && order.px * order.sz < ORDER_LIMITS.minNtlUsd * USD) {
    return {
      status: 'minTradeNtlRejected',
      text: `Order must have minimum value of $10. asset=${order.asset}`,
    }
  }
  if (account.open.size >= openOrdersMax(account))
    return { status: 'rejected', text: `Too many open orders. asset=${order.asset}` }
  if (order.trigger) return triggerFault(state, order)
  if (order.reduceOnly && (coin.szi === 0 || coin.szi > 0 === order.isBuy)) {
    return {
      status: 'reduceOnlyRejected',
      text: `Reduce only order would increase position. asset=${order.asset}`,
    }
  }
  if (order.tif === 'Alo') {
    const fault = postOnlyFault(state, order)
    if (fault) return fault
  }
  return order.reduceOnly ? null : marginFault(state, account, order)
}

/** A trigger that has already been passed cannot wait for it. */
function triggerFault(state: EngineState, order: Order): StateFault | null {
  const mark = (state.markets[order.asset] as CoinMarket).markPx
  const trigger = order.trigger
  if (!trigger || mark === 0) return null
  const passed = trigger.above ? mark >= trigger.px : mark <= trigger.px
  return passed ? { status: 'badTriggerPxRejected', text: `Invalid TP/SL price. asset=${order.asset}` } : null
}

function postOnlyFault(state: EngineState, order: Order): StateFault | null {
  const market = state.markets[order.asset] as CoinMarket
  const { bid, ask } = bestPrices(market)
  const crosses = order.isBuy ? ask !== 0 && order.px >= ask : bid !== 0 && order.px <= bid
  if (!crosses) return null
  const text = (px: number) => formatUnits(px, market.spec.pxDecimals).replace(/\.0$/, '')
  return {
    status: 'badAloPxRejected',
    text: `Post only order would have immediately matched, bbo was ${text(bid)}@${text(ask)}. asset=${order.asset}`,
  }
}

/** Initial margin at the account's leverage, resting orders included; an order that only reduces needs none. */
export function marginFault(state: EngineState, account: Account, order: Order): StateFault | null {
  const coin = coinAccount(state, account, order.asset)
  const mark = (state.markets[order.asset] as CoinMarket).markPx
  const px = order.isBuy ? order.px : Math.max(order.px, mark)
  const ntl = px * order.sz
  if (Math.abs(coin.szi) * mark + ntl > ORDER_LIMITS.positionNtlMax) {
    return { status: 'rejected', text: `Order would exceed the maximum position. asset=${order.asset}` }
  }
  const before = requiredMargin(coin, mark)
  if (order.isBuy) {
    coin.buySz += order.sz
    coin.buyNtl += ntl
  } else {
    coin.sellSz += order.sz
    coin.sellNtl += ntl
  }
  const after = requiredMargin(coin, mark)
  const short = after > before && availableMargin(account, marksOf(state)) < 0
  if (order.isBuy) {
    coin.buySz -= order.sz
    coin.buyNtl -= ntl
  } else {
    coin.sellSz -= order.sz
    coin.sellNtl -= ntl
  }
  return short
    ? { status: 'perpMarginRejected', text: `Insufficient margin to place order. asset=${order.asset}` }
    : null
}
