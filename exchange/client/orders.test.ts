/** Orders, modifies and cancels as the venue writes them, and which refusal tells of which order. */
import { expect, test } from 'vitest'
import { buildCloid } from '#domain/ids.ts'
import type { OrderIntent } from '#domain/session/types.ts'
import type { ActionResult } from '#exchange/client/actions.ts'
import { modifyAction, orderAction, readModifyAnswers, readOrderAnswers } from './orders.ts'

const cloid = (seq: number) => buildCloid({ tag: 1, epoch: 1, seq, run: 1, leg: 0 })
const intent = (seq: number): OrderIntent => ({
  ...{ cloid: cloid(seq), coin: 'ETH', side: 'buy', px: '4400.50', sz: '0.1000', tif: 'alo' },
  ...{ reduce_only: false, purpose: 'quote' },
})
const asset = (): number => 1
const statuses = (...given: unknown[]): ActionResult => ({
  kind: 'ok',
  response: { type: 'order', data: { statuses: given } },
})
const GONE = { error: 'Cannot modify canceled or filled order' }

test('a modify names the resting order by its client id and holds the new one as an order action would', () => {
  const action = modifyAction([{ cloid: cloid(1), order: intent(2) }], asset)
  const [order] = orderAction([intent(2)], asset).orders as unknown[]
  // Key order is part of the signature.
  expect(JSON.stringify(action)).toBe(
    JSON.stringify({ type: 'batchModify', modifies: [{ oid: cloid(1), order }] }),
  )
})

test('each status of a modify is the answer for its own new order', () => {
  const result = statuses({ resting: { oid: 5 } }, GONE)
  expect(readModifyAnswers([intent(1), intent(2)], result)).toMatchObject([
    { cloid: cloid(1), status: 'resting', oid: 5 },
    { cloid: cloid(2), status: 'rejected', code: 'GONE' },
  ])
})

test('one refusal for one modify tells that its old order is gone; one for two tells it of none', () => {
  const codes = (...orders: OrderIntent[]) =>
    readModifyAnswers(orders, statuses(GONE)).map((answer) => 'code' in answer && answer.code)
  expect(codes(intent(1))).toEqual(['GONE'])
  expect(codes(intent(1), intent(2))).toEqual(['OTHER', 'OTHER'])
})

test('a whole action refused as gone tells it of none of several either', () => {
  const refused: ActionResult = { kind: 'refused', code: 'GONE', message: GONE.error }
  expect(readModifyAnswers([intent(1), intent(2)], refused)).toMatchObject([
    { status: 'rejected', code: 'OTHER' },
    { status: 'rejected', code: 'OTHER' },
  ])
})

test('silence is unknown for each, for orders and for modifies', () => {
  const silent: ActionResult = { kind: 'unknown', message: 'timeout' }
  for (const read of [readOrderAnswers, readModifyAnswers]) {
    expect(read([intent(1)], silent)).toEqual([{ cloid: cloid(1), status: 'unknown', message: 'timeout' }])
  }
})
