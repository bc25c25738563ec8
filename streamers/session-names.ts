/** Which session a client order id belongs to, from the lease files of running segments, remembered after they end. */
import { z } from 'zod'
import { readJson, writeJsonAtomic } from '#config/atomic-file.ts'
import type { Home } from '#config/home.ts'
import { readLeases } from '#config/run-files.ts'
import { hash32 } from '#domain/ids.ts'
import type { Clock } from '#domain/time.ts'

const Names = z.record(z.string(), z.string())

export const LIMITS = {
  /** An unknown tag makes us look at the lease files again, but not more often than this. */
  lookEveryMs: 1_000,
} as const

/** @param file where names outlive this process and the sessions  @returns session id of a tag, '' when nobody has named it */
export function createSessionNames(options: {
  home: Home
  clock: Pick<Clock, 'monotonicMs'>
  file: string
}): (tag: number) => string {
  const { home, clock, file } = options
  const saved = readJson(file, Names)
  const names = new Map(
    saved.kind === 'value'
      ? Object.entries(saved.value).map(([tag, id]): [number, string] => [Number(tag), id])
      : [],
  )
  let lookedMs = Number.NEGATIVE_INFINITY
  return (tag) => {
    const known = names.get(tag)
    if (known !== undefined) return known
    if (clock.monotonicMs() - lookedMs < LIMITS.lookEveryMs) return ''
    lookedMs = clock.monotonicMs()
    const before = names.size
    for (const { session_id } of readLeases(home)) names.set(hash32(session_id), session_id)
    if (names.size > before) writeJsonAtomic(file, Object.fromEntries(names))
    return names.get(tag) ?? ''
  }
}
