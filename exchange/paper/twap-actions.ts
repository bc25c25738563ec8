/** Actions of TWAP orders and sub-accounts. */
// Not here: how a TWAP trades (engine/twap.ts).
import { type ActionHandler, done, ok, refused } from '#exchange/paper/action-context.ts'
import { withdrawable } from '#exchange/paper/clearinghouse.ts'
import { marksOf } from '#exchange/paper/engine/state.ts'
import { formatUsd, parseUnits } from '#exchange/paper/engine/units.ts'
import { address, decimal, fieldsOf, flag, text, whole } from '#exchange/paper/read-json.ts'
import { unreadable } from '#exchange/paper/request-errors.ts'

const twapOrder: ActionHandler = ({ engine, now, user, action }) => {
  const fields = fieldsOf(action.twap)
  const asset = whole(fields.a)
  const szText = decimal(fields.s)
  const request = {
    asset,
    isBuy: flag(fields.b),
    reduceOnly: flag(fields.r),
    minutes: whole(fields.m),
    randomize: flag(fields.t),
  }
  const spec = engine.state.specs[asset]
  const sz = spec ? parseUnits(szText, spec.szDecimals) : 0
  const started =
    sz === null || sz < 0 ? 'Order has invalid size.' : engine.startTwap(now, user, { ...request, sz })
  const status = typeof started === 'string' ? { error: started } : { running: { twapId: started.id } }
  return ok({ type: 'twapOrder', data: { status } })
}

const twapCancel: ActionHandler = ({ engine, now, user, action }) => {
  const fault = engine.cancelTwap(now, user, { asset: whole(action.a), id: whole(action.t) })
  return ok({ type: 'twapCancel', data: { status: fault === null ? 'success' : { error: fault } } })
}

const NAME_CHARS_MAX = 16

const createSubAccount: ActionHandler = ({ engine, subs, now, user, action, note }) => {
  const name = text(action.name)
  if (name.length < 1 || name.length > NAME_CHARS_MAX) throw unreadable()
  const sub = subs.next(user, name)
  if (typeof sub === 'string') return refused(sub)
  subs.add(sub)
  note({ kind: 'subaccount', ...sub, ts: now })
  engine.ledger(now, { user: sub.address, usd: 0, spotUsd: 0, delta: { type: 'accountActivation' } })
  return ok({ type: 'createSubAccount', data: sub.address })
}

const subAccountTransfer: ActionHandler = ({ engine, subs, now, user, action }) => {
  const sub = address(action.subAccountUser)
  const isDeposit = flag(action.isDeposit)
  const usd = whole(action.usd)
  if (subs.masterOf(sub) !== user) return refused(`Invalid sub-account: ${sub}`)
  const [from, to] = isDeposit ? [user, sub] : [sub, user]
  const source = engine.account(from)
  if (!source || usd > withdrawable(source, marksOf(engine.state)))
    return refused('Insufficient balance for withdrawal.')
  const delta = { type: 'subAccountTransfer', usdc: formatUsd(usd), user: from, destination: to }
  engine.ledger(now, { user: from, usd: -usd, spotUsd: 0, delta })
  engine.ledger(now, { user: to, usd, spotUsd: 0, delta })
  return done
}

export const twapActions: Readonly<Record<string, ActionHandler>> = {
  twapOrder,
  twapCancel,
  createSubAccount,
  subAccountTransfer,
}
