/** The inequalities that keep two epochs apart, stated with their figures: whoever changes one of them has to look at this file. */
import { expect, test } from 'vitest'
import { QUIET_MS, TIMING } from '#domain/session/timing.ts'

test('the last order of a lost segment is dead at the venue before its successor can start', () => {
  const lastAcceptedMs = TIMING.leaseTtlMs + TIMING.orderTtlMs
  expect(lastAcceptedMs).toBeLessThan(TIMING.heartbeatTimeoutMs)
})

test('the quiet time covers a whole lease, an order in flight and the difference of the clocks', () => {
  expect(QUIET_MS).toBe(3_400 + 1_500 + 250)
})

test('two heartbeats in a row may be lost without losing the lease; three may not', () => {
  const renewedAfterMs = (lost: number): number => lost * TIMING.leaseRenewMs + TIMING.heartbeatDeadlineMs
  expect(renewedAfterMs(2)).toBeLessThan(TIMING.leaseTtlMs)
  expect(renewedAfterMs(3)).toBeGreaterThan(TIMING.leaseTtlMs)
})

test('a heartbeat is over before the next one is due', () => {
  expect(TIMING.heartbeatDeadlineMs).toBeLessThan(TIMING.leaseRenewMs)
})

test('a coordinator waits longer for a stopped segment than the segment may wind down', () => {
  expect(TIMING.stopWaitMs).toBeGreaterThan(TIMING.windDownMs + TIMING.venueDeadlineMs)
})

test('an order that was never answered has expired when its answer is given up', () => {
  expect(TIMING.venueDeadlineMs).toBeGreaterThan(TIMING.orderTtlMs + TIMING.clockSkewMs)
})
