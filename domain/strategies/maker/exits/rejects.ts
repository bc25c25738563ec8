/** Refusals of the venue in a row: five in ten seconds rest a coin for a minute, so that a misunderstanding does not eat the budget. */
import type { EpochMs } from '#domain/time.ts'

export const REJECTS = { max: 5, windowMs: 10_000, pauseMs: 60_000 } as const

export interface RejectState {
  recent: readonly EpochMs[]
  pausedUntilTs: EpochMs
}

export const noRejects: RejectState = { recent: [], pausedUntilTs: 0 }

/** @param count refusals since the last step */
export function stepRejects(was: RejectState, ts: EpochMs, count: number): RejectState {
  const recent = [...was.recent.filter((at) => ts - at < REJECTS.windowMs), ...Array<EpochMs>(count).fill(ts)]
  if (recent.length < REJECTS.max) return { ...was, recent }
  return { recent: [], pausedUntilTs: ts + REJECTS.pauseMs }
}
