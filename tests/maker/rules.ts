/** What must hold after a run of many makers, and the faults that it runs under. */
import type { MakerRun } from './run.ts'

/** Slow and lost answers, frames lost, out of order or twice, sockets cut. No 429: those would be the exchange's own doing. */
export const FAULTS = {
  slow: 0.005,
  slow_ms: 400,
  answer_lost: 0.001,
  http_502: 0.001,
  frame_drop: 0.0005,
  frame_reorder: 0.001,
  fill_duplicate: 0.05,
  disconnect: 0.00002,
} as const

/** A position's value may stand this far above its cap for the price at which it is valued. */
const VALUED = 1.01

export function brokenRules(run: MakerRun, checks: { pace: boolean }): string[] {
  const rules: [boolean, string][] = [
    [run.fills > 0, 'nothing was filled: the run proves nothing'],
    [run.modified > 0, 'no quote was modified: the run proves nothing about that'],
    [run.worst_position_usd <= run.cap_usd * VALUED, `a position grew to ${run.worst_position_usd} USD`],
    [run.strays === 0, `${run.strays} orders are still open`],
    [run.held === 0, `${run.held} positions are still held`],
    [run.rate_limited === 0, `the exchange refused ${run.rate_limited} requests for their rate`],
    [run.clean === run.sessions, `${run.sessions - run.clean} sessions did not close clean`],
    [run.pnl_differs.length === 0, `session PnL: ${run.pnl_differs.join('; ')}`],
    [
      !checks.pace || run.loop_p99_ms <= 1.5 * run.loop_ms,
      `the loop's period has a p99 of ${run.loop_p99_ms.toFixed(0)} ms`,
    ],
  ]
  return rules.flatMap(([holds, text]) => (holds ? [] : [text]))
}
