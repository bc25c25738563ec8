/** Stop and pause of a whole maker session, by how far its PnL has fallen from its peak, as a share of the equity it began with. */
// Source: spec 004 §13 "Required". Unknown equity is no decision. Not here: the loss limit of every session (domain/risk/kill-rules.ts).
import type { SessionKnobs } from '#domain/strategies/maker/params.ts'
import type { EpochMs } from '#domain/time.ts'

/** Plain JSON: it travels in the checkpoint. */
export interface PortfolioState {
  /** Equity of the account when it was first known, USD; null before. */
  startUsd: number | null
  /** Highest net PnL of the session, USD. */
  peakUsd: number
  paused: boolean
  /** Since when a paused session is below the threshold again. */
  calmTs: EpochMs | null
}

export const firstPortfolio: PortfolioState = { startUsd: null, peakUsd: 0, paused: false, calmTs: null }

export interface PortfolioStep {
  state: PortfolioState
  verdict: 'ok' | 'pause' | 'kill'
  drawdownPct: number
}

export function stepPortfolio(
  was: PortfolioState,
  facts: { ts: EpochMs; netPnlUsd: number; equityUsd: number | null },
  knobs: Pick<
    SessionKnobs,
    'emergency_stop_loss_pct' | 'portfolio_pause_threshold_pct' | 'portfolio_pause_s'
  >,
): PortfolioStep {
  const startUsd = was.startUsd ?? (facts.equityUsd !== null && facts.equityUsd > 0 ? facts.equityUsd : null)
  const state: PortfolioState = { ...was, startUsd, peakUsd: Math.max(was.peakUsd, facts.netPnlUsd) }
  if (startUsd === null) return { state, verdict: was.paused ? 'pause' : 'ok', drawdownPct: 0 }
  const drawdownPct = ((state.peakUsd - facts.netPnlUsd) / startUsd) * 100
  if (drawdownPct >= knobs.emergency_stop_loss_pct) return { state, verdict: 'kill', drawdownPct }
  if (drawdownPct >= knobs.portfolio_pause_threshold_pct) {
    return { state: { ...state, paused: true, calmTs: null }, verdict: 'pause', drawdownPct }
  }
  if (!was.paused) return { state, verdict: 'ok', drawdownPct }
  const calmTs = was.calmTs ?? facts.ts
  const over = facts.ts - calmTs >= knobs.portfolio_pause_s * 1_000
  const next = { ...state, paused: !over, calmTs: over ? null : calmTs }
  return { state: next, verdict: over ? 'ok' : 'pause', drawdownPct }
}
