/** Were the signals worth anything? What the price did after each, and hit rate and mean return with their confidence intervals. */
// Not here: the signals (signal.ts), reading prices (activities/signals.ts).
import { DAY_MS, type EpochMs, HOUR_MS, MINUTE_MS } from '#domain/time.ts'
import type { Recommendation } from '#domain/traders/signal.ts'

/** How long after a signal the price is looked at. */
export const HORIZONS_MS = [5 * MINUTE_MS, HOUR_MS, DAY_MS] as const

export interface ForwardReturn {
  ts: EpochMs
  horizonMs: number
  recommendation: Recommendation
  /** Fraction: price at the horizon over price at the signal, less 1. */
  priceReturn: number
  /** The same in the signal's direction: negated for SHORT, 0 for NEUTRAL. */
  signalReturn: number
}

/** Null when a price is missing or not positive. */
export function forwardReturn(
  signal: { ts: EpochMs; recommendation: Recommendation; price: number },
  horizonMs: number,
  laterPrice: number | null,
): ForwardReturn | null {
  const { ts, recommendation, price } = signal
  if (laterPrice === null || !(price > 0) || !(laterPrice > 0)) return null
  const priceReturn = laterPrice / price - 1
  const sign = recommendation === 'LONG' ? 1 : recommendation === 'SHORT' ? -1 : 0
  return { ts, horizonMs, recommendation, priceReturn, signalReturn: sign * priceReturn }
}

export interface Interval {
  low: number
  high: number
}

export interface ReturnStatistics {
  horizonMs: number
  /** Signals with a direction, and how many of them do not overlap: only those are independent. */
  signals: number
  independent: number
  /** Share whose return in the signal's direction was above 0. */
  hitRate: number
  hitRate95: Interval
  /** Fraction per signal. */
  meanReturn: number
  meanReturn95: Interval
}

const Z95 = 1.959_963_984_540_054

/** Wilson's interval of a share: honest for few samples and for shares near 0 and 1. */
export function wilson(hits: number, count: number): Interval {
  if (count === 0) return { low: 0, high: 1 }
  const share = hits / count
  const z2 = Z95 ** 2
  const centre = (share + z2 / (2 * count)) / (1 + z2 / count)
  const half = (Z95 * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count * count))) / (1 + z2 / count)
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}

/** Two-sided 95 % quantile of Student's t; the normal one beyond the table's end is off by less than 1 %. */
const T95 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
]
const tQuantile = (count: number): number => T95[count - 2] ?? Z95 * (1 + 1.2 / (count - 1))

/**
 * Statistics of one horizon. Signals come every five minutes, so that their returns over an hour or a day overlap: the width of the
 * intervals follows from the number of stretches that do not overlap, not from the number of signals.
 */
export function returnStatistics(returns: readonly ForwardReturn[], horizonMs: number): ReturnStatistics {
  const directed = returns.filter((each) => each.horizonMs === horizonMs && each.recommendation !== 'NEUTRAL')
  const count = directed.length
  const blocks = new Map<number, { sum: number; hits: number; count: number }>()
  for (const { ts, signalReturn } of directed) {
    const block = Math.floor(ts / horizonMs)
    const at = blocks.get(block) ?? { sum: 0, hits: 0, count: 0 }
    blocks.set(block, {
      sum: at.sum + signalReturn,
      hits: at.hits + (signalReturn > 0 ? 1 : 0),
      count: at.count + 1,
    })
  }
  const independent = blocks.size
  const hits = directed.filter(({ signalReturn }) => signalReturn > 0).length
  const hitRate = count === 0 ? 0 : hits / count
  const meanReturn = count === 0 ? 0 : directed.reduce((sum, each) => sum + each.signalReturn, 0) / count
  return {
    horizonMs,
    signals: count,
    independent,
    hitRate,
    hitRate95: wilson(hitRate * independent, independent),
    meanReturn,
    meanReturn95: meanInterval([...blocks.values()].map((block) => block.sum / block.count)),
  }
}

/** Student's interval of the mean of independent values. Fewer than two say nothing. */
function meanInterval(values: readonly number[]): Interval {
  const count = values.length
  if (count < 2) return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1)
  const half = tQuantile(count) * Math.sqrt(variance / count)
  return { low: mean - half, high: mean + half }
}
