/** The state file of the streamers: how far the data of every feed reach, for the process that comes after a kill. */
// Not here: when it is saved (gap-log.ts).
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { readJson, writeJsonAtomic } from '#config/atomic-file.ts'
import type { EpochMs } from '#domain/time.ts'
import type { FillReach } from '#streamers/account-recorder.ts'
import type { Reach } from '#streamers/continuity.ts'
import type { FeedLog } from '#streamers/frame-faults.ts'

export interface IngestState {
  reach: readonly Reach[]
  fills: readonly FillReach[]
}

const State = z.object({
  reach: z.array(z.object({ channel: z.string(), coin: z.string(), ts: z.number(), tid: z.number() })),
  fills: z.array(z.object({ account: z.string(), ts: z.number(), tids: z.array(z.number()) })),
})
const StateFile = z.object({
  /** Which market the reach belongs to: another one starts without gaps. */
  market: z.string(),
  /** Boot of the machine: after another one, only what was synced to the disk counts. */
  boot: z.string(),
  saved_ts: z.number(),
  reached: State,
  synced: State,
})

/** Names the present boot of the machine; '' where the system does not tell, which counts as another boot each time. */
export function bootIdentity(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}

export function saveIngestState(
  file: string,
  state: { market: string; boot: string; savedTs: EpochMs; reached: IngestState; synced: IngestState },
): void {
  const { market, boot, savedTs, reached, synced } = state
  writeJsonAtomic(file, { market, boot, saved_ts: savedTs, reached, synced })
}

/**
 * Reads how far an earlier process came: after a kill what it had handed to the system, after a loss of power what it had synced.
 * A file of another market, or a broken one, counts as none.
 */
export function readIngestState(
  file: string,
  present: { market: string; boot: string },
  log: FeedLog,
): IngestState {
  const read = readJson(file, StateFile)
  if (read.kind === 'broken')
    log.warn({ file, why: read.why }, 'ingest state is unreadable; starting without it')
  if (read.kind !== 'value' || read.value.market !== present.market) return { reach: [], fills: [] }
  const { boot, reached, synced } = read.value
  return boot !== '' && boot === present.boot ? reached : synced
}
