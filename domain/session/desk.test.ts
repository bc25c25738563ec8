/** The desk counts what is held, what rests and what nobody knows yet, each exactly once. */
import { expect, test } from 'vitest'
import type { OrderEvent } from '#domain/events.ts'
import { parseCloid } from '#domain/ids.ts'
import { Desk } from '#domain/session/desk.ts'
import { checkpointOf, holding, makerInput } from '../../tests/support/segment-inputs.ts'
import { cloidOf, fillOf, intentOf, RUN, START_TS } from '../../tests/support/session-ports.ts'

const E8 = 100_000_000n
const opened = (checkpoint = checkpointOf()): Desk => {
  const desk = new Desk(makerInput({ checkpoint }))
  desk.fills.missing = 'none'
  return desk
}
const quote = intentOf()
const { cloid } = quote
const worth = { markPx: {}, equityUsd: '0' }

/** A desk with one quote of 1 coin that rests. */
const resting = (): Desk => {
  const desk = opened()
  desk.intend(quote)
  desk.tell(cloid, { kind: 'sent', expiresTs: START_TS + 1_500 })
  desk.tell(cloid, { kind: 'answer', answer: { cloid, status: 'resting', oid: 1 } })
  return desk
}
const orderEvent = (event: Partial<OrderEvent>): OrderEvent => ({
  kind: 'order',
  account: 'unit',
  coin: 'BTC',
  oid: 1,
  cloid,
  side: 'buy',
  limitPx: '100',
  sz: '1',
  originalSz: '1',
  status: 'open',
  word: 'open',
  ts: START_TS,
  receivedTs: START_TS,
  ...event,
})

test('names continue where the last segment stopped, and none is given twice', () => {
  const desk = opened(checkpointOf({ seq: 41 }))
  const names = [desk.nextCloid(0), desk.nextCloid(0), desk.nextCloid(1)]
  expect(names.map(parseCloid)).toMatchObject([
    { seq: 41 },
    { seq: 42 },
    { seq: 43, leg: 1, epoch: 1, run: RUN },
  ])
  expect(desk.checkpoint(START_TS, worth).seq).toBe(44)
})

test('decisions are numbered on and counted', () => {
  const desk = opened(checkpointOf({ decisionSeq: 9, decisions: 4 }))
  const base = { ts: 1, coin: 'BTC', kind: 'hold', reason: 'R', gate: '', inputs: {} } as const
  expect([desk.nextDecision(base).seq, desk.nextDecision(base).seq]).toEqual([9, 10])
  expect(desk.checkpoint(START_TS, worth)).toMatchObject({ decisionSeq: 11, decisions: 6 })
})

test('a fill that an answer reports counts before it is folded, and not a second time after', () => {
  const desk = resting()
  desk.tell(cloid, { kind: 'answer', answer: { cloid, status: 'filled', oid: 1, sz: '1', avgPx: '100' } })
  expect([desk.positionE8('BTC'), desk.owesFills(), desk.isUnsettled()]).toEqual([E8, true, true])
  desk.takeEvents([fillOf()])
  expect([desk.positionE8('BTC'), desk.owesFills(), desk.isUnsettled()]).toEqual([E8, false, false])
})

test('a fill is news once, from the stream or from the list', () => {
  const desk = resting()
  expect(desk.takeEvents([fillOf(), fillOf()])).toHaveLength(1)
  expect(desk.takeList([fillOf()], desk.fills.request())).toEqual([])
})

test('a half-filled quote exposes the other half', () => {
  const desk = resting()
  desk.takeEvents([fillOf({ sz: '0.5' })])
  expect(desk.exposure('BTC', null)).toMatchObject({
    positionE8: E8 / 2n,
    opening: [{ side: 'buy', remainingE8: E8 / 2n }],
    openOrders: 1,
  })
})

test('a reduce-only order opens nothing but counts as an order; other coins do not count', () => {
  const desk = resting()
  desk.intend(intentOf({ cloid: cloidOf({ seq: 1 }), reduce_only: true, side: 'sell' }))
  desk.intend(intentOf({ cloid: cloidOf({ seq: 2 }), coin: 'ETH' }))
  const { opening, openOrders } = desk.exposure('BTC', null)
  expect([opening.length, openOrders]).toEqual([1, 3])
})

