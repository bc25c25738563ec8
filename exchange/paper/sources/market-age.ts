/** How old a made market should be by now: real time, accelerated, or running from its past up to the present. */
// Not here: the steps themselves (synthetic.ts).
import type { EpochMs } from '#domain/time.ts'

export interface AgeOptions {
  /** Market time of step 0. */
  startTs: EpochMs
  /** Age that the market stands at: 0, or that of a stored position, milliseconds. */
  standsAtMs: number
  /** Wall time at which the market is let go. */
  letGoTs: EpochMs
  /** Market milliseconds per millisecond. */
  speed: number
  /** True: it begins in the past, runs at `speed` until it has reached the present, and goes on in real time. */
  fromPast: boolean
}

export interface MarketAge {
  /** Age at a wall time, milliseconds; never beyond the present when it runs up from the past. */
  at(now: EpochMs): number
  /** Age up to which nobody watched: what lies before it is made up for before anybody may trade. */
  missed(now: EpochMs): number
}

export function marketAge({ startTs, standsAtMs, letGoTs, speed, fromPast }: AgeOptions): MarketAge {
  if (fromPast) {
    return {
      at: (now) => Math.min(standsAtMs + (now - letGoTs) * speed, Math.max(standsAtMs, now - startTs)),
      missed: () => standsAtMs,
    }
  }
  // An accelerated market may stand beyond the present: after a stop it goes on from there.
  const baseMs = Math.max(standsAtMs, letGoTs - startTs)
  return {
    at: (now) => baseMs + (now - letGoTs) * speed,
    // Catching up takes time itself, but never chases an acceleration that it may not reach.
    missed: (now) => baseMs + (now - letGoTs) * Math.min(1, speed),
  }
}
