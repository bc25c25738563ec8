/** Tells the server every second that work without its own pauses is still alive, so that a dead host is noticed within seconds. */
// Not here: leases (activities/lease.ts). This beat renews nothing and proves only that the process runs.
import type { Clock } from '#domain/time.ts'

const BEAT_MS = 1_000

/** Runs `work`, beating until it settles. */
export async function heartbeatWhile<T>(
  beat: () => void,
  clock: Pick<Clock, 'sleep'>,
  work: () => Promise<T>,
): Promise<T> {
  const done = new AbortController()
  const beating = (async () => {
    while (!done.signal.aborted) {
      beat()
      await clock.sleep(BEAT_MS, done.signal)
    }
  })()
  try {
    return await work()
  } finally {
    done.abort()
    await beating
  }
}
