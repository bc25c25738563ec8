/** Bounds every wait of the session core: what takes longer counts as unanswered, and what fails counts as weather. */
import { describeError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'

export type Bounded<T> = { ok: true; value: T } | { ok: false; why: string }

/** The value, or why there is none in time. Never rejects; a late value is dropped. */
export async function within<T>(clock: Clock, ms: number, call: () => Promise<T>): Promise<Bounded<T>> {
  const done = new AbortController()
  const work = attempt(call)
  const timeout = clock
    .sleep(ms, done.signal)
    .then((): Bounded<T> => ({ ok: false, why: `no answer in ${ms} ms` }))
  try {
    return await Promise.race([work, timeout])
  } finally {
    done.abort()
  }
}

async function attempt<T>(call: () => Promise<T>): Promise<Bounded<T>> {
  try {
    return { ok: true, value: await call() }
  } catch (error) {
    return { ok: false, why: describeError(error) }
  }
}
