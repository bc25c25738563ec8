/** Daily tracking error as it is meant: calendar lag, intervals labelled by their end, unknown stays unknown. Spec 000 §7.12–16. */
// Not here: the original's numbers (original.ts), what made the difference (attribution.ts).
import { DAYS_PER_YEAR, known, mean, SMALLEST_USD, sampleStd } from '#domain/performance-returns.ts'
import { DAY_MS, type EpochMs } from '#domain/time.ts'
import type { Weights } from '#domain/tracking-error/weights.ts'

/** Days are named by their first millisecond. */
export interface DailyInput {
  /** Target weights by the day they are dated. */
  targets: ReadonlyMap<EpochMs, Weights>
  /** Close of each closed UTC day, by coin and day; USD. */
  closes: ReadonlyMap<string, ReadonlyMap<EpochMs, number>>
  /** Return of the account over each day, flows taken out; null over a gap. */
  live: ReadonlyMap<EpochMs, number | null>
  /** Days after which a weight is held: 2 holds the weights dated D on D+2. */
  lagDays: number
  /** What target weights are multiplied with, when the account runs at another leverage. */
  leverage?: number
}

export interface TrackingDay {
  day: EpochMs
  /** Return of the account. */
  live: number | null
  /** Return of the targets. Null without targets, or when too few of them have prices. */
  paper: number | null
  /** Σ|w| with prices ÷ Σ|w|; null without targets. */
  coverage: number | null
  /** live − paper. */
  difference: number | null
  /** Mean of the differences of the last 7 calendar days; null with fewer than 5. The original calls this its tracking error. */
  mean7d: number | null
  /** Sample standard deviation of them: the tracking error, not annualised. */
  te7d: number | null
}

/** Of the targets' gross weight, so much must have prices, else the day is unknown. */
export const COVERAGE_MIN = 0.95
const WINDOW_DAYS = 7
const VALID_MIN = 5

/** c(t) ÷ c(t−1) − 1; null without both, or when there was no price to start from. */
export function closeReturn(closes: ReadonlyMap<EpochMs, number> | undefined, day: EpochMs): number | null {
  const [before, after] = [closes?.get(day - DAY_MS), closes?.get(day)]
  return before === undefined || after === undefined || before < SMALLEST_USD ? null : after / before - 1
}

/** Return of one day of target weights, with the share of them that has prices. */
export function paperReturn(
  weights: Weights | undefined,
  closes: DailyInput['closes'],
  day: EpochMs,
  leverage = 1,
): { paper: number | null; coverage: number | null } {
  if (!weights || weights.size === 0) return { paper: null, coverage: null }
  let [total, gross, priced] = [0, 0, 0]
  for (const [coin, weight] of weights) {
    const change = closeReturn(closes.get(coin), day)
    gross += Math.abs(weight)
    if (change === null) continue
    priced += Math.abs(weight)
    total += weight * leverage * change
  }
  const coverage = gross === 0 ? 1 : priced / gross
  return { paper: coverage >= COVERAGE_MIN ? total : null, coverage }
}

/** One row a day, `from` to `to`, both included. Load 8 days before `from` as well, or its windows begin empty. */
export function trackDays(input: DailyInput, from: EpochMs, to: EpochMs): TrackingDay[] {
  const rows: TrackingDay[] = []
  const differences: (number | null)[] = []
  for (let day = from - (WINDOW_DAYS + 1) * DAY_MS; day <= to; day += DAY_MS) {
    const weights = input.targets.get(day - input.lagDays * DAY_MS)
    const { paper, coverage } = paperReturn(weights, input.closes, day, input.leverage)
    const live = input.live.get(day) ?? null
    const difference = live === null || paper === null ? null : live - paper
    differences.push(difference)
    const window = known(differences.slice(-WINDOW_DAYS))
    const enough = window.length >= VALID_MIN
    if (day >= from)
      rows.push({
        ...{ day, live, paper, coverage, difference },
        mean7d: enough ? mean(window) : null,
        te7d: enough ? sampleStd(window) : null,
      })
  }
  return rows
}

export interface TrackingSummary {
  days: number
  mean_difference: number | null
  /** Sample standard deviation of the daily differences. */
  te_daily: number | null
  /** × √365: this market has no weekend. */
  te_annualised: number | null
  /** × √252, as the original. */
  te_annualised_252: number | null
}

export function summarise(days: readonly Pick<TrackingDay, 'difference'>[]): TrackingSummary {
  const values = known(days.map(({ difference }) => difference))
  const spread = sampleStd(values)
  return {
    days: values.length,
    mean_difference: mean(values),
    te_daily: spread,
    te_annualised: spread === null ? null : spread * Math.sqrt(DAYS_PER_YEAR),
    te_annualised_252: spread === null ? null : spread * Math.sqrt(252),
  }
}
