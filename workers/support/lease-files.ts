/** Lease files of the running segments, written beside the event loop: a rename that waits for the disk must not hold a kill up. */
// Not here: what is in them and who reads them (config/run-files.ts, workers/watchdog.ts).
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Home } from '#config/home.ts'
import type { Logger } from '#config/logger.ts'
import { type LeaseFile, leaseFile } from '#config/run-files.ts'
import { describeError } from '#domain/errors.ts'

export interface LeaseFiles {
  /** Soon on disk; of several for one session only the newest counts. */
  write(lease: LeaseFile): void
  /** After it nothing that was written before comes back. */
  remove(sessionId: string): void
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>
}

/** What is to become of one session's file; null removes it. */
interface Wanted {
  lease: LeaseFile | null
}

export function createLeaseFiles(home: Home, log: Pick<Logger, 'warn'>): LeaseFiles {
  const wanted = new Map<string, Wanted>()
  const busy = new Map<string, Promise<void>>()
  const set = (sessionId: string, lease: LeaseFile | null): void => {
    wanted.set(sessionId, { lease })
    if (busy.has(sessionId)) return // the one at work takes it up
    const work = bring(sessionId).finally(() => busy.delete(sessionId))
    busy.set(sessionId, work)
  }
  async function bring(sessionId: string): Promise<void> {
    const file = leaseFile(home, sessionId)
    for (let next = take(sessionId); next; next = take(sessionId)) {
      try {
        if (next.lease === null) await rm(file, { force: true })
        else await writeWhole(file, next.lease)
      } catch (error) {
        // The watchdog then sees an older lease and acts earlier, which is the safe side.
        log.warn({ session_id: sessionId, why: describeError(error) }, 'lease file not written')
      }
    }
  }
  function take(sessionId: string): Wanted | undefined {
    const next = wanted.get(sessionId)
    wanted.delete(sessionId)
    return next
  }
  return {
    write: (lease) => set(lease.session_id, lease),
    remove: (sessionId) => set(sessionId, null),
    async settled() {
      while (busy.size > 0) await Promise.all(busy.values())
    },
  }
}

async function writeWhole(file: string, lease: LeaseFile): Promise<void> {
  const beside = `${file}.${process.pid}.tmp`
  const text = `${JSON.stringify(lease)}\n`
  try {
    await writeFile(beside, text)
  } catch {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(beside, text)
  }
  await rename(beside, file)
}
