/** Keeps a flow below so many units a second: a bucket that refills with time and lets a second's worth through at once. */
import type { Clock } from '#domain/time.ts'

export interface Limiter {
  /** Waits until so many units may pass. More than a second's worth passes too, after its time. */
  take(units: number, signal?: AbortSignal): Promise<void>
}

/** @param perSecond unset: no limit */
export function createLimiter(
  perSecond: number | undefined,
  clock: Pick<Clock, 'monotonicMs' | 'sleep'>,
): Limiter {
  if (perSecond === undefined) return { take: async () => {} }
  let readyAtMs = clock.monotonicMs() - 1_000
  return {
    async take(units, signal) {
      const now = clock.monotonicMs()
      // At most one second of unused time is kept.
      readyAtMs = Math.max(readyAtMs, now - 1_000) + (units / perSecond) * 1_000
      if (readyAtMs > now) await clock.sleep(readyAtMs - now, signal)
    },
  }
}
