/** Rows a second over the last few seconds, from a counter that only grows. */
import type { Clock } from '#domain/time.ts'

/** Remembers one reading a second; `perSecond` compares the newest with the oldest of `windowS` seconds. */
export function createRate(options: { clock: Pick<Clock, 'monotonicMs'>; windowS?: number }): {
  note(count: number): void
  perSecond(): number
} {
  const { clock, windowS = 10 } = options
  const readings: { ms: number; count: number }[] = []
  return {
    note(count) {
      const ms = clock.monotonicMs()
      const last = readings.at(-1)
      if (last && ms - last.ms < 1_000) return
      readings.push({ ms, count })
      if (readings.length > windowS + 1) readings.shift()
    },
    perSecond() {
      const [first, last] = [readings[0], readings.at(-1)]
      if (!first || !last || last.ms === first.ms) return 0
      return Math.round(((last.count - first.count) * 1_000) / (last.ms - first.ms))
    },
  }
}
