/** What the operating system says about a process: how much memory, which command line; and signals to it. */
// Not here: whether it is still the same one (config/process-identity.ts).
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const isLinux = process.platform === 'linux'

/** Resident memory in bytes; 0 when there is no such process. */
export function residentBytes(pid: number): number {
  if (!isLinux) return Number(ps(pid, 'rss') ?? 0) * 1024
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kilobytes ?? 0) * 1024
  } catch {
    return 0
  }
}

/**
 * The process's share of memory in bytes: pages that several processes map count in parts, so that a sum over processes counts
 * each page once. Null where the system does not tell.
 */
export function proportionalBytes(pid: number): number | null {
  try {
    const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]
    return kilobytes === undefined ? null : Number(kilobytes) * 1024
  } catch {
    return null
  }
}

/** Command line for messages; '' when there is no such process. */
export function commandLine(pid: number): string {
  if (!isLinux) return ps(pid, 'command') ?? ''
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}

/** Sends a signal; false when there is nobody to get it. A negative pid means the whole process group. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}

function ps(pid: number, column: string): string | null {
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim() || null
  } catch {
    return null
  }
}
