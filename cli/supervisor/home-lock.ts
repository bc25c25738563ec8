/** One supervisor per state folder: who holds it is named, and what a killed one has left running is ended first. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { commandLine, isSameProcess, processStarted, signalProcess } from '#cli/supervisor/process-table.ts'
import { readJson } from '#config/atomic-file.ts'
import type { Home } from '#config/home.ts'
import { readRuntime } from '#config/runtime-file.ts'
import { HoldfastError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'

const LockFile = z.object({ pid: z.int(), process_started: z.string(), since: z.string() })
export type LockFile = z.infer<typeof LockFile>

/** Time for what a killed supervisor left to stop by itself, milliseconds; then it is killed. */
const LEFTOVER_MS_MAX = 6_000

export class HomeHeldError extends HoldfastError {
  constructor(home: Home, holder: LockFile) {
    super(
      `the state folder ${home.root} is held by the supervisor with pid ${holder.pid} (${commandLine(holder.pid).slice(0, 120)}), running since ${holder.since}`,
      {
        code: 'HOME_HELD',
        retryable: false,
        hint: '`holdfast status` shows it and `holdfast down` stops it; for a second stack set HOLDFAST_HOME to another folder',
        details: { pid: holder.pid },
      },
    )
  }
}

const lockPath = (home: Home): string => join(home.run, 'supervisor.json')

/** The supervisor that holds this folder now; null when nobody does. */
export function lockHolder(home: Home): LockFile | null {
  const read = readJson(lockPath(home), LockFile)
  if (read.kind !== 'value') return null
  return isSameProcess(read.value.pid, read.value.process_started) ? read.value : null
}

/**
 * Takes the folder for this process.
 * @returns what gives it back
 * @throws HomeHeldError naming the living supervisor that has it
 */
export function lockHome(home: Home, now: () => number): () => void {
  const own: LockFile = {
    pid: process.pid,
    process_started: processStarted(process.pid) ?? '',
    since: new Date(now()).toISOString(),
  }
  const candidate = `${lockPath(home)}.${process.pid}`
  writeFileSync(candidate, `${JSON.stringify(own)}\n`)
  try {
    for (;;) {
      try {
        linkSync(candidate, lockPath(home)) // fails when the name exists: only one can win
        return () => {
          if (lockHolder(home)?.pid === process.pid) rmSync(lockPath(home), { force: true })
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const holder = lockHolder(home)
      if (holder) throw new HomeHeldError(home, holder)
      removeStaleLock(home)
    }
  } finally {
    rmSync(candidate, { force: true })
  }
}

/** Moves a lock away and looks at what was moved: if another start has just taken the folder, it gets its lock back. */
function removeStaleLock(home: Home): void {
  const aside = `${lockPath(home)}.stale.${process.pid}`
  try {
    renameSync(lockPath(home), aside)
  } catch {
    return // somebody else has removed it
  }
  const moved = LockFile.safeParse(parseJson(readFileSync(aside, 'utf8')))
  if (moved.success && isSameProcess(moved.data.pid, moved.data.process_started)) {
    renameSync(aside, lockPath(home))
    return
  }
  rmSync(aside, { force: true })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/**
 * Ends the services that a killed supervisor left behind: those that the runtime file names and that are still the very same processes.
 * @returns names of the services that were found running
 */
export async function endLeftovers(home: Home, clock: Clock): Promise<string[]> {
  const services = readRuntime(home)?.services ?? []
  const left = services.flatMap(({ name, pid, process_started }) =>
    pid !== null && isSameProcess(pid, process_started) ? [{ name, pid, process_started }] : [],
  )
  const alive = () => left.filter(({ pid, process_started }) => isSameProcess(pid, process_started))
  for (const { pid } of left) signalProcess(pid, 'SIGTERM')
  const deadline = clock.monotonicMs() + LEFTOVER_MS_MAX
  while (alive().length > 0 && clock.monotonicMs() < deadline) await clock.sleep(50)
  for (const { pid } of alive()) if (!signalProcess(-pid, 'SIGKILL')) signalProcess(pid, 'SIGKILL')
  while (alive().length > 0 && clock.monotonicMs() < deadline + 2_000) await clock.sleep(20)
  return left.map(({ name }) => name)
}
