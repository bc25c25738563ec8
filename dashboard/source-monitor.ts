/** Asks a source without ever waiting long for it: the last good answer stands in, and who is down since when is known. */
// Not here: which questions there are (dashboard/topics/*), when a source counts as down (dashboard/source-health.ts).
import type { SourceName, SourceView } from '#dashboard/model.ts'
import { createSourceHealth } from '#dashboard/source-health.ts'
import { describeError } from '#domain/errors.ts'
import type { Clock, EpochMs } from '#domain/time.ts'

export const MONITOR_LIMITS = {
  /** A tick waits no longer than this for one question; the answer is taken by a later tick. */
  patienceMs: 250,
  /** The very first answer of a question is worth more waiting: without it the page has nothing. */
  firstPatienceMs: 1_500,
  /** After so long without an answer the source counts as down and the question may be asked again. */
  timeoutMs: 5_000,
  /** Oldest answers are forgotten beyond this. */
  answersMax: 300,
} as const

interface Answer {
  value: unknown
  ts: EpochMs
}

export interface Question<T> {
  source: SourceName
  /** Names the question: its answers replace one another. */
  key: string
  ask(): Promise<T>
  /** Stands in until the first answer. */
  initial: T
  /** An answer younger than this is not asked again, milliseconds. */
  ttlMs?: number
}

export interface SourceMonitor {
  ask<T>(question: Question<T>): Promise<T>
  /** Something was changed: no answer from before now is fresh any more, though it may still stand in. */
  expire(): void
  /** Time of the last good answer to a question, 0 before the first. */
  answeredTs(key: string): EpochMs
  views(): SourceView[]
}

export function createSourceMonitor(clock: Clock, sources: readonly SourceName[]): SourceMonitor {
  const answers = new Map<string, Answer>()
  const asking = new Map<string, Promise<void>>()
  let expiredTs = 0
  const health = createSourceHealth(clock, sources)

  function remember(key: string, value: unknown): void {
    answers.delete(key)
    answers.set(key, { value, ts: clock.now() })
    for (const oldest of answers.keys()) {
      if (answers.size <= MONITOR_LIMITS.answersMax) break
      answers.delete(oldest)
    }
  }

  async function askOnce<T>(question: Question<T>): Promise<void> {
    const timeout = new AbortController()
    try {
      const late = clock.sleep(MONITOR_LIMITS.timeoutMs, timeout.signal).then(() => LATE)
      const value = await Promise.race([question.ask(), late])
      if (value === LATE) {
        const seconds = MONITOR_LIMITS.timeoutMs / 1_000
        health.bad(question.source, question.key, `no answer within ${seconds} s`)
      } else {
        remember(question.key, value)
        health.good(question.source, question.key)
      }
    } catch (error) {
      health.bad(question.source, question.key, describeError(error).slice(0, 300))
    } finally {
      timeout.abort()
    }
  }

  return {
    async ask<T>(question: Question<T>): Promise<T> {
      const known = answers.get(question.key)
      const fresh = known && known.ts > expiredTs && clock.now() - known.ts < (question.ttlMs ?? 0)
      if (fresh) return known.value as T
      let running = asking.get(question.key)
      if (!running) {
        running = askOnce(question).finally(() => asking.delete(question.key))
        asking.set(question.key, running)
      }
      const patience = known ? MONITOR_LIMITS.patienceMs : MONITOR_LIMITS.firstPatienceMs
      const waiting = new AbortController()
      await Promise.race([running, clock.sleep(patience, waiting.signal)])
      waiting.abort()
      const answer = answers.get(question.key)
      return answer ? (answer.value as T) : question.initial
    },
    expire: () => {
      expiredTs = clock.now()
    },
    answeredTs: (key) => answers.get(key)?.ts ?? 0,
    views: health.views,
  }
}

const LATE = Symbol('no answer in time')
