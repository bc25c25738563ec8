/** A lock file that one living process holds: a second taker learns which process that is, and a dead holder is nobody. */
// Not here: what is locked; each owner of a folder makes its own error from ProcessLockHeldError's facts.
import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { readJson } from '#config/atomic-file.ts'
import { isSameProcess, processStarted } from '#config/process-identity.ts'
import { HoldfastError } from '#domain/errors.ts'
import type { EpochMs } from '#domain/time.ts'

const Holder = z.object({ pid: z.int(), process_started: z.string(), what: z.string(), since: z.string() })
/** Who holds a lock. */
export type LockHolder = z.infer<typeof Holder>

export class ProcessLockHeldError extends HoldfastError {
  readonly holder: LockHolder
  constructor(file: string, holder: LockHolder) {
    super(`${file} is held by process ${holder.pid} (${holder.what}), since ${holder.since}`, {
      code: 'LOCK_HELD',
      retryable: false,
      hint: `stop process ${holder.pid}, or set HOLDFAST_HOME to another folder`,
      details: { pid: holder.pid, file },
    })
    this.holder = holder
  }
}

/** The living process that holds the file; null when nobody does. */
export function lockHolder(file: string): LockHolder | null {
  const read = readJson(file, Holder)
  if (read.kind !== 'value') return null
  return isSameProcess(read.value.pid, read.value.process_started) ? read.value : null
}

/**
 * Takes the lock for this process.
 * @param what the holder, in words for the error that others get
 * @returns what gives the lock back
 * @throws ProcessLockHeldError when a living process holds it; this very process counts too
 */
export function takeProcessLock(file: string, what: string, now: EpochMs): () => void {
  mkdirSync(dirname(file), { recursive: true })
  const own: LockHolder = {
    pid: process.pid,
    process_started: processStarted(process.pid) ?? '',
    what,
    since: new Date(now).toISOString(),
  }
  const candidate = `${file}.${process.pid}.new`
  writeFileSync(candidate, `${JSON.stringify(own)}\n`)
  try {
    while (!linked(candidate, file)) {
      const holder = lockHolder(file)
      if (holder) throw new ProcessLockHeldError(file, holder)
      removeStale(file)
    }
  } finally {
    rmSync(candidate, { force: true })
  }
  return () => {
    if (lockHolder(file)?.pid === process.pid) rmSync(file, { force: true })
  }
}

/** Moves a dead holder's lock away and looks at what was moved: a taker that was faster gets its own back. */
function removeStale(file: string): void {
  const aside = `${file}.stale.${process.pid}`
  try {
    renameSync(file, aside)
  } catch {
    return // somebody else has removed it
  }
  if (lockHolder(aside) !== null) {
    renameSync(aside, file)
    return
  }
  rmSync(aside, { force: true })
}

/** A link fails when the name exists, so only one taker can win. */
function linked(candidate: string, file: string): boolean {
  try {
    linkSync(candidate, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
