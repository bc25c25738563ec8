/** One data job at a time, in this process and among the processes of one state folder: two copies of the same rows would meet. */
import { join } from 'node:path'
import type { Home } from '#config/home.ts'
import { ProcessLockHeldError, takeProcessLock } from '#config/process-lock.ts'
import { HoldfastError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'

/** How long a job waits for another process' job, and how often it looks. */
const WAIT = { maxMs: 60_000, lookMs: 200 } as const

export class DataJobBusyError extends HoldfastError {
  constructor(cause: ProcessLockHeldError) {
    super(
      `another data job runs: ${cause.holder.what}, process ${cause.holder.pid}, since ${cause.holder.since}`,
      {
        code: 'DATA_JOB_BUSY',
        retryable: true,
        hint: 'wait until it is done, then try again; the Temporal UI shows what runs',
        cause,
      },
    )
  }
}

export type Exclusively = <T>(what: string, signal: AbortSignal, work: () => Promise<T>) => Promise<T>

/** @throws DataJobBusyError when another process does not let go in a minute */
export function createExclusive(home: Home, clock: Clock): Exclusively {
  const file = join(home.run, 'data-jobs.lock')
  let last: Promise<unknown> = Promise.resolve()
  return (what, signal, work) => {
    const turn = last
      .catch(() => {})
      .then(async () => {
        signal.throwIfAborted()
        const giveBack = await take(file, what, clock, signal)
        try {
          return await work()
        } finally {
          giveBack()
        }
      })
    last = turn.catch(() => {})
    return turn
  }
}

async function take(file: string, what: string, clock: Clock, signal: AbortSignal): Promise<() => void> {
  const startedMs = clock.monotonicMs()
  for (;;) {
    try {
      return takeProcessLock(file, what, clock.now())
    } catch (error) {
      if (!(error instanceof ProcessLockHeldError)) throw error
      if (clock.monotonicMs() - startedMs > WAIT.maxMs) throw new DataJobBusyError(error)
      await clock.sleep(WAIT.lookMs, signal)
      signal.throwIfAborted()
    }
  }
}
