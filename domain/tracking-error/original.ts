/** The original's daily tracking error, row by row as it computed it, under its own name. Spec 000 §6.2. */
// Not here: the figures to go by (daily.ts). Kept so that old reports can be compared.
import { mean, originalMetrics, sampleStd } from '#domain/performance-returns.ts'

/** A date and one value per coin; rows in date order. */
export interface MatrixRow {
  date: string
  values: ReadonlyMap<string, number>
}

export interface OriginalInput {
  /** Last value of each day that has one. */
  nav: readonly { date: string; value: number }[]
  targets: readonly MatrixRow[]
  /** Closes of each day. */
  closes: readonly MatrixRow[]
}

export interface OriginalTe {
  live: ReturnType<typeof originalMetrics>
  paper: { date: string; value: number }[]
  te_mean: number | null
  te_std: number | null
  te_annualized: number | null
  /** te_daily: NaN became 0; te_rolling_7d: mean of 7 rows, 0 before. */
  stored: { date: string; te_daily: number; te_rolling_7d: number }[]
}

/** Null where the original stopped without storing: fewer than two returns, or nothing in common. */
export function originalTrackingError(input: OriginalInput): OriginalTe | null {
  const live = new Map<string, number | null>()
  for (const [at, { date, value }] of input.nav.entries()) {
    const before = input.nav[at - 1]?.value
    live.set(date, before === undefined ? null : value / before - 1)
  }
  const returns = [...live.values()].filter((value) => value !== null)
  if (returns.length < 2) return null
  const paper = paperReturns(input.targets, forwardReturns(input.closes))
  if (paper.length === 0) return null
  const rows = paper.flatMap(({ date, value }) => {
    const own = live.get(date)
    return own === undefined ? [] : [{ date, difference: own === null ? null : own - value }]
  })
  const known = rows.flatMap(({ difference }) => (difference === null ? [] : [difference]))
  const std = sampleStd(known)
  return {
    live: originalMetrics(returns),
    paper,
    te_mean: mean(known),
    te_std: std,
    te_annualized: std === null ? null : std * Math.sqrt(252),
    stored: rows.map(({ date, difference }, at) => {
      const last = rows.slice(Math.max(0, at - 6), at + 1).map((row) => row.difference)
      const whole = last.length === 7 && !last.includes(null)
      return { date, te_daily: difference ?? 0, te_rolling_7d: whole ? (mean(last as number[]) ?? 0) : 0 }
    }),
  }
}

/** f(t) = c(next row) ÷ c(t) − 1; the last row has none. */
export function forwardReturns(closes: readonly MatrixRow[]): MatrixRow[] {
  return closes.slice(0, -1).map(({ date, values }, at) => {
    const next = closes[at + 1]?.values
    const changes = [...values].flatMap(([coin, close]): [string, number][] => {
      const after = next?.get(coin)
      return after === undefined ? [] : [[coin, after / close - 1]]
    })
    return { date, values: new Map(changes) }
  })
}

/** paper(t) = Σ f(t)·w(row before), over common dates and coins; the first row earns 0. */
export function paperReturns(
  targets: readonly MatrixRow[],
  forward: readonly MatrixRow[],
): { date: string; value: number }[] {
  const returns = new Map(forward.map((row) => [row.date, row.values]))
  const common = targets.filter(({ date }) => returns.has(date))
  return common.map(({ date }, at) => {
    let value = 0
    const weights = common[at - 1]?.values
    if (weights)
      for (const [coin, change] of returns.get(date) ?? []) value += change * (weights.get(coin) ?? 0)
    return { date, value }
  })
}
