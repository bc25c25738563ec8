/** A lease is a right that ends by itself: counted from the sending of the last acknowledged beat, on two clocks, and never brought back. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLease, type LeaseMoment } from '#domain/session/lease.ts'
import { TIMING } from '#domain/session/timing.ts'
import type { Clock } from '#domain/time.ts'

const TTL = TIMING.leaseTtlMs

/** Two hands that a test moves by itself. */
function hands() {
  const at = { monotonicMs: 1_000, wallTs: 1_700_000_000_000 }
  const clock: Clock = {
    now: () => at.wallTs,
    monotonicMs: () => at.monotonicMs,
    sleep: async () => undefined,
  }
  const pass = (ms: number): void => {
    at.monotonicMs += ms
    at.wallTs += ms
  }
  return { at, clock, pass, lease: createLease(clock) }
}

test('before the first acknowledged beat nothing is held', () => {
  const { lease } = hands()
  lease.moment()
  expect([lease.isHeld(), lease.remainingMs()]).toEqual([false, 0])
})

test.each([
  { afterMs: 0, held: true, remaining: TTL },
  { afterMs: TTL - 1, held: true, remaining: 1 },
  { afterMs: TTL, held: false, remaining: 0 }, // reaching the end is enough
])('$afterMs ms after the sending the lease is held: $held', ({ afterMs, held, remaining }) => {
  const { lease, pass } = hands()
  lease.renew(lease.moment())
  pass(afterMs)
  expect([lease.isHeld(), lease.remainingMs()]).toEqual([held, remaining])
})

test('the acknowledgement’s own delay is not added to the lease', () => {
  const { lease, pass } = hands()
  const sent = lease.moment()
  pass(800)
  lease.renew(sent)
  expect(lease.remainingMs()).toBe(TTL - 800)
})

test.each([
  { moved: 'wallTs', byMs: TTL - 1, held: true },
  { moved: 'wallTs', byMs: TTL, held: false }, // the machine slept: monotonic time stood still
  { moved: 'monotonicMs', byMs: TTL - 1, held: true },
  { moved: 'monotonicMs', byMs: TTL, held: false }, // the wall clock was set back meanwhile
] as const)('when $moved alone moves by $byMs ms the lease is held: $held', ({ moved, byMs, held }) => {
  const { at, lease } = hands()
  lease.renew(lease.moment())
  at[moved] += byMs
  expect(lease.isHeld()).toBe(held)
})

test('a wall clock that is set back does not lengthen the lease', () => {
  const { at, lease } = hands()
  lease.renew(lease.moment())
  at.wallTs -= 60_000
  at.monotonicMs += TTL
  expect(lease.isHeld()).toBe(false)
})

test('a beat whose acknowledgement comes after the end does not bring the lease back', () => {
  const { lease, pass } = hands()
  lease.renew(lease.moment())
  pass(TTL - 10)
  const sent = lease.moment()
  pass(10)
  lease.renew(sent)
  expect(lease.isHeld()).toBe(false)
})

test('an ended lease stays ended when the wall clock goes back to where it was', () => {
  const { at, lease } = hands()
  lease.renew(lease.moment())
  at.wallTs += TTL
  expect(lease.isHeld()).toBe(false)
  at.wallTs -= TTL
  expect([lease.isHeld(), lease.remainingMs()]).toEqual([false, 0])
})

test('an older acknowledgement that comes late does not shorten the lease', () => {
  const { lease, pass } = hands()
  const first = lease.moment()
  pass(1_000)
  lease.renew(lease.moment())
  lease.renew(first)
  expect(lease.remainingMs()).toBe(TTL)
})

const anyStep = fc.oneof(
  fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 2 * TTL }) }),
  fc.record({ do: fc.constant('wall' as const), ms: fc.integer({ min: -TTL, max: TTL }) }),
  fc.record({ do: fc.constant('send' as const), ms: fc.constant(0) }),
  fc.record({ do: fc.constant('acknowledge' as const), ms: fc.nat(3) }),
)

test('whatever happens: never held a ttl after the last acknowledged sending, and never again after it was not', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
      const { at, clock, lease, pass } = hands()
      const sent: LeaseMoment[] = []
      let acknowledged = Number.NEGATIVE_INFINITY
      let wasHeld = false
      let wasLost = false
      for (const step of steps) {
        if (step.do === 'pass') pass(step.ms)
        if (step.do === 'wall') at.wallTs += step.ms
        if (step.do === 'send') sent.push(lease.moment())
        const beat = sent.at(-1 - step.ms)
        if (step.do === 'acknowledge' && beat) {
          lease.renew(beat)
          acknowledged = Math.max(acknowledged, beat.monotonicMs)
        }
        const held = lease.isHeld()
        if (clock.monotonicMs() - acknowledged >= TTL) expect(held).toBe(false)
        if (wasLost) expect(held).toBe(false)
        expect(lease.remainingMs() > 0).toBe(held)
        wasLost ||= wasHeld && !held
        wasHeld = held
      }
    }),
    { numRuns: 300 },
  )
})
