/** The right to trade: from the sending of an acknowledged heartbeat, on two clocks, and never back from the dead. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Clock } from '#domain/time.ts'
import { createLease, type LeaseMoment } from './lease.ts'
import { TIMING } from './timing.ts'

function clocks(): Clock & { monotonic: number; wall: number } {
  const clock = {
    monotonic: 50_000,
    wall: 1_700_000_000_000,
    now: () => clock.wall,
    monotonicMs: () => clock.monotonic,
    sleep: () => Promise.resolve(),
  }
  return clock
}

function pass(clock: ReturnType<typeof clocks>, ms: number): void {
  clock.monotonic += ms
  clock.wall += ms
}

test('nobody holds a lease before the first acknowledgement', () => {
  expect(createLease(clocks()).isHeld()).toBe(false)
})

test.each([
  { ms: TIMING.leaseTtlMs - 1, held: true },
  { ms: TIMING.leaseTtlMs, held: false },
])('$ms ms after the SENDING it is held: $held', ({ ms, held }) => {
  const clock = clocks()
  const lease = createLease(clock)
  const sent = lease.moment()
  pass(clock, 800) // the answer took its time
  lease.renew(sent)
  pass(clock, ms - 800)
  expect(lease.isHeld()).toBe(held)
  expect(lease.remainingMs()).toBe(held ? 1 : 0)
})

test('a late acknowledgement of an older heartbeat never shortens it', () => {
  const clock = clocks()
  const lease = createLease(clock)
  const older = lease.moment()
  pass(clock, 1_000)
  lease.renew(lease.moment())
  const left = lease.remainingMs()
  lease.renew(older)
  expect(lease.remainingMs()).toBe(left)
})

test('once ended it stays ended, even when an acknowledgement comes in afterwards', () => {
  const clock = clocks()
  const lease = createLease(clock)
  lease.renew(lease.moment())
  pass(clock, 3_000)
  const sent = lease.moment()
  pass(clock, 1_000) // over, although nobody looked
  lease.renew(sent)
  expect(lease.isHeld()).toBe(false)
})

test('a machine that slept has no lease, although its monotonic clock stood still', () => {
  const clock = clocks()
  const lease = createLease(clock)
  lease.renew(lease.moment())
  clock.wall += 3_600_000
  expect(lease.isHeld()).toBe(false)
})

test('a wall clock that is set back does not prolong it', () => {
  const clock = clocks()
  const lease = createLease(clock)
  lease.renew(lease.moment())
  clock.wall -= 3_600_000
  clock.monotonic += TIMING.leaseTtlMs
  expect(lease.isHeld()).toBe(false)
})

const TTL = TIMING.leaseTtlMs
const anyStep = fc.oneof(
  fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 2 * TTL }) }),
  fc.record({ do: fc.constant('wall' as const), ms: fc.integer({ min: -TTL, max: TTL }) }),
  fc.record({ do: fc.constant('send' as const), ms: fc.constant(0) }),
  fc.record({ do: fc.constant('acknowledge' as const), ms: fc.nat(3) }),
)

test('whatever happens: never held a ttl after the last acknowledged sending, and never again after it was not', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
      const clock = clocks()
      const lease = createLease(clock)
      const sent: LeaseMoment[] = []
      let acknowledged = Number.NEGATIVE_INFINITY
      let wasHeld = false
      let wasLost = false
      for (const step of steps) {
        if (step.do === 'pass') pass(clock, step.ms)
        if (step.do === 'wall') clock.wall += step.ms
        if (step.do === 'send') sent.push(lease.moment())
        const beat = step.do === 'acknowledge' ? sent.at(-1 - step.ms) : undefined
        if (beat) {
          lease.renew(beat)
          acknowledged = Math.max(acknowledged, beat.monotonicMs)
        }
        const held = lease.isHeld()
        if (clock.monotonic - acknowledged >= TTL) expect(held).toBe(false)
        if (wasLost) expect(held).toBe(false)
        expect(lease.remainingMs() > 0).toBe(held)
        wasLost ||= wasHeld && !held
        wasHeld = held
      }
    }),
    { numRuns: 300 },
  )
})
