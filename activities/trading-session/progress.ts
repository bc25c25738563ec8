/** When a running segment tells its workflow how it stands: so that the Temporal UI and `holdfast status` never show hours-old money. */
// Not here: the signal itself (workers/support/trading-activities.ts), what the workflow does with it (workflows/trading-session).
import type { Checkpoint } from '#domain/session/types.ts'

export const PROGRESS = {
  /** Between two reports; each costs four events of the workflow's history, so a session of six hours stays below 1,500. */
  everyMs: 60_000,
} as const

/** Asked after every acknowledged heartbeat; true when this checkpoint should be reported. */
export function createProgressRule(
  startedMs: number,
  start: Pick<Checkpoint, 'equityUsd'>,
): (checkpoint: Pick<Checkpoint, 'equityUsd'>, nowMs: number) => boolean {
  // A session that the workflow knows no equity of is reported as soon as there is one; else nobody waits for a first report.
  let lastMs = isKnown(start) ? startedMs : Number.NEGATIVE_INFINITY
  return (checkpoint, nowMs) => {
    if (!isKnown(checkpoint) || nowMs - lastMs < PROGRESS.everyMs) return false
    lastMs = nowMs
    return true
  }
}

const isKnown = ({ equityUsd }: Pick<Checkpoint, 'equityUsd'>): boolean => Number(equityUsd) !== 0
