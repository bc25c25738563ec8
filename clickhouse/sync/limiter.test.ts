/** The limit holds over time, whatever the sizes; without a limit nothing waits. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLimiter } from '#clickhouse/sync/limiter.ts'

function virtualClock() {
  let now = 5_000
  return {
    monotonicMs: () => now,
    sleep: async (ms: number) => {
      now += ms
    },
    pass: (ms: number) => {
      now += ms
    },
  }
}

test('whatever the pieces, no more than the rate and one second of credit passes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 10_000 }),
      fc.array(
        fc.record({ units: fc.integer({ min: 0, max: 20_000 }), idle: fc.integer({ min: 0, max: 3_000 }) }),
      ),
      async (rate, pieces) => {
        const clock = virtualClock()
        const limiter = createLimiter(rate, clock)
        const began = clock.monotonicMs()
        let passed = 0
        for (const { units, idle } of pieces) {
          clock.pass(idle)
          await limiter.take(units)
          passed += units
          expect(passed).toBeLessThanOrEqual(
            (rate * (clock.monotonicMs() - began)) / 1_000 + rate + 1e-6 * passed,
          )
        }
      },
    ),
  )
})

test('without a limit nothing waits', async () => {
  const clock = virtualClock()
  await createLimiter(undefined, clock).take(1e12)
  expect(clock.monotonicMs()).toBe(5_000)
})
