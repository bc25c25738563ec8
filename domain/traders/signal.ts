/** Folds the positions of many traders in one coin into one view: bias weighted by score, net exposure, confidence, LONG, SHORT or NEUTRAL. */
// Not here: whether such views are worth anything (signal-returns.ts), when they are made (activities/signals.ts).
import { roundTo } from '#domain/traders/rounding.ts'

export type Recommendation = 'LONG' | 'SHORT' | 'NEUTRAL'

/** One trader as a signal sees him. */
export interface SignalVote {
  /** Null where it is not known: it then counts as 50. */
  score: number | null
  /** Signed coins; null where the position is not known: such a trader has no vote. */
  size: number | null
}

export interface AggregatedSignal {
  longScore: number
  shortScore: number
  totalWeight: number
  /** Signed coins, weighted. */
  netExposure: number
  longBias: number
  shortBias: number
  longs: number
  shorts: number
  flats: number
  /** Traders whose position is not known: they are not in the figures. */
  unknown: number
  /** Share of the weight that holds anything: a bias over few holders is a small one whatever its sign. */
  participation: number
  recommendation: Recommendation
  /** 0 … 1. */
  confidence: number
}

const BIAS_MIN = 0.6
const SCORE_UNKNOWN = 50

/** Strict bounds on unrounded biases. */
export function recommend(longBias: number, shortBias: number): Recommendation {
  if (longBias > BIAS_MIN) return 'LONG'
  return shortBias > BIAS_MIN ? 'SHORT' : 'NEUTRAL'
}

/** Half disagreement, three tenths weight, two tenths number of holders; 4 decimals. */
export function signalConfidence(facts: {
  longBias: number
  shortBias: number
  totalWeight: number
  holders: number
}): number {
  const { longBias, shortBias, totalWeight, holders } = facts
  return roundTo(
    0.5 * Math.min(Math.abs(longBias - shortBias) / 0.4, 1) +
      0.3 * Math.min(totalWeight / 50, 1) +
      0.2 * Math.min(holders / 100, 1),
    4,
  )
}

/** Null when nobody's position is known: no row is better than a row about nothing. */
export function aggregateSignal(votes: readonly SignalVote[]): AggregatedSignal | null {
  let longScore = 0
  let shortScore = 0
  let total = 0
  let netExposure = 0
  const counts = { longs: 0, shorts: 0, flats: 0, unknown: 0 }
  for (const { score, size } of votes) {
    if (size === null) {
      counts.unknown++
      continue
    }
    const weight = (score ?? SCORE_UNKNOWN) / 100
    total += weight
    if (size > 0) {
      longScore += weight
      counts.longs++
    } else if (size < 0) {
      shortScore += weight
      counts.shorts++
    } else counts.flats++
    netExposure += size * weight
  }
  if (counts.unknown === votes.length) return null
  const longBias = total > 0 ? longScore / total : 0
  const shortBias = total > 0 ? shortScore / total : 0
  const holders = counts.longs + counts.shorts
  return {
    longScore: roundTo(longScore, 4),
    shortScore: roundTo(shortScore, 4),
    totalWeight: roundTo(total, 4),
    netExposure: roundTo(netExposure, 4),
    longBias: roundTo(longBias, 4),
    shortBias: roundTo(shortBias, 4),
    ...counts,
    participation: total > 0 ? roundTo((longScore + shortScore) / total, 4) : 0,
    recommendation: recommend(longBias, shortBias),
    confidence: signalConfidence({ longBias, shortBias, totalWeight: total, holders }),
  }
}

export interface SignalState {
  recommendation: Recommendation
  confidence: number
  longBias: number
}

/** Is the signal worth telling somebody? Sure of itself, or other than the one before. */
export function isAlert(now: SignalState, before: SignalState | null): boolean {
  if (now.confidence >= 0.7) return true
  if (before === null) return false
  return now.recommendation !== before.recommendation || Math.abs(now.longBias - before.longBias) >= 0.1
}

/** What changed since the last signal of the coin, in words of one token; '' when nothing did. */
export function changeOf(now: SignalState, before: SignalState | null): string {
  if (before === null) return 'first'
  if (now.recommendation !== before.recommendation)
    return `${before.recommendation.toLowerCase()}_to_${now.recommendation.toLowerCase()}`
  const moved = now.longBias - before.longBias
  if (Math.abs(moved) < 0.1) return ''
  return moved > 0 ? 'bias_up' : 'bias_down'
}
