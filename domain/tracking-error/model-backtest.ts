/** What the targets themselves would have made, with costs: the model's own performance, to hold live against. Spec 000 §6.8, §7.22. */
// Not here: the original's version with its two-row turnover (original-backtest.ts), strategies on candles (domain/backtest).

import { DAY_MS, type EpochMs } from '#domain/time.ts'
import { COVERAGE_MIN, closeReturn, type DailyInput } from '#domain/tracking-error/daily.ts'

export interface ModelDay {
  day: EpochMs
  /** Return of the held weights, before costs; null when too few of them have prices. */
  gross: number | null
  /** ½·Σ|held now − held before, drifted by the day's prices|; the first day's entry counts. */
  turnover: number
  net: number | null
  /** 100 at the start, net of costs. */
  index: number
}

/**
 * Holds the weights dated `lagDays` before, rebalanced at each day's start. A day without targets keeps what drifted: no trade.
 * @param costBps of what is traded, one way, 1 = 0.01 %
 * @param to last closed day: an open one has no close yet
 */
export function modelBacktest(
  input: Pick<DailyInput, 'targets' | 'closes' | 'lagDays' | 'leverage'>,
  costBps: number,
  from: EpochMs,
  to: EpochMs,
): ModelDay[] {
  const rows: ModelDay[] = []
  const leverage = input.leverage ?? 1
  let held = new Map<string, number>()
  let index = 100
  for (let day = from; day <= to; day += DAY_MS) {
    const targets = input.targets.get(day - input.lagDays * DAY_MS)
    const wanted = targets ? new Map([...targets].map(([coin, weight]) => [coin, weight * leverage])) : held
    const turnover = tradedShare(held, wanted)
    const { gross, drifted } = hold(wanted, input.closes, day)
    const net = gross === null ? null : gross - (turnover * costBps) / 10_000
    index *= 1 + (net ?? 0)
    rows.push({ day, gross, turnover, net, index })
    held = drifted
  }
  return rows
}

function tradedShare(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number {
  let total = 0
  for (const coin of new Set([...before.keys(), ...after.keys()]))
    total += Math.abs((after.get(coin) ?? 0) - (before.get(coin) ?? 0))
  return total / 2
}

/** One day: the weights drift with their prices and with the equity they are fractions of. */
function hold(
  weights: ReadonlyMap<string, number>,
  closes: DailyInput['closes'],
  day: EpochMs,
): { gross: number | null; drifted: Map<string, number> } {
  const changes = new Map([...weights.keys()].map((coin) => [coin, closeReturn(closes.get(coin), day)]))
  let [total, gross, priced] = [0, 0, 0]
  for (const [coin, weight] of weights) {
    const change = changes.get(coin) ?? null
    gross += Math.abs(weight)
    if (change === null) continue
    priced += Math.abs(weight)
    total += weight * change
  }
  const worth = 1 + total
  const drifted = new Map(
    [...weights].map(([coin, weight]) => [
      coin,
      worth > 0 ? (weight * (1 + (changes.get(coin) ?? 0))) / worth : 0,
    ]),
  )
  return { gross: gross === 0 || priced / gross >= COVERAGE_MIN ? total : null, drifted }
}
