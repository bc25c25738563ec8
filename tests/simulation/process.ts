/** A process of the simulated system: it can be killed, where nothing it waits for ever comes, or frozen, where everything comes late. */
import type { Clock } from '#domain/time.ts'
import type { Scheduler } from './scheduler.ts'

export interface SimProcess {
  readonly name: string
  readonly clock: Clock
  readonly isAlive: boolean
  readonly isFrozen: boolean
  /** Runs `job` inside the process: now, when it thaws, or never. Everything that comes in from outside goes through here. */
  deliver(job: () => void): void
  /** A timer of the process. */
  after(ms: number, job: () => void): () => void
  freeze(ms: number): void
  kill(): void
}

export function createProcess(scheduler: Scheduler, name: string, clockSkewMs: number): SimProcess {
  let alive = true
  let frozenUntilMs = 0
  let held: (() => void)[] = []

  const thaw = (): void => {
    if (!alive || scheduler.nowMs < frozenUntilMs) return
    const jobs = held
    held = []
    // One event each, as a real event loop would: what one of them decides, the next one sees.
    for (const job of jobs) scheduler.after(0, () => process.deliver(job))
  }

  const process: SimProcess = {
    name,
    clock: {
      now: () => scheduler.nowMs + clockSkewMs,
      monotonicMs: () => scheduler.nowMs,
      sleep: (ms, signal) => sleep(process, ms, signal),
    },
    get isAlive() {
      return alive
    },
    get isFrozen() {
      return scheduler.nowMs < frozenUntilMs
    },
    deliver(job) {
      if (!alive) return
      if (scheduler.nowMs < frozenUntilMs) held.push(job)
      else job()
    },
    after: (ms, job) => scheduler.after(ms, () => process.deliver(job)),
    freeze(ms) {
      frozenUntilMs = Math.max(frozenUntilMs, scheduler.nowMs + ms)
      scheduler.after(frozenUntilMs - scheduler.nowMs, thaw)
    },
    kill() {
      alive = false
      held = []
    },
  }
  return process
}

function sleep(process: SimProcess, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const onAbort = (): void => {
      takeBack()
      resolve()
    }
    const takeBack = process.after(ms, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
