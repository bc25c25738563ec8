/** The advisor of a maker session: from its equity, its returns and volatility, how large, how deep and how far away it should quote. */
// Source: spec 003 §4 "Advisor". One step a cycle. Not here: what the advice does to knobs (advised-params.ts), modes by trade PnL (mode.ts).
import type { EpochMs } from '#domain/time.ts'

export type AdvisorMode =
  | 'VERY_AGGRESSIVE'
  | 'AGGRESSIVE'
  | 'NORMAL'
  | 'CONSERVATIVE'
  | 'RECOVERY'
  | 'DEFENSIVE'

/** What the factors are counted from: `levels` and `leverage` of a calm market. */
export const ADVISOR_BASE = { levels: 20, leverage: 20 } as const

export interface Advice {
  mode: AdvisorMode
  /** Factor of every size. */
  size: number
  /** Of ADVISOR_BASE.levels. */
  levels: number
  /** What quotes lie further apart, basis points; below 0 closer. */
  spreadBps: number
  /** Whole, of ADVISOR_BASE.leverage: mean of the last ten recommendations, cut off. */
  leverage: number
  /** Nothing new should be quoted. */
  pause: boolean
}

/** Plain JSON: it travels in the checkpoint. */
export interface AdvisorState {
  peakUsd: number
  /** PnL over peak of the last steps, newest last. */
  returns: readonly number[]
  lossesInRow: number
  leverages: readonly number[]
  /** Shown to people; it changes once a minute at most. The advice does not wait. */
  shown: AdvisorMode
  shownTs: EpochMs
}

export interface AdvisorFacts {
  ts: EpochMs
  equityUsd: number
  /** Since the last step, inside the equity already. */
  pnlUsd: number
  /** Annualised, 0.2 for 20 %; null while unknown. */
  volatility: number | null
}

export interface AdvisorTerms {
  /** Above it every advice becomes DEFENSIVE. */
  volatilityMax: number
  /** Steps of a year, for the Sharpe ratio. */
  stepsPerYear: number
}

const DRAWDOWN = { recovery: 0.02, pause: 0.05 } as const
const SHARPE = {
  veryAggressive: 5,
  aggressive: 3,
  conservative: 0.5,
  returnsMin: 20,
  returnsMax: 100,
} as const
const LOSSES_IN_ROW = 5
const LEVERAGE = { recoveryMin: 5, volatileMax: 10, smoothed: 10 } as const
const VOLATILE_SPREAD_BPS = 5
const SHOWN_MS = 60_000

export const firstAdvisor = (ts: EpochMs): AdvisorState => ({
  ...{ peakUsd: 0, returns: [], lossesInRow: 0, leverages: [], shown: 'NORMAL', shownTs: ts },
})

/** Takes in one step. A PnL of exactly 0 neither ends nor lengthens a row of losses. */
export function stepAdvisor(
  was: AdvisorState,
  facts: AdvisorFacts,
  terms: AdvisorTerms,
): { state: AdvisorState; advice: Advice } {
  const { ts, equityUsd, pnlUsd } = facts
  const peakUsd = Math.max(was.peakUsd, equityUsd)
  const returns = [...was.returns, peakUsd > 0 ? pnlUsd / peakUsd : 0].slice(-SHARPE.returnsMax)
  const lossesInRow = pnlUsd < 0 ? was.lossesInRow + 1 : pnlUsd > 0 ? 0 : was.lossesInRow
  const drawdown = peakUsd > 0 ? (peakUsd - equityUsd) / peakUsd : 0
  const wanted = advise({ drawdown, sharpe: sharpe(returns, terms.stepsPerYear), lossesInRow })
  const isVolatile = facts.volatility !== null && facts.volatility > terms.volatilityMax
  const raw = isVolatile && !wanted.pause ? inVolatility(wanted) : wanted
  const leverages = raw.pause ? was.leverages : [...was.leverages, raw.leverage].slice(-LEVERAGE.smoothed)
  const smoothed = Math.floor(leverages.reduce((sum, one) => sum + one, 0) / leverages.length)
  const advice = raw.pause ? raw : { ...raw, leverage: smoothed }
  const mayShow = advice.mode !== was.shown && ts - was.shownTs >= SHOWN_MS
  const shown = mayShow ? { shown: advice.mode, shownTs: ts } : { shown: was.shown, shownTs: was.shownTs }
  return { state: { peakUsd, returns, lossesInRow, leverages, ...shown }, advice }
}

const BASE: Omit<Advice, 'mode'> = { size: 1, spreadBps: 0, pause: false, ...ADVISOR_BASE }

/** The first that holds: drawdown, then returns. */
function advise(at: { drawdown: number; sharpe: number; lossesInRow: number }): Advice {
  if (reaches(at.drawdown, DRAWDOWN.pause)) return { ...BASE, mode: 'DEFENSIVE', pause: true }
  if (reaches(at.drawdown, DRAWDOWN.recovery)) return recovery(at.drawdown)
  if (at.sharpe >= SHARPE.veryAggressive) {
    return { ...BASE, mode: 'VERY_AGGRESSIVE', size: 1.5, levels: 30, spreadBps: -2 }
  }
  if (at.sharpe >= SHARPE.aggressive) {
    return { ...BASE, mode: 'AGGRESSIVE', size: 1.2, levels: 25, spreadBps: -1 }
  }
  if (at.sharpe < SHARPE.conservative || at.lossesInRow >= LOSSES_IN_ROW) {
    return { ...BASE, mode: 'CONSERVATIVE', size: 0.7, levels: 10, spreadBps: 3 }
  }
  return { ...BASE, mode: 'NORMAL' }
}

/** Reaching is enough; a float that misses by rounding has reached. */
const reaches = (value: number, limit: number): boolean => value >= limit - 1e-12

/** The deeper between the two levels, the smaller, further away and less levered. */
function recovery(drawdown: number): Advice {
  const depth = (drawdown - DRAWDOWN.recovery) / (DRAWDOWN.pause - DRAWDOWN.recovery)
  const leverage = Math.floor(ADVISOR_BASE.leverage * (1 - depth / 2) + 1e-9)
  return {
    ...BASE,
    mode: 'RECOVERY',
    size: (1 - 0.7 * depth) * 0.8,
    spreadBps: 5 * depth,
    leverage: Math.max(LEVERAGE.recoveryMin, leverage),
  }
}

const inVolatility = (advice: Advice): Advice => ({
  ...advice,
  mode: 'DEFENSIVE',
  leverage: Math.min(advice.leverage, LEVERAGE.volatileMax),
  spreadBps: advice.spreadBps + VOLATILE_SPREAD_BPS,
})

/** Mean over population deviation, annualised; 0 below twenty returns or without any deviation. */
function sharpe(returns: readonly number[], stepsPerYear: number): number {
  if (returns.length < SHARPE.returnsMin) return 0
  const mean = returns.reduce((sum, one) => sum + one, 0) / returns.length
  const variance = returns.reduce((sum, one) => sum + (one - mean) ** 2, 0) / returns.length
  return variance <= 0 ? 0 : (mean / Math.sqrt(variance)) * Math.sqrt(stepsPerYear)
}
