/** Actions that trade: order, cancel, modify, leverage, margin, scheduled cancel, TWAP. */
// Not here: transfers and approvals (account-actions.ts).
import {
  type ActionContext,
  type ActionHandler,
  done,
  ok,
  refused,
  verdict,
} from '#exchange/paper/action-context.ts'
import type { OrderResult } from '#exchange/paper/engine/types.ts'
import { USD } from '#exchange/paper/engine/units.ts'
import { cloid, fieldsOf, flag, integer, listOf, whole, wholeOrNull } from '#exchange/paper/read-json.ts'
import { BATCH_MAX, orderId, readOrder, readOrderAction } from '#exchange/paper/read-orders.ts'

function statusOf(result: OrderResult): unknown {
  switch (result.kind) {
    case 'resting':
      return { resting: { oid: result.oid, ...(result.cloid === null ? {} : { cloid: result.cloid }) } }
    case 'filled':
      return {
        filled: {
          totalSz: result.totalSz,
          avgPx: result.avgPx,
          oid: result.oid,
          ...(result.cloid === null ? {} : { cloid: result.cloid }),
        },
      }
    case 'error':
      return { error: result.text }
    default:
      return result.kind
  }
}

const orderAnswer = (statuses: readonly unknown[]) => ok({ type: 'order', data: { statuses } })

/** Builder fees must have been approved by the account before. */
function builderFault(
  { builders, user }: ActionContext,
  builder: { address: string; fee: number } | null,
): string | null {
  if (builder === null || builder.fee === 0) return null
  const approved = builders.get(user)?.get(builder.address)
  // An approval is a percentage, a fee tenths of a basis point: 1 tenth = 0.001 %.
  const allowed = approved === undefined ? 0 : Math.round(Number.parseFloat(approved) * 1_000)
  return builder.fee <= allowed ? null : 'Builder fee has not been approved.'
}

const order: ActionHandler = (context) => {
  const { engine, now, user, action } = context
  const batch = readOrderAction(action, engine.state.specs)
  const fault = batch.fault ?? builderFault(context, batch.builder)
  if (fault !== null) return orderAnswer([{ error: fault }])
  return orderAnswer(engine.placeOrders(now, user, batch).map(statusOf))
}

const cancelAnswer = (faults: readonly (string | null)[]) =>
  ok({
    type: 'cancel',
    data: { statuses: faults.map((fault) => (fault === null ? 'success' : { error: fault })) },
  })

const cancel: ActionHandler = ({ engine, now, user, action }) => {
  const cancels = listOf(action.cancels, BATCH_MAX).map((raw) => {
    const fields = fieldsOf(raw)
    return { asset: whole(fields.a), id: whole(fields.o) }
  })
  return cancelAnswer(engine.cancel(now, user, cancels))
}

const cancelByCloid: ActionHandler = ({ engine, now, user, action }) => {
  const cancels = listOf(action.cancels, BATCH_MAX).map((raw) => {
    const fields = fieldsOf(raw)
    return { asset: whole(fields.asset), id: cloid(fields.cloid) }
  })
  return cancelAnswer(engine.cancel(now, user, cancels))
}

const modify: ActionHandler = ({ engine, now, user, action }) => {
  const id = orderId(action.oid)
  const read = readOrder(action.order, engine.state.specs)
  const alwaysPlace = action.a === true
  if ('fault' in read) return refused(read.fault)
  const result = engine.modify(now, user, { id, order: read.order, alwaysPlace })
  return result.kind === 'error' ? refused(result.text) : done
}

const batchModify: ActionHandler = ({ engine, now, user, action }) => {
  const alwaysPlace = action.a === true
  const changes = listOf(action.modifies, BATCH_MAX).map((raw) => {
    const fields = fieldsOf(raw)
    return { id: orderId(fields.oid), read: readOrder(fields.order, engine.state.specs) }
  })
  for (const { read } of changes) if ('fault' in read) return orderAnswer([{ error: read.fault }])
  return orderAnswer(
    changes.map(({ id, read }) =>
      statusOf(
        'fault' in read
          ? { kind: 'error', text: read.fault }
          : engine.modify(now, user, { id, order: read.order, alwaysPlace }),
      ),
    ),
  )
}

const updateLeverage: ActionHandler = ({ engine, now, user, action }) => {
  const asset = whole(action.asset)
  const change = { asset, isCross: flag(action.isCross), leverage: whole(action.leverage) }
  if (!engine.state.specs[asset]) return refused(`Unknown asset. asset=${asset}`)
  return verdict(engine.updateLeverage(now, user, change))
}

const updateIsolatedMargin: ActionHandler = ({ engine, now, user, action }) => {
  const asset = whole(action.asset)
  flag(action.isBuy)
  const usd = integer(action.ntli)
  if (!engine.state.specs[asset]) return refused(`Unknown asset. asset=${asset}`)
  return verdict(engine.updateIsolatedMargin(now, user, { asset, usd }))
}

/** Source: wire contract §7 "Scheduled cancel". */
const SCHEDULE = { aheadMs: 5_000, volumeUsd: 1_000_000, firingsADay: 10 } as const
const DAY_MS = 86_400_000

const scheduleCancel: ActionHandler = ({ engine, now, user, account, action }) => {
  const time = wholeOrNull(action.time)
  if (account.cumVolume < SCHEDULE.volumeUsd * USD) {
    const traded = (account.cumVolume / USD).toFixed(2)
    return refused(
      `Cannot set scheduled cancel time until enough volume traded. Required: $${SCHEDULE.volumeUsd}. Traded: $${traded}.`,
    )
  }
  if (time !== null && time < now + SCHEDULE.aheadMs)
    return refused('Scheduled cancel time too early, must be at least 5 seconds from now.')
  const [day, firings] = account.scheduledFirings
  if (time !== null && day === Math.floor(now / DAY_MS) && firings >= SCHEDULE.firingsADay)
    return refused('Too many scheduled cancels triggered today.')
  engine.scheduleCancel(now, user, time)
  return done
}

export const tradeActions: Readonly<Record<string, ActionHandler>> = {
  order,
  cancel,
  cancelByCloid,
  modify,
  batchModify,
  updateLeverage,
  updateIsolatedMargin,
  scheduleCancel,
  noop: () => done,
}
