/** The public face of sweeps: ids and the query that shows how far one is. */
// Not here: the workflow (workflow.ts), its input (domain/backtest/sweep-plan.ts).
import { defineQuery } from '@temporalio/workflow'

export const sweepId = (name: string): string => `sweep/${name}`
export const sweepPartId = (name: string, part: number): string => `sweep/${name}/part-${part}`

export interface SweepProgress {
  sweep_id: string
  /** 0 until the plan is checked. */
  runs: number
  done: number
  failed: number
  parts: number
  parts_done: number
  best: { run: number; score: number } | null
}

/** How far the sweep is, and its best run so far. */
export const progress = defineQuery<SweepProgress>('progress')
