/** Orders and cancels as the venue writes them, and its answers read back one by one. Pure. */
// Not here: sending (actions.ts). Source: wire contract §6.
import { formatFixed, parseFixed } from '#domain/fixed-point.ts'
import type { Cloid } from '#domain/ids.ts'
import type { CancelAnswer, OrderAnswer, OrderModify } from '#domain/session/ports.ts'
import type { OrderIntent, TimeInForce } from '#domain/session/types.ts'
import type { ActionResult } from '#exchange/client/actions.ts'
import { classifyRefusal } from '#exchange/client/refusals.ts'
import type { Action } from '#exchange/client/signing.ts'

const TIF: Readonly<Record<TimeInForce, string>> = { alo: 'Alo', gtc: 'Gtc', ioc: 'Ioc' }
/** Prices and sizes are hashed as text: the venue wants them without trailing zeros. */
const plain = (decimal: string): string => formatFixed(parseFixed(decimal))

/** One batch; every order must be of a coin that `assetOf` knows. */
export const orderAction = (orders: readonly OrderIntent[], assetOf: (coin: string) => number): Action => ({
  type: 'order',
  orders: orders.map((order) => wireOrder(order, assetOf)),
  grouping: 'na',
})

const wireOrder = (order: OrderIntent, assetOf: (coin: string) => number) => ({
  a: assetOf(order.coin),
  b: order.side === 'buy',
  p: plain(order.px),
  s: plain(order.sz),
  r: order.reduce_only,
  t: order.trigger
    ? {
        trigger: {
          isMarket: true,
          triggerPx: plain(order.trigger.px),
          tpsl: order.trigger.kind === 'stop' ? 'sl' : 'tp',
        },
      }
    : { limit: { tif: TIF[order.tif] } },
  c: order.cloid,
})

/** One batch of new orders in the place of resting ones, which are named by their client order id. */
export const modifyAction = (
  modifies: readonly OrderModify[],
  assetOf: (coin: string) => number,
): Action => ({
  type: 'batchModify',
  modifies: modifies.map(({ cloid, order }) => ({ oid: cloid, order: wireOrder(order, assetOf) })),
})

export const cancelByCloidAction = (cancels: readonly { asset: number; cloid: Cloid }[]): Action => ({
  type: 'cancelByCloid',
  cancels: cancels.map(({ asset, cloid }) => ({ asset, cloid })),
})

export const cancelAction = (cancels: readonly { asset: number; oid: number }[]): Action => ({
  type: 'cancel',
  cancels: cancels.map(({ asset, oid }) => ({ a: asset, o: oid })),
})

/** Cross leverage of one coin. */
export const leverageAction = (asset: number, leverage: number): Action => ({
  type: 'updateLeverage',
  asset,
  isCross: true,
  leverage,
})

/** `statuses` of an answer, or null where there are none. */
function statusesOf(response: unknown): readonly unknown[] | null {
  const statuses = (response as { data?: { statuses?: unknown } } | null)?.data?.statuses
  return Array.isArray(statuses) ? statuses : null
}

const errorOf = (status: unknown): string | null => {
  const error = (status as { error?: unknown } | null)?.error
  return typeof error === 'string' ? error : null
}

/** One answer an order, in order. A single error for a batch means that none of it was placed (wire contract §6). */
export function readOrderAnswers(orders: readonly OrderIntent[], result: ActionResult): OrderAnswer[] {
  if (result.kind === 'unknown') {
    return orders.map(({ cloid }) => ({ cloid, status: 'unknown', message: result.message }))
  }
  if (result.kind === 'refused') {
    return orders.map(({ cloid }) => ({
      cloid,
      status: 'rejected',
      message: result.message,
      code: result.code,
    }))
  }
  const statuses = statusesOf(result.response)
  const only = statuses?.length === 1 ? errorOf(statuses[0]) : null
  if (only !== null) return orders.map(({ cloid }) => rejected(cloid, only))
  return orders.map(({ cloid }, at) => readOrderStatus(cloid, statuses?.[at]))
}

/** As for orders. One refusal for several does not tell whose old order is gone, so it tells it of none. */
export function readModifyAnswers(orders: readonly OrderIntent[], result: ActionResult): OrderAnswer[] {
  const answers = readOrderAnswers(orders, result)
  const each = result.kind === 'ok' && statusesOf(result.response)?.length === orders.length
  if (each) return answers
  return answers.map((answer) =>
    answer.status === 'rejected' && answer.code === 'GONE' && orders.length > 1
      ? { ...answer, code: 'OTHER' }
      : answer,
  )
}

const rejected = (cloid: Cloid, message: string): OrderAnswer => ({
  cloid,
  status: 'rejected',
  message,
  code: classifyRefusal(message).code,
})

interface StatusObject {
  resting?: { oid?: unknown }
  filled?: { oid?: unknown; totalSz?: unknown; avgPx?: unknown }
}

function readOrderStatus(cloid: Cloid, status: unknown): OrderAnswer {
  if (status === 'waitingForFill' || status === 'waitingForTrigger') return { cloid, status: 'accepted' }
  const error = errorOf(status)
  if (error !== null) return rejected(cloid, error)
  const { resting, filled } = (status ?? {}) as StatusObject
  if (typeof resting?.oid === 'number') return { cloid, status: 'resting', oid: resting.oid }
  if (
    typeof filled?.oid === 'number' &&
    typeof filled.totalSz === 'string' &&
    typeof filled.avgPx === 'string'
  ) {
    return { cloid, status: 'filled', oid: filled.oid, sz: filled.totalSz, avgPx: filled.avgPx }
  }
  return { cloid, status: 'unknown', message: `unreadable status ${JSON.stringify(status)?.slice(0, 100)}` }
}

/** One answer a cancel, in order. */
export function readCancelAnswers(cloids: readonly Cloid[], result: ActionResult): CancelAnswer[] {
  if (result.kind !== 'ok') {
    return cloids.map((cloid) => ({ cloid, status: 'unknown', message: result.message }))
  }
  const statuses = statusesOf(result.response)
  return cloids.map((cloid, at) => {
    const status = statuses?.[at]
    if (status === 'success') return { cloid, status: 'canceled' }
    const error = errorOf(status)
    if (error !== null && classifyRefusal(error).code === 'GONE') return { cloid, status: 'gone' }
    return {
      cloid,
      status: 'unknown',
      message: error ?? `unreadable status ${JSON.stringify(status)?.slice(0, 100)}`,
    }
  })
}
