/** The session's clockwork: how long a lease, an order in flight and a silent segment may live, and the inequality that keeps epochs apart. */
// Not here: Temporal's timeouts as options (workflows/policies.ts), which take their figures from this file.
import { assert } from '#domain/errors.ts'

export const TIMING = {
  /** The control plane gives a segment up when no heartbeat came for this long. */
  heartbeatTimeoutMs: 5_000,
  /** Pause between two acknowledged heartbeats. */
  leaseRenewMs: 1_000,
  /** A heartbeat that takes longer counts as unanswered. */
  heartbeatDeadlineMs: 900,
  /** A lease ends this long after the SENDING of the last heartbeat that was acknowledged. */
  leaseTtlMs: 3_400,
  /** `expiresAfter` of a signed action = wall time at the lease check + this. */
  orderTtlMs: 1_500,
  /** How long the core waits for any answer of the venue before it calls the outcome unknown. */
  venueDeadlineMs: 3_000,
  /** An order whose intent is not durable by then is not sent. */
  journalDeadlineMs: 1_000,
  /** Beyond `orderTtlMs`: what clocks of venue and host may differ before an order in flight counts as dead. */
  clockSkewMs: 250,
  /** How long a segment that ends tries to leave nothing open and nothing unknown. */
  windDownMs: 4_000,
  /** Own open orders and the position are compared with the venue this often. */
  auditEveryMs: 60_000,
  /** A reported fill that the stream has not brought by then is asked for. */
  fillGraceMs: 300,
  /** A position whose protective stop the venue refuses this long is closed. */
  unprotectedMsMax: 10_000,
  /** How long the coordinator waits for a stopped segment before it calls it lost. */
  stopWaitMs: 10_000,
  /** Longest life of one segment; it returns by itself long before the control plane's start-to-close limit. */
  rotateAfterMs: 6 * 3_600_000,
} as const

/**
 * Silence after which nobody of an earlier epoch can place an order any more, when its end was not a heartbeat timeout
 * (terminate and restart, reset): a whole lease, an order in flight, and the clocks' difference.
 */
export const QUIET_MS = TIMING.leaseTtlMs + TIMING.orderTtlMs + TIMING.clockSkewMs

/** The same after a heartbeat timeout, which has waited for nearly all of it already: what clocks may differ is left. */
export const QUIET_AFTER_TIMEOUT_MS = Math.max(QUIET_MS - TIMING.heartbeatTimeoutMs, 0)

// A heartbeat timeout alone proves that the old epoch is silent: its last order was sent before its lease ended and died
// at the venue before the control plane gave it up. Source: briefs/temporal.md §2.6 and §2.7.
assert(
  TIMING.leaseTtlMs + TIMING.orderTtlMs < TIMING.heartbeatTimeoutMs,
  'an order of a lost segment could be accepted after its successor starts',
)
assert(TIMING.heartbeatDeadlineMs < TIMING.leaseRenewMs, 'a late heartbeat would overlap the next one')
assert(
  2 * TIMING.leaseRenewMs + TIMING.heartbeatDeadlineMs < TIMING.leaseTtlMs,
  'two lost heartbeats in a row would end the lease',
)
