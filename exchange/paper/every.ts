/** Repeats a task until it is told to stop. */
import type { Clock } from '#domain/time.ts'

/**
 * Runs `task` every `ms`, the first time after `ms`; never twice at once.
 * @returns resolves when `signal` aborts
 */
export async function every(clock: Clock, ms: number, signal: AbortSignal, task: () => void): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(ms, signal)
    if (!signal.aborted) task()
  }
}
