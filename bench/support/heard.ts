/** What the benches of kills measure: when a loop heard of its kill, and the figures of many such times. */
// Not here: the process that reports it (kill-process.ts).
import type { Child } from '../../tests/support/child.ts'
import type { Heard } from './kill-process.ts'

/** When each session was first heard of, CLOCK_MONOTONIC nanoseconds; fills while the process runs. */
export function firstHeard(host: Child): Map<string, bigint> {
  const first = new Map<string, bigint>()
  host.onMessage((message) => {
    const { kind, session_id, at_ns } = message as Heard
    if (kind === 'heard' && !first.has(session_id)) first.set(session_id, BigInt(at_ns))
  })
  return first
}

/** Nearest rank; NaN of nothing. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
