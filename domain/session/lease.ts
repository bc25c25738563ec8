/** The right to trade: renewed only by acknowledged heartbeats, counted from their sending, on two clocks. */
// Not here: what the loop does when it ends (domain/session/stop-gate.ts), the heartbeat call (activities/lease.ts).
import { TIMING } from '#domain/session/timing.ts'
import type { Clock, EpochMs } from '#domain/time.ts'

export interface LeaseMoment {
  monotonicMs: number
  wallTs: EpochMs
}

export interface Lease {
  /** Call BEFORE a heartbeat is sent; hand the moment to `renew` once it was acknowledged. */
  moment(): LeaseMoment
  /** An older acknowledgement that comes late never shortens the lease. A lease that ended stays ended. */
  renew(sent: LeaseMoment): void
  isHeld(): boolean
  /** Milliseconds until it ends; 0 when it is not held. */
  remainingMs(): number
}

/**
 * The monotonic clock stands still while a laptop or a virtual machine sleeps, the wall clock may be set back: the lease ends
 * by whichever says so first.
 */
export function createLease(clock: Clock): Lease {
  let sent: LeaseMoment | null = null
  let ended = false

  const remaining = (): number => {
    if (sent === null || ended) return 0
    const byMonotonic = sent.monotonicMs + TIMING.leaseTtlMs - clock.monotonicMs()
    const byWall = sent.wallTs + TIMING.leaseTtlMs - clock.now()
    return Math.min(byMonotonic, byWall)
  }
  const isHeld = (): boolean => {
    if (sent === null) return false
    // Latched: an acknowledgement that was under way while we slept must not bring back a right that others may have by now.
    if (remaining() <= 0) ended = true
    return !ended
  }

  return {
    moment: () => ({ monotonicMs: clock.monotonicMs(), wallTs: clock.now() }),
    renew(moment) {
      if (sent !== null && !isHeld()) return
      if (sent === null || moment.monotonicMs > sent.monotonicMs) sent = moment
    },
    isHeld,
    remainingMs: () => (isHeld() ? remaining() : 0),
  }
}
