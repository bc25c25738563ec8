/** Names a process for ever: its pid with its start time, because pids are reused. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * Start time of a process in the system's own words.
 * @returns null when there is no such process; a zombie counts as none
 */
export function processStarted(pid: number): string | null {
  if (process.platform !== 'linux') return startedByPs(pid)
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name before the state may hold blanks and brackets.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? null : (fields[19] ?? null)
  } catch {
    return null
  }
}

/** True while the very process that was recorded runs. */
export const isSameProcess = (pid: number, started: string | null): boolean =>
  started !== null && processStarted(pid) === started

function startedByPs(pid: number): string | null {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null
  } catch {
    return null
  }
}
