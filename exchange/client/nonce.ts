/** Nonces: one strictly increasing source for each signing key, in wall milliseconds as the venue wants them. */
// Why not the clock alone: two calls in one millisecond would collide, and a clock that steps back would repeat.
import type { EpochMs } from '#domain/time.ts'

export interface NonceSource {
  /** The next nonce: now, or one more than the last. The venue takes them in any order inside (now − 2 days, now + 1 day). */
  next(now: EpochMs): number
}

export function createNonceSource(): NonceSource {
  let last = 0
  return {
    next(now) {
      last = Math.max(last + 1, Math.floor(now))
      return last
    },
  }
}
