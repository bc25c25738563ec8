/** Restart delays: the first at once, growth to a cap, reset by a healthy minute. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countEnd, RESTART, restartDelayMs } from './back-off.ts'

test.each([
  { ends: 1, delay: 0 },
  { ends: 2, delay: 500 },
  { ends: 3, delay: 1_000 },
  { ends: 7, delay: 16_000 },
  { ends: 8, delay: 30_000 },
  { ends: 10_000, delay: 30_000 },
])('after end $ends in a row the next start waits $delay ms', ({ ends, delay }) => {
  expect(restartDelayMs(ends)).toBe(delay)
})

test('delays never shrink and never pass the cap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), (ends) => {
      expect(restartDelayMs(ends + 1)).toBeGreaterThanOrEqual(restartDelayMs(ends))
      expect(restartDelayMs(ends)).toBeLessThanOrEqual(RESTART.msMax)
    }),
  )
})

test.each([
  { readyMs: RESTART.healthyMs - 1, count: 5 },
  { readyMs: RESTART.healthyMs, count: 1 },
])('an end after $readyMs ms of health makes the count $count', ({ readyMs, count }) => {
  expect(countEnd(4, readyMs)).toBe(count)
})