test('a cancelled order still exposes its size until its fills are known', () => {
  const desk = resting()
  desk.tell(cloid, {
    kind: 'cancel',
    answer: { cloid, status: 'canceled' },
    sentTs: START_TS,
    wasOpen: true,
  })
  expect([desk.live(), desk.ended(), desk.exposure('BTC', null).opening.length]).toEqual([[], [cloid], 1])
  desk.tell(cloid, { kind: 'settled' })
  expect([desk.ended(), desk.exposure('BTC', null).opening]).toEqual([[], []])
})

test.each([
  { status: 'canceled', left: '0.25', filled: (E8 * 3n) / 4n },
  { status: 'filled', left: '0', filled: E8 },
] as const)('the stream’s word $status with $left left ends the order with its fills reported', (given) => {
  const desk = resting()
  desk.takeEvents([orderEvent({ status: given.status, sz: given.left })])
  expect([desk.live(), desk.positionE8('BTC')]).toEqual([[], given.filled])
})

test('an order that is gone makes the desk ask for fills', () => {
  const desk = resting()
  desk.tell(cloid, { kind: 'cancel', answer: { cloid, status: 'gone' }, sentTs: START_TS, wasOpen: true })
  expect(desk.fills.missing).toBe('ask')
})

test('news of a stranger changes nothing', () => {
  const desk = resting()
  expect(desk.tell(cloidOf({ seq: 77 }), { kind: 'settled' })).toBeNull()
  expect(desk.orders.size).toBe(1)
})

test('orders on their way and unanswered ones are handed on with their expiry; never-sent ones are not', () => {
  const desk = opened()
  for (const seq of [0, 1, 2]) desk.intend(intentOf({ cloid: cloidOf({ seq }) }))
  desk.tell(cloidOf({ seq: 1 }), { kind: 'sent', expiresTs: 5 })
  desk.tell(cloidOf({ seq: 2 }), { kind: 'sent', expiresTs: 6 })
  const answer = { cloid: cloidOf({ seq: 2 }), status: 'unknown', message: 'lost' } as const
  desk.tell(answer.cloid, { kind: 'answer', answer })
  expect(desk.checkpoint(START_TS, worth).unresolved).toEqual([
    { cloid: cloidOf({ seq: 1 }), coin: 'BTC', expires_ts: 5 },
    { cloid: cloidOf({ seq: 2 }), coin: 'BTC', expires_ts: 6 },
  ])
})

test('inherited orders stay in the checkpoint and keep the desk unsettled', () => {
  const inherited = { cloid: cloidOf({ seq: 3 }), coin: 'BTC', expires_ts: 9 }
  const desk = opened(checkpointOf({ unresolved: [inherited] }))
  expect(desk.isUnsettled()).toBe(true)
  expect(desk.checkpoint(START_TS, worth).unresolved).toContainEqual(inherited)
})

test('a stop of the last segment is adopted and handed on as it was', () => {
  const stop = { cloid: cloidOf({ leg: 100 }), coin: 'BTC', side: 'sell', px: '90', sz: '1' } as const
  const desk = opened(holding('1', { stops: [stop] }))
  expect([desk.stops('BTC').length, desk.stops('ETH').length]).toEqual([1, 0])
  expect(desk.checkpoint(START_TS, worth)).toMatchObject({ stops: [stop], unresolved: [] })
})

test('an order counts as accepted once, and a refused one never', () => {
  const desk = resting()
  desk.takeEvents([orderEvent({}), fillOf()])
  const refused = intentOf({ cloid: cloidOf({ seq: 1 }) })
  desk.intend(refused)
  desk.tell(refused.cloid, { kind: 'refused', message: 'no' })
  expect(desk.checkpoint(START_TS, worth).orders).toBe(1)
})

test('when the venue agrees with the ledger, a fill that was reported and never came is forgotten', () => {
  const desk = resting()
  desk.tell(cloid, { kind: 'answer', answer: { cloid, status: 'filled', oid: 1, sz: '1', avgPx: '100' } })
  desk.settle()
  expect([desk.positionE8('BTC'), desk.owesFills()]).toEqual([0n, false])
})

test('ended orders are forgotten in time, unsettled ones are not', () => {
  const desk = resting()
  for (let seq = 1; seq <= 200; seq++) {
    const named = cloidOf({ seq })
    desk.intend(intentOf({ cloid: named }))
    desk.tell(named, { kind: 'refused', message: 'no' })
  }
  expect(desk.orders.size).toBeLessThanOrEqual(64)
  expect(desk.orders.has(cloid)).toBe(true)
})
