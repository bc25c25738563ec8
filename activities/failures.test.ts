/** Errors keep code, hint and retryability on their way through Temporal. */
import { ActivityFailure, ApplicationFailure, CancelledFailure, RetryState } from '@temporalio/common'
import { expect, test } from 'vitest'
import { HoldfastError, InvalidInputError } from '#domain/errors.ts'
import { fromFailure, toFailure } from './failures.ts'

test.each([true, false])('an error with retryable %s keeps it, with code and hint', (retryable) => {
  const failure = toFailure(
    new HoldfastError('down', { code: 'VENUE_DOWN', retryable, hint: 'wait', details: { status: 502 } }),
  ) as ApplicationFailure
  expect(failure).toBeInstanceOf(ApplicationFailure)
  expect(failure.nonRetryable).toBe(!retryable)
  const wrapped = new ActivityFailure('x', 'a', '1', RetryState.TIMEOUT, undefined, failure)
  expect(fromFailure(wrapped)).toMatchObject({
    code: 'VENUE_DOWN',
    retryable,
    hint: 'wait',
    details: { status: 502 },
  })
})

test('bad input has the type that scripts look for, and is final', () => {
  const failure = toFailure(
    new InvalidInputError({ source: 's', path: 'limits.order_usd_max', found: '-1', expected: 'more' }),
  ) as ApplicationFailure
  expect([failure.type, failure.nonRetryable]).toEqual(['InvalidInput', true])
  expect(failure.message).toContain('limits.order_usd_max')
})

test('a cancellation stays a cancellation, and an unknown error stays itself', () => {
  const cancelled = new CancelledFailure('cancelled')
  expect(toFailure(cancelled)).toBe(cancelled)
  const unknown = new TypeError('x')
  expect(toFailure(unknown)).toBe(unknown)
  expect(fromFailure(unknown)).toBeNull()
})
