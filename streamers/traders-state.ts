/** The followers' file: positions, tape position and tracked traders as they stood, so that a kill costs a few seconds of tape and no truth. */
// Not here: what is in a snapshot (domain/traders/book-snapshot.ts).
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { readJson } from '#config/atomic-file.ts'
import { type BookSnapshot, readSnapshot } from '#domain/traders/book-snapshot.ts'
import type { FeedLog } from '#streamers/frame-faults.ts'

export interface TrackedNow {
  address: string
  score: number
}

export interface TradersState {
  tracked: readonly TrackedNow[]
  book: BookSnapshot
}

const StateFile = z.object({
  /** Which market it belongs to: another one has other traders and other times. */
  market: z.string(),
  tracked: z.array(z.object({ address: z.string(), score: z.number() })),
  book: z.unknown(),
})

/** Written whole or not at all; without white space, since it can be large. */
export function saveTradersState(file: string, market: string, { tracked, book }: TradersState): void {
  const beside = `${file}.tmp`
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(beside, JSON.stringify({ market, tracked, book }))
  renameSync(beside, file)
}

/** Null when there is none, when it is of another market, or when it cannot be read: the follower then begins anew. */
export function readTradersState(
  file: string,
  market: string,
  log: Pick<FeedLog, 'warn'>,
): TradersState | null {
  const read = readJson(file, StateFile)
  if (read.kind === 'broken')
    log.warn({ file, why: read.why }, 'positions of traders are unreadable; beginning anew')
  if (read.kind !== 'value' || read.value.market !== market) return null
  const book = readSnapshot(read.value.book)
  if (!book) log.warn({ file }, 'positions of traders are of another version; beginning anew')
  return book ? { tracked: read.value.tracked, book } : null
}
