/** Waits double up to their limit, a seed fixes them, and no minute sees more connects than the venue allows. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MINUTE_MS } from '#domain/time.ts'
import { createBackOff, createConnectGate, createJitter } from '#streamers/back-off.ts'

test('waits lie between half of and the whole step, which doubles to its limit and starts anew after a reset', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const backOff = createBackOff({ minMs: 100, maxMs: 1_000, jitter: createJitter(seed) })
      for (const step of [100, 200, 400, 800, 1_000, 1_000]) {
        const wait = backOff.nextMs()
        expect(wait).toBeGreaterThanOrEqual(step / 2)
        expect(wait).toBeLessThan(step)
      }
      backOff.reset()
      expect(backOff.nextMs()).toBeLessThan(100)
    }),
  )
})

test('one seed gives one sequence, another seed another, spread over [0, 1)', () => {
  const take = (seed: number): number[] => Array.from({ length: 1_000 }, createJitter(seed))
  expect(take(7)).toEqual(take(7))
  expect(take(7)).not.toEqual(take(8))
  const mean = take(7).reduce((sum, each) => sum + each, 0) / 1_000
  expect(mean).toBeGreaterThan(0.45)
  expect(mean).toBeLessThan(0.55)
})

test.each([
  { connects: 30, waitedMs: 0 },
  { connects: 31, waitedMs: MINUTE_MS },
  { connects: 61, waitedMs: 2 * MINUTE_MS },
])('with 30 a minute, $connects connects at once take $waitedMs ms', async ({ connects, waitedMs }) => {
  let now = 0
  const clock = {
    monotonicMs: () => now,
    sleep: async (ms: number) => {
      now += ms
    },
  }
  const gate = createConnectGate({ clock, perMinute: 30 })
  for (let i = 0; i < connects; i++) await gate.enter(new AbortController().signal)
  expect(now).toBe(waitedMs)
})

test('an aborted wait at the gate ends without a connect', async () => {
  const gate = createConnectGate({ clock: { monotonicMs: () => 0, sleep: async () => {} }, perMinute: 1 })
  await gate.enter(new AbortController().signal)
  await gate.enter(AbortSignal.abort())
})
