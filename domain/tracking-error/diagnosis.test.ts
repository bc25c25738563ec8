/** Reasons of mismatches: what orders tell first, then price and size; the neighbouring targets of a wrong side. */
import { describe, expect, test } from 'vitest'
import { flipReason, missingReason, type OrderTrace, reasonOf } from '#domain/tracking-error/diagnosis.ts'

const orders = (...words: string[]): OrderTrace[] => words.map((status) => ({ status, reduceOnly: false }))

describe('a position that is missing', () => {
  test.each([
    [orders('open', 'filled'), 'filled_but_no_pos'],
    [orders('open'), 'open_order_no_pos'],
    [orders('open', 'canceled'), 'orders_canceled'],
    [orders('selfTradeCanceled', 'marginCanceled'), 'orders_canceled'],
    [orders('rejected', 'tickRejected'), 'orders_rejected'],
    [[{ status: 'filled', reduceOnly: true }], 'reduce_only_only'],
  ])('%j: %s', (given, reason) => {
    expect(missingReason(5, false, given)).toBe(reason)
  })

  test('without orders the price and the size tell; ten dollars are enough', () => {
    expect(missingReason(500, false, [])).toBe('no_price')
    expect(missingReason(9.99, true, [])).toBe('below_min_usd')
    expect(missingReason(10, true, [])).toBe('no_order_unknown')
  })
})

test('a wrong side follows the younger target, else the older one, else nobody knows', () => {
  expect(flipReason(-0.1, -0.2, -0.3)).toBe('follows_day_after')
  expect(flipReason(-0.1, 0.2, -0.3)).toBe('follows_day_before')
  expect(flipReason(-0.1, 0.2, 0)).toBe('unexplained')
  expect(flipReason(-0.1, undefined, undefined)).toBe('unexplained')
})

test('what is aligned, extra or of other size has no reason to find', () => {
  const facts = { target: 0.1, actual: 0.2, equity: 1000, hasPrice: true, orders: [], newer: 0.1, older: 0.1 }
  expect(reasonOf('mis_sized', facts)).toBe('')
  expect(reasonOf('missing', facts)).toBe('no_order_unknown')
  expect(reasonOf('sign_flip', { ...facts, actual: -0.2 })).toBe('unexplained')
})
