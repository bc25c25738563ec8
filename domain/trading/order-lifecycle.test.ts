/** One order's life: what proves an end, what proves nothing, and that an end is for ever. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OrderIntent } from '#domain/session/types.ts'
import {
  intendOrder,
  isDoubted,
  isUnresolved,
  type OrderLife,
  type OrderNews,
  remainingE8,
  stepOrder,
  unconfirmedE8,
} from './order-lifecycle.ts'

const SKEW = 250
const EXPIRES = 10_000
const cloid = `0x${'1'.repeat(32)}`
const intent: OrderIntent = {
  cloid,
  coin: 'BTC',
  side: 'buy',
  px: '100',
  sz: '2',
  tif: 'gtc',
  reduce_only: false,
  purpose: 'quote',
}

const after = (...news: OrderNews[]): OrderLife =>
  news.reduce((order, each) => stepOrder(order, each, SKEW), intendOrder(intent))

const sent: OrderNews = { kind: 'sent', expiresTs: EXPIRES }
const resting: OrderNews = { kind: 'answer', answer: { cloid, status: 'resting', oid: 1 } }
const noAnswer: OrderNews = { kind: 'answer', answer: { cloid, status: 'unknown', message: 'timeout' } }
const gone = (sentTs: number, wasOpen: boolean): OrderNews => ({
  kind: 'cancel',
  answer: { cloid, status: 'gone' },
  sentTs,
  wasOpen,
})
const unknownThere = (sentTs: number): OrderNews => ({ kind: 'status', status: 'unknown', sentTs })

test('without an answer an order stays unresolved until the venue is asked after its time is over', () => {
  expect(isUnresolved(after(sent, noAnswer))).toBe(true)
  expect(after(sent, noAnswer, unknownThere(EXPIRES + SKEW)).phase).toBe('unknown')
  expect(after(sent, noAnswer, unknownThere(EXPIRES + SKEW + 1))).toMatchObject({
    phase: 'done',
    end: 'never_placed',
  })
})

test('an order that the venue knows of is resolved at once, whatever its time', () => {
  expect(after(sent, noAnswer, { kind: 'status', status: 'open', sentTs: 1 }).phase).toBe('open')
  expect(after(sent, noAnswer, { kind: 'status', status: 'filled', sentTs: 1 })).toMatchObject({
    phase: 'done',
    end: 'filled',
    settled: false,
  })
})

test('a cancel that may have overtaken the order proves nothing; one sent while it rested does', () => {
  expect(after(sent, gone(1, false)).phase).toBe('sent')
  expect(after(sent, gone(1, false), resting).phase).toBe('open')
  expect(after(sent, resting, gone(1, false)).phase).toBe('open') // sent before the order was known to rest
  expect(after(sent, resting, gone(1, true))).toMatchObject({ phase: 'done', end: 'gone', settled: false })
  expect(after(sent, noAnswer, gone(EXPIRES + SKEW, false)).phase).toBe('unknown')
  expect(after(sent, noAnswer, gone(EXPIRES + SKEW + 1, false))).toMatchObject({ phase: 'done', end: 'gone' })
})

test('a canceled order keeps counting until somebody says how much of it was filled', () => {
  const canceled = after(sent, resting, {
    kind: 'cancel',
    answer: { cloid, status: 'canceled' },
    sentTs: 1,
    wasOpen: true,
  })
  expect(remainingE8(canceled)).toBe(200_000_000n)
  const told = stepOrder(canceled, { kind: 'event', status: 'canceled', filledE8: 50_000_000n }, SKEW)
  expect(remainingE8(told)).toBe(0n)
  expect(unconfirmedE8(told)).toBe(50_000_000n)
  expect(unconfirmedE8(stepOrder(told, { kind: 'fill', sz: '0.5' }, SKEW))).toBe(0n)
  expect(remainingE8(stepOrder(canceled, { kind: 'settled' }, SKEW))).toBe(0n)
})

test('what was refused before it was sent never lived', () => {
  expect(after({ kind: 'refused', message: 'KILLED' })).toMatchObject({
    phase: 'done',
    end: 'rejected',
    message: 'KILLED',
  })
  expect(after(sent, { kind: 'refused', message: 'KILLED' }).phase).toBe('sent')
})

test('a late refusal of a duplicate does not end the order that lives', () => {
  const refusal: OrderNews = { kind: 'answer', answer: { cloid, status: 'rejected', message: 'duplicate' } }
  expect(after(sent, resting, refusal).phase).toBe('open')
  expect(after(sent, refusal)).toMatchObject({ phase: 'done', end: 'rejected' })
})

test('fills end an order when they reach its size, not before', () => {
  expect(after(sent, { kind: 'fill', sz: '1.99999999' })).toMatchObject({ phase: 'open', end: null })
  expect(after(sent, { kind: 'fill', sz: '1' }, { kind: 'fill', sz: '1' })).toMatchObject({
    phase: 'done',
    end: 'filled',
    settled: true,
  })
})

const news = `0x${'2'.repeat(32)}`
const replacedBy = (answer: Extract<OrderNews, { kind: 'replaced' }>['answer']): OrderNews => ({
  kind: 'replaced',
  answer,
  expiresTs: EXPIRES,
})
const unanswered = replacedBy({ cloid: news, status: 'unknown', message: 'timeout' })
const still = (sentTs: number): OrderNews => ({ kind: 'status', status: 'open', sentTs })

test.each([
  { status: 'resting' as const, oid: 2 },
  { status: 'accepted' as const },
  { status: 'filled' as const, oid: 2, sz: '2', avgPx: '100' },
])('an order whose replacement is $status has ended, and what it filled before is not known', (answer) => {
  const order = after(sent, resting, replacedBy({ cloid: news, ...answer }))
  expect(order).toMatchObject({ phase: 'done', end: 'canceled', settled: false })
  expect(remainingE8(order)).toBe(200_000_000n)
})

test('a replacement that was refused because the old order is gone ends it; any other refusal leaves it open', () => {
  const refused = (code: string): OrderLife =>
    after(sent, resting, replacedBy({ cloid: news, status: 'rejected', message: 'no', code }))
  expect(refused('GONE')).toMatchObject({ phase: 'done', end: 'gone', settled: false })
  expect(refused('POST_ONLY_CROSS')).toMatchObject({ phase: 'open', doubtedTs: 0 })
})

test('an unanswered replacement leaves the old order open and in doubt until it can no longer arrive', () => {
  const doubted = after(sent, resting, unanswered)
  expect([doubted.phase, isDoubted(doubted), isUnresolved(doubted)]).toEqual(['open', true, true])
  expect(isDoubted(after(sent, resting, unanswered, still(EXPIRES + SKEW)))).toBe(true)
  expect(isDoubted(after(sent, resting, unanswered, still(EXPIRES + SKEW + 1)))).toBe(false)
  const told = after(sent, resting, unanswered, { kind: 'status', status: 'canceled', sentTs: 1 })
  expect([told.end, isUnresolved(told)]).toEqual(['canceled', false])
})

const anyNews: fc.Arbitrary<OrderNews> = fc.oneof(
  fc.constant(sent),
  fc.constant(resting),
  fc.constant(noAnswer),
  fc.constant<OrderNews>({
    kind: 'answer',
    answer: { cloid, status: 'filled', oid: 1, sz: '2', avgPx: '100' },
  }),
  fc.constant<OrderNews>({ kind: 'answer', answer: { cloid, status: 'rejected', message: 'no' } }),
  fc.constant<OrderNews>({ kind: 'settled' }),
  fc.record({ kind: fc.constant('fill' as const), sz: fc.constantFrom('0.5', '1', '2') }),
  fc.record({
    kind: fc.constant('cancel' as const),
    answer: fc.constantFrom({ cloid, status: 'gone' as const }, { cloid, status: 'canceled' as const }),
    sentTs: fc.constantFrom(1, EXPIRES + SKEW + 1),
    wasOpen: fc.boolean(),
  }),
  fc.constantFrom(unanswered, replacedBy({ cloid: news, status: 'resting', oid: 2 })),
  fc.record({
    kind: fc.constant('event' as const),
    status: fc.constantFrom('open' as const, 'filled' as const, 'canceled' as const),
    filledE8: fc.constantFrom(0n, 100_000_000n, 200_000_000n),
  }),
  fc.record({
    kind: fc.constant('status' as const),
    status: fc.constantFrom('open' as const, 'filled' as const, 'canceled' as const, 'unknown' as const),
    sentTs: fc.constantFrom(1, EXPIRES + SKEW + 1),
  }),
)

test('whatever the news: done is for ever, its end never changes, and what was filled only grows', () => {
  fc.assert(
    fc.property(fc.array(anyNews, { maxLength: 12 }), (all) => {
      let order = intendOrder(intent)
      for (const news of all) {
        const next = stepOrder(order, news, SKEW)
        if (order.phase === 'done') expect([next.phase, next.end]).toEqual(['done', order.end])
        expect(next.answeredE8 >= order.answeredE8 && next.foldedE8 >= order.foldedE8).toBe(true)
        expect(next.phase === 'done').toBe(next.end !== null)
        if (order.settled && next.phase === 'done') expect(next.settled).toBe(true)
        expect(remainingE8(next) >= 0n).toBe(true)
        order = next
      }
    }),
    { numRuns: 1_000 },
  )
})
