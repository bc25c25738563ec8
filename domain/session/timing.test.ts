/** The inequalities that keep two epochs apart. */
import { expect, test } from 'vitest'
import { QUIET_MS, TIMING } from './timing.ts'

test('the last order of a silent segment dies at the venue before the control plane gives the segment up', () => {
  expect(TIMING.leaseTtlMs + TIMING.orderTtlMs).toBeLessThan(TIMING.heartbeatTimeoutMs)
})

test('two heartbeats in a row may be lost without losing the lease', () => {
  expect(2 * TIMING.leaseRenewMs + TIMING.heartbeatDeadlineMs).toBeLessThan(TIMING.leaseTtlMs)
})

test('the quiet time covers a whole lease and an order in flight, whatever the clocks', () => {
  expect(QUIET_MS).toBeGreaterThanOrEqual(TIMING.leaseTtlMs + TIMING.orderTtlMs + TIMING.clockSkewMs)
})

test('a stopped segment is waited for longer than its winding down takes', () => {
  expect(TIMING.stopWaitMs).toBeGreaterThan(TIMING.windDownMs + TIMING.venueDeadlineMs)
})
