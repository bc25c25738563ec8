/** A wall clock and a monotonic one over virtual time, for unit tests of the session core. */
import type { Clock } from '#domain/time.ts'
import { createScheduler } from '../simulation/scheduler.ts'
import { START_TS } from './session-ports.ts'

/** Two clocks over one virtual time: `jumpWall` sets the wall clock alone, as a machine's sleep or an administrator does. */
export function virtualClock() {
  const scheduler = createScheduler(0)
  let wallOffset = START_TS
  const clock: Clock = {
    now: () => wallOffset + scheduler.nowMs,
    monotonicMs: () => scheduler.nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const take = scheduler.after(ms, resolve)
        signal?.addEventListener('abort', () => resolve(take()), { once: true })
      }),
  }
  const advance = async (ms: number): Promise<void> => {
    let there = false
    scheduler.after(ms, () => {
      there = true
    })
    await scheduler.run(Number.POSITIVE_INFINITY, () => there)
  }
  /** Runs virtual time until the promise has settled. Fails a test whose promise waits for nothing, or longer than a virtual day. */
  const drive = async <T>(work: Promise<T>): Promise<T> => {
    let settled = false
    const mark = (): void => {
      settled = true
    }
    work.then(mark, mark)
    await scheduler.run(scheduler.nowMs + 86_400_000, () => settled)
    if (!settled) throw new TypeError('virtual time ran out while the call under test still waits')
    return work
  }
  return {
    clock,
    advance,
    drive,
    jumpWall: (ms: number): void => {
      wallOffset += ms
    },
  }
}
