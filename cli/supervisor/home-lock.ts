/** One supervisor per state folder: who holds it is named, and what a killed one has left running is ended first. */
import { join } from 'node:path'
import { commandLine, signalProcess } from '#cli/supervisor/process-table.ts'
import type { Home } from '#config/home.ts'
import { isSameProcess } from '#config/process-identity.ts'
import { type LockHolder, lockHolder, ProcessLockHeldError, takeProcessLock } from '#config/process-lock.ts'
import { readRuntime } from '#config/runtime-file.ts'
import { HoldfastError } from '#domain/errors.ts'
import type { Clock } from '#domain/time.ts'

/** Time for what a killed supervisor left to stop by itself, milliseconds; then it is killed. */
const LEFTOVER_MS_MAX = 6_000

export class HomeHeldError extends HoldfastError {
  constructor(home: Home, holder: LockHolder) {
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
export const homeHolder = (home: Home): LockHolder | null => lockHolder(lockPath(home))

/**
 * Takes the folder for this process.
 * @returns what gives it back
 * @throws HomeHeldError naming the living supervisor that has it
 */
export function lockHome(home: Home, now: () => number): () => void {
  try {
    return takeProcessLock(lockPath(home), 'supervisor', now())
  } catch (error) {
    throw error instanceof ProcessLockHeldError ? new HomeHeldError(home, error.holder) : error
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
