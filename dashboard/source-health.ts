/** Which sources are down, since when and why, judged by each question's last attempt: one good answer hides no other's failure. */
import type { SourceName, SourceView } from '#dashboard/model.ts'
import type { Clock, EpochMs } from '#domain/time.ts'

/** A question that nobody has asked for so long says nothing about now. */
export const FORGET_FAILURE_MS = 15_000

interface Failure {
  source: SourceName
  message: string
  sinceTs: EpochMs
  lastTs: EpochMs
}

export interface SourceHealth {
  good(source: SourceName, question: string): void
  bad(source: SourceName, question: string, message: string): void
  views(): SourceView[]
}

export function createSourceHealth(clock: Clock, sources: readonly SourceName[]): SourceHealth {
  const failures = new Map<string, Failure>()
  const answered = new Map<SourceName, EpochMs>()
  const shown = new Map<SourceName, SourceView>()

  function view(key: SourceName): SourceView {
    const now = clock.now()
    const failing = [...failures.values()]
      .filter((failure) => failure.source === key)
      .sort((a, b) => a.sinceTs - b.sinceTs)
    const [first] = failing
    const answered_ts = answered.get(key) ?? 0
    const state = first ? 'down' : answered_ts > 0 ? 'up' : 'unknown'
    const was = shown.get(key)
    const began = first?.sinceTs ?? (was?.state === state ? was.since_ts : now)
    const next = { key, state, message: failing.at(-1)?.message ?? '', since_ts: began, answered_ts } as const
    shown.set(key, next)
    return next
  }

  return {
    good(source, question) {
      failures.delete(question)
      answered.set(source, clock.now())
    },
    bad(source, question, message) {
      const now = clock.now()
      failures.set(question, {
        source,
        message,
        sinceTs: failures.get(question)?.sinceTs ?? now,
        lastTs: now,
      })
    },
    views() {
      const now = clock.now()
      for (const [question, { lastTs }] of failures) {
        if (now - lastTs >= FORGET_FAILURE_MS) failures.delete(question)
      }
      return sources.map(view)
    },
  }
}
