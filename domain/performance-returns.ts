/** Returns of an equity curve and the plain statistics on them; unknown is null, never 0. */
// Not here: the report that puts them together (performance.ts), money of the ledger (pnl/).
import { DAY_MS, type EpochMs } from '#domain/time.ts'

/** One valuation of an account. Floats: statistics, not the ledger. */
export interface EquityPoint {
  ts: EpochMs
  /** USD, deposits included. */
  equity: number
  /** Deposits − withdrawals since the point before, USD; they count as arriving just before this valuation. Unset: 0. */
  flow?: number
}

/** Crypto trades every day. */
export const DAYS_PER_YEAR = 365

/** Money below the last place of the ledger is none: ratios to it would say nothing. */
export const SMALLEST_USD = 1e-8

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Null for no values. */
export const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : sum(values) / values.length

/** Sample standard deviation (n − 1); null for fewer than two values. */
export function sampleStd(values: readonly number[]): number | null {
  const middle = mean(values)
  if (middle === null || values.length < 2) return null
  return Math.sqrt(sum(values.map((value) => (value - middle) ** 2)) / (values.length - 1))
}

/**
 * Return of each period, one fewer than there are points; flows do not count as profit.
 * Null where the account held nothing (or owed) at the start of the period.
 */
export function periodReturns(points: readonly EquityPoint[]): (number | null)[] {
  return points.slice(1).map((point, at) => {
    const before = points[at]?.equity ?? 0
    return before >= SMALLEST_USD ? (point.equity - (point.flow ?? 0)) / before - 1 : null
  })
}

export const known = (values: readonly (number | null)[]): number[] =>
  values.filter((value): value is number => value !== null && Number.isFinite(value))

/** Π(1 + r) − 1: what one dollar made, whenever money came or went. Null without a known return. */
export function timeWeightedReturn(returns: readonly (number | null)[]): number | null {
  const values = known(returns)
  return values.length === 0 ? null : values.reduce((product, value) => product * (1 + value), 1) - 1
}

/** Mean over standard deviation, per year; null for fewer than two returns or none that differ. */
export function sharpe(returns: readonly (number | null)[], periodsPerYear: number): number | null {
  const values = known(returns)
  const [middle, spread] = [mean(values), sampleStd(values)]
  if (middle === null || spread === null || isNothing(spread, middle)) return null
  return (middle / spread) * Math.sqrt(periodsPerYear)
}

/** Equal returns give a spread of rounding errors, which would make any ratio huge. */
const isNothing = (spread: number, middle: number): boolean => spread <= Math.abs(middle) * 1e-12

/** As the Sharpe ratio, but only returns below `target` count as risk: √(mean of min(0, r − target)²) over all returns. */
export function sortino(
  returns: readonly (number | null)[],
  periodsPerYear: number,
  target = 0,
): number | null {
  const values = known(returns)
  const middle = mean(values)
  if (middle === null || values.length < 2) return null
  const downside = Math.sqrt(sum(values.map((value) => Math.min(0, value - target) ** 2)) / values.length)
  return downside === 0 ? null : ((middle - target) / downside) * Math.sqrt(periodsPerYear)
}

export interface Drawdown {
  /** Fraction of the peak, 0–1 (above 1 when the account owes). */
  fraction: number
  peakTs: EpochMs
  troughTs: EpochMs
  /** When the peak was reached again; null while it was not. */
  recoveredTs: EpochMs | null
}

/** Deepest fall from a peak of the growth of one dollar, so that withdrawals are no losses. Null for fewer than two points. */
export function maxDrawdown(points: readonly EquityPoint[]): Drawdown | null {
  const first = points[0]
  if (!first || points.length < 2) return null
  const returns = periodReturns(points)
  let worst: Drawdown = { fraction: 0, peakTs: first.ts, troughTs: first.ts, recoveredTs: first.ts }
  let peak = { level: 1, ts: first.ts }
  let worstPeak = 1
  let level = 1
  for (const [at, change] of returns.entries()) {
    const { ts } = points[at + 1] as EquityPoint
    level *= 1 + (change ?? 0)
    if (worst.recoveredTs === null && level >= worstPeak) worst = { ...worst, recoveredTs: ts }
    if (level >= peak.level) peak = { level, ts }
    const fraction = 1 - level / peak.level
    if (fraction > worst.fraction) {
      worst = { fraction, peakTs: peak.ts, troughTs: ts, recoveredTs: null }
      worstPeak = peak.level
    }
  }
  return worst
}

/** Total return brought to a year: (1 + total)^(365 days / length) − 1. Null for no time, or when more than all was lost. */
export function annualised(total: number | null, lengthMs: number): number | null {
  if (total === null || lengthMs <= 0 || total <= -1) return null
  const yearly = (1 + total) ** ((DAYS_PER_YEAR * DAY_MS) / lengthMs) - 1
  return Number.isFinite(yearly) ? yearly : null
}

/**
 * Internal rate of return per year: the rate at which first equity and all flows grow to the last equity.
 * Found by bisection between −99.99 % and one million; null when none lies there.
 */
export function moneyWeightedReturn(points: readonly EquityPoint[]): number | null {
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last || last.ts <= first.ts) return null
  const flows = [
    { ts: first.ts, usd: first.equity },
    ...points.slice(1).map(({ ts, flow }) => ({ ts, usd: flow ?? 0 })),
  ]
  const surplus = (rate: number): number =>
    flows.reduce(
      (total, { ts, usd }) => total + usd * (1 + rate) ** ((last.ts - ts) / (DAYS_PER_YEAR * DAY_MS)),
      -last.equity,
    )
  let low = -0.9999
  let high = 1e6
  if (!(surplus(low) * surplus(high) < 0)) return null
  const sign = Math.sign(surplus(high))
  for (let turn = 0; turn < 200; turn++) {
    const middle = (low + high) / 2
    if (surplus(middle) * sign > 0) high = middle
    else low = middle
  }
  return (low + high) / 2
}

/** How the original measured a row of returns: 252 days a year, whatever the calendar. Null where it said NaN. */
export function originalMetrics(returns: readonly number[]): {
  mean: number | null
  std: number | null
  annual_return: number | null
  annual_vol: number | null
  sharpe: number | null
  n: number
} {
  const [middle, spread] = [mean(returns), sampleStd(returns)]
  const std = spread !== null && middle !== null && isNothing(spread, middle) ? 0 : spread
  return {
    mean: middle,
    std,
    annual_return: middle === null ? null : (1 + middle) ** 252 - 1,
    annual_vol: std === null ? null : std * Math.sqrt(252),
    sharpe: middle === null || std === null || std === 0 ? null : (middle / std) * Math.sqrt(252),
    n: returns.length,
  }
}
