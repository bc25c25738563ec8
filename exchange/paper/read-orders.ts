/** Wire orders → engine requests. Shapes that cannot be read are 422; values that cannot be are the venue's payload errors. */
import type { CoinSpec, Grouping, OrderRequest, Tif } from '#exchange/paper/engine/types.ts'
import { parseUnits } from '#exchange/paper/engine/units.ts'
import {
  address,
  cloid,
  decimal,
  type Fields,
  fieldsOf,
  flag,
  listOf,
  oneOf,
  whole,
} from '#exchange/paper/read-json.ts'
import { unreadable } from '#exchange/paper/request-errors.ts'

export const BATCH_MAX = 1_000
const TIFS = ['Gtc', 'Ioc', 'Alo', 'FrontendMarket'] as const

/** An order, or the text that refuses the whole batch. */
export type ReadOrder = { order: OrderRequest } | { fault: string }

function pxUnits(text: string, spec: CoinSpec, asset: number): number | string {
  const units = parseUnits(text, spec.pxDecimals)
  if (units !== null) return units <= 0 ? 'Order has invalid price.' : units
  // Finer than the tick, or too large to be one.
  return Number(text) > 0 && Number(text) < 1e9
    ? `Price must be divisible by tick size. asset=${asset}`
    : 'Order has invalid price.'
}

function szUnits(text: string, spec: CoinSpec): number | string {
  const units = parseUnits(text, spec.szDecimals)
  return units === null || units < 0 ? 'Order has invalid size.' : units
}

export function readOrder(raw: unknown, specs: readonly CoinSpec[]): ReadOrder {
  const fields = fieldsOf(raw)
  const asset = whole(fields.a)
  const isBuy = flag(fields.b)
  const pxText = decimal(fields.p)
  const szText = decimal(fields.s)
  const reduceOnly = flag(fields.r)
  const kind = fieldsOf(fields.t)
  const id = fields.c === undefined || fields.c === null ? null : cloid(fields.c)
  const limit = kind.limit === undefined ? null : fieldsOf(kind.limit)
  const trigger = kind.trigger === undefined ? null : fieldsOf(kind.trigger)
  if ((limit === null) === (trigger === null)) throw unreadable()
  const tif: Tif = limit ? oneOf(limit.tif, TIFS) : 'Gtc'
  const parsedTrigger = trigger && {
    isMarket: flag(trigger.isMarket),
    pxText: decimal(trigger.triggerPx),
    tpsl: oneOf(trigger.tpsl, ['tp', 'sl'] as const),
  }
  const spec = specs[asset]
  if (!spec) return { fault: `Unknown asset. asset=${asset}` }
  const sz = szUnits(szText, spec)
  if (typeof sz === 'string') return { fault: sz }
  const px = pxUnits(pxText, spec, asset)
  if (typeof px === 'string') return { fault: px }
  const order: OrderRequest = { asset, isBuy, px, sz, reduceOnly, tif, trigger: null, cloid: id }
  if (!parsedTrigger) return { order }
  const triggerPx = pxUnits(parsedTrigger.pxText, spec, asset)
  if (typeof triggerPx === 'string') return { fault: triggerPx }
  const { isMarket, tpsl } = parsedTrigger
  // A sell-TP and a buy-SL fire at or above, a sell-SL and a buy-TP at or below.
  order.trigger = { isMarket, px: triggerPx, tpsl, above: isBuy === (tpsl === 'sl') }
  return { order }
}

export interface ReadBatch {
  orders: OrderRequest[]
  fault: string | null
  grouping: Grouping
  builder: { address: string; fee: number } | null
}

/** The order action; the first order with a payload fault gives the fault of the batch. */
export function readOrderAction(action: Fields, specs: readonly CoinSpec[]): ReadBatch {
  const grouping = oneOf(action.grouping, ['na', 'normalTpsl', 'positionTpsl'] as const)
  const builderFields =
    action.builder === undefined || action.builder === null ? null : fieldsOf(action.builder)
  const builder = builderFields && { address: address(builderFields.b), fee: whole(builderFields.f) }
  const read = listOf(action.orders, BATCH_MAX).map((raw) => readOrder(raw, specs))
  const orders: OrderRequest[] = []
  let fault: string | null = null
  for (const one of read) {
    if ('order' in one) orders.push(one.order)
    else fault ??= one.fault
  }
  return { orders, fault, grouping, builder }
}

/** Id of an order to modify: oid or cloid. */
export const orderId = (value: unknown): number | string =>
  typeof value === 'number' ? whole(value) : cloid(value)
