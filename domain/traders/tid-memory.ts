/** Remembers which trades of a coin were taken, so that what the venue repeats counts once. Ids have no order, so they are kept, for a bounded time. */
import type { EpochMs } from '#domain/time.ts'

export const LIMITS = {
  /** Two generations of so many ids at most; the older one is forgotten when the younger is full. */
  generationMax: 50_000,
  /** A generation also ends after this long, market milliseconds. */
  generationMs: 600_000,
} as const

export type Sighting = 'new' | 'repeated' | 'too_old'

export interface TidMemory {
  /** `too_old`: from before everything that is remembered, so that nobody can tell; such a trade must not count. */
  see(tid: number, ts: EpochMs): Sighting
  /** Latest trade time; 0 before the first. */
  reach(): EpochMs
  /** The remembered trades at or after `ts`, for a snapshot. */
  since(ts: EpochMs): { tids: [tid: number, ts: EpochMs][]; oldestTs: EpochMs }
}

interface Generation {
  tids: Map<number, EpochMs>
  startedTs: EpochMs
}

/** @param from what an earlier memory knew: trades before `oldestTs` are too old to tell */
export function createTidMemory(from?: {
  tids: readonly (readonly [number, EpochMs])[]
  oldestTs: EpochMs
}): TidMemory {
  let reach = 0
  /** Trades before this are forgotten. */
  let oldestTs = from?.oldestTs ?? 0
  let younger: Generation = { tids: new Map(from?.tids ?? []), startedTs: 0 }
  let older: Generation = { tids: new Map(), startedTs: 0 }
  for (const [, ts] of from?.tids ?? []) reach = Math.max(reach, ts)
  younger.startedTs = reach

  const turn = (): void => {
    // What is dropped now cannot be told from news any more.
    for (const ts of older.tids.values()) oldestTs = Math.max(oldestTs, ts + 1)
    older = younger
    younger = { tids: new Map(), startedTs: reach }
  }

  return {
    see(tid, ts) {
      if (younger.tids.has(tid) || older.tids.has(tid)) return 'repeated'
      if (ts < oldestTs) return 'too_old'
      if (younger.startedTs === 0) younger.startedTs = ts
      reach = Math.max(reach, ts)
      younger.tids.set(tid, ts)
      const isLong = reach - younger.startedTs > LIMITS.generationMs
      if (younger.tids.size >= LIMITS.generationMax || isLong) turn()
      return 'new'
    },
    reach: () => reach,
    since(ts) {
      const known = [...older.tids, ...younger.tids].filter(([, at]) => at >= ts)
      return { tids: known, oldestTs: Math.max(oldestTs, ts) }
    },
  }
}
