/** The machine's clock as a Clock: built here once, passed down as an argument everywhere. */
// Not here: virtual time (tests/simulation).
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '#domain/time.ts'

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, signal ? { signal } : {})
    } catch {
      // An aborted sleep is a finished sleep: the caller looks at its signal.
    }
  },
}
