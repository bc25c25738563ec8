/** The original's backtest of targets: forward returns labelled a day early, two-row turnover, the last row a return of 0. Spec 000 §6.8. */
// Not here: the one to go by (model-backtest.ts).
import { originalMetrics } from '#domain/performance-returns.ts'
import type { MatrixRow } from '#domain/tracking-error/original.ts'

export interface OriginalBacktest {
  ret: number[]
  turnover: number[]
  /** By cost in basis points. */
  net: Record<number, number[]>
  /** 100·Π(1 + ret) at the end, before costs. */
  indexEnd: number
  metrics: ReturnType<typeof originalMetrics>
}

/** @param lagRows 1 (T1) or 2 (T2) rows between weights and return */
export function originalBacktest(
  targets: readonly MatrixRow[],
  closes: readonly MatrixRow[],
  lagRows: 1 | 2,
  costs: readonly number[] = [5, 10, 20],
): OriginalBacktest {
  const byDate = new Map(closes.map((row, at) => [row.date, at]))
  const common = targets.filter(({ date }) => byDate.has(date))
  const ret = common.map(({ date }, row) => {
    const at = byDate.get(date) ?? 0
    const [now, next] = [closes[at]?.values, closes[at + 1]?.values]
    let total = 0
    for (const [coin, weight] of common[row - lagRows]?.values ?? []) {
      const [from, to] = [now?.get(coin), next?.get(coin)]
      if (from !== undefined && to !== undefined) total += (to / from - 1) * weight
    }
    return total
  })
  const turnover = common.map(({ values }, row) => {
    const before = common[row - lagRows]?.values
    if (!before) return 0
    let total = 0
    for (const coin of new Set([...values.keys(), ...before.keys()]))
      total += Math.abs((values.get(coin) ?? 0) - (before.get(coin) ?? 0))
    return total / 2
  })
  const net = Object.fromEntries(
    costs.map((bps) => [bps, ret.map((value, row) => value - ((turnover[row] ?? 0) * bps) / 10_000)]),
  )
  const indexEnd = ret.reduce((index, value) => index * (1 + value), 100)
  return { ret, turnover, net, indexEnd, metrics: originalMetrics(ret) }
}
