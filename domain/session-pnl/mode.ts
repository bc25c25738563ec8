/** Which mode a maker session quotes in: the table of conditions, and how slowly it may get bolder. */
// Source: spec 003 §4 with §7. Taken in the workflow (domain/session/control-maker.ts) and applied through the segment's input.
import {
  MODE_BOUNDS,
  MODE_NAMES,
  MODE_TABLE,
  type ModeName,
  type ModeSetting,
} from '#domain/session-pnl/mode-table.ts'
import type { EpochMs } from '#domain/time.ts'

export interface ModeInputs {
  /** Of the last 30 minutes; null when that window has not both sides. */
  spreadBps: number | null
  /** PnL of the last cycle and of the session, USD. */
  cycleUsd: number
  sessionUsd: number
  adverse: boolean
  /** PnL of earlier cycles, newest last. */
  cycles: readonly number[]
}

export interface ModeVerdict {
  /** `NO_DATA` keeps what is. */
  mode: ModeName | 'NO_DATA'
  reason: string
}

const TREND_CYCLES = 5
const CALM_CYCLES = 2
const CALM_MS = 10 * 60_000

/** Sum of the last five cycles; 0 while there are fewer. */
export const trendUsd = (cycles: readonly number[]): number =>
  cycles.length < TREND_CYCLES ? 0 : cycles.slice(-TREND_CYCLES).reduce((sum, usd) => sum + usd, 0)

/** The first condition that holds; all comparisons are strict. */
export function judgeMode({ spreadBps, cycleUsd, sessionUsd, adverse, cycles }: ModeInputs): ModeVerdict {
  const trend = trendUsd(cycles)
  if (sessionUsd < -2) return { mode: 'EMERGENCY_DEFENSIVE', reason: 'SESSION_LOSS' }
  if (cycleUsd < -0.5 && trend < -1) return { mode: 'EMERGENCY_DEFENSIVE', reason: 'CYCLE_LOSS_IN_A_TREND' }
  if (adverse) return { mode: 'DEFENSIVE', reason: 'ADVERSE_SELECTION' }
  if (cycleUsd < -0.2) return { mode: 'DEFENSIVE', reason: 'CYCLE_LOSS' }
  if (spreadBps === null) return { mode: 'NO_DATA', reason: 'NO_DATA' }
  if (spreadBps < -3) return { mode: 'DEFENSIVE', reason: 'NEGATIVE_SPREAD' }
  if (spreadBps < 1) return { mode: 'MODERATE', reason: 'THIN_SPREAD' }
  if (cycleUsd < 0) return { mode: 'MODERATE', reason: 'CYCLE_NOT_EARNING' }
  if (spreadBps > 15 && cycleUsd > 0.15) return { mode: 'VERY_AGGRESSIVE', reason: 'WIDE_SPREAD' }
  if (spreadBps > 10 && cycleUsd > 0.1) return { mode: 'AGGRESSIVE', reason: 'GOOD_SPREAD' }
  return { mode: 'NORMAL', reason: 'ORDINARY' }
}

/** Plain JSON: the workflow carries it. */
export interface ModeState {
  mode: ModeName
  changedTs: EpochMs
  /** Cycles in a row that wanted something bolder. */
  calm: number
  /** PnL of the last cycles, newest last. */
  cycles: readonly number[]
}

export const firstMode = (ts: EpochMs): ModeState => ({ mode: 'NORMAL', changedTs: ts, calm: 0, cycles: [] })

const rank = (mode: ModeName): number => MODE_NAMES.indexOf(mode)

/** More careful at once; bolder only after two cycles that agree and ten minutes since the last change; without data nothing. */
export function stepMode(
  was: ModeState,
  inputs: Omit<ModeInputs, 'cycles'>,
  ts: EpochMs,
): { state: ModeState; verdict: ModeVerdict; changed: boolean } {
  const verdict = judgeMode({ ...inputs, cycles: was.cycles })
  const cycles = [...was.cycles, inputs.cycleUsd].slice(-TREND_CYCLES)
  const { mode } = verdict
  if (mode === 'NO_DATA' || mode === was.mode) {
    return { state: { ...was, calm: 0, cycles }, verdict, changed: false }
  }
  if (rank(mode) < rank(was.mode)) {
    return { state: { mode, changedTs: ts, calm: 0, cycles }, verdict, changed: true }
  }
  const calm = was.calm + 1
  const may = calm >= CALM_CYCLES && ts - was.changedTs >= CALM_MS
  if (!may) return { state: { ...was, calm, cycles }, verdict, changed: false }
  return { state: { mode, changedTs: ts, calm: 0, cycles }, verdict, changed: true }
}

/** What a mode means for the quotes, inside the bounds that none may leave. */
export function settingOf(mode: ModeName): ModeSetting {
  const { distanceBps, levels, urgency } = MODE_TABLE[mode]
  const { distanceBpsMin, distanceBpsMax, levelsMin, levelsMax } = MODE_BOUNDS
  return {
    distanceBps: Math.min(Math.max(distanceBps, distanceBpsMin), distanceBpsMax),
    levels: Math.min(Math.max(levels, levelsMin), levelsMax),
    urgency,
  }
}
