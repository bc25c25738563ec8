/** Jobs that repeat until the process stops: each waits for its last run, and a failed run is logged, not fatal. */
import { describeError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'
import type { FeedLog } from '#streamers/frame-faults.ts'

export interface Loop {
  /** Pause between the end of a run and the next one, milliseconds. */
  everyMs: number
  run(): Promise<void>
}

export function runLoops(
  clock: Pick<Clock, 'sleep'>,
  loops: readonly Loop[],
  log: FeedLog,
): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const repeat = async ({ everyMs, run }: Loop): Promise<void> => {
    let failures = 0
    while (!stopping.signal.aborted) {
      try {
        await run()
        failures = 0
      } catch (error) {
        // A lasting fault would fill the log: the first ones and then one in a hundred are shown.
        if (failures++ % 100 < 2) log.error({ why: describeError(error), failures }, 'a repeated job failed')
      }
      await clock.sleep(everyMs, stopping.signal)
    }
  }
  const running = loops.map(repeat)
  return {
    async stop() {
      stopping.abort()
      await Promise.all(running)
    },
  }
}
