/** When a service that ended is started again: at once the first time, then later and later, up to a cap. */
import { MINUTE_MS, SECOND_MS } from '#domain/time.ts'

export const RESTART = {
  /** Wait before the second start in a row; it doubles from there. */
  firstMs: 500,
  msMax: 30 * SECOND_MS,
  /** Ready for so long and the count begins anew. */
  healthyMs: MINUTE_MS,
} as const

/**
 * Wait before the next start, milliseconds.
 * @param endsInARow how often the service has ended since it was last healthy, this end included; ≥ 1
 */
export function restartDelayMs(endsInARow: number): number {
  if (endsInARow <= 1) return 0
  return Math.min(RESTART.firstMs * 2 ** Math.min(endsInARow - 2, 30), RESTART.msMax)
}

/** The count after one more end. `readyMs`: how long it had been ready, milliseconds; 0 when it never was. */
export function countEnd(endsInARow: number, readyMs: number): number {
  return readyMs >= RESTART.healthyMs ? 1 : endsInARow + 1
}
