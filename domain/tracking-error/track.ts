/** One account against one model over a span of days: differences with their causes, coins, and books by lag, as rows to store. */
// Not here: where the inputs come from (clickhouse/pnl/tracking-store.ts), the single figures (daily.ts, attribution.ts, weights.ts).

import { DAY_MS, type EpochMs } from '#domain/time.ts'
import { type Attribution, attribute, type CoinDay, PARTS } from '#domain/tracking-error/attribution.ts'
import { type DailyInput, type TrackingDay, trackDays } from '#domain/tracking-error/daily.ts'
import { ORDERS_LOOKBACK_MS, type OrderTrace, reasonOf } from '#domain/tracking-error/diagnosis.ts'
import { bestLag, classify, compareBooks, type Weights } from '#domain/tracking-error/weights.ts'

/** What the account had of one coin at the end of a day, and what it did on it. */
export interface HeldDay {
  coin: string
  day: EpochMs
  sz: number
  /** What |sz| was opened for, USD. */
  cost: number
  /** Gross of fees, USD. */
  realized: number
  fees: number
  funding: number
}

export interface TrackInput extends DailyInput {
  /** Net asset value at the end of each day. */
  navs: ReadonlyMap<EpochMs, number>
  /** By coin and day, in order; each coin's last day before the span is among them. */
  held: readonly HeldDay[]
  /** USD by `coin/day`. */
  slippage: ReadonlyMap<string, number>
  /** What orders became, by coin. */
  orders?: ReadonlyMap<string, readonly (OrderTrace & { ts: EpochMs })[]>
}

export interface TrackedDay extends TrackingDay {
  /** Null while the difference is unknown, or when the day began with nothing. */
  parts: Attribution | null
  coins: { coin: string; target: number; actual: number; mismatch: string; gap: number; reason: string }[]
}

const NO_PARTS: TrackedDay['coins'] = []

/** Days `from` … `to`, both included, with their causes. */
export function trackAccount(input: TrackInput, from: EpochMs, to: EpochMs): TrackedDay[] {
  const byCoin = Map.groupBy(input.held, ({ coin }) => coin)
  return trackDays(input, from, to).map((row) => {
    const equity = input.navs.get(row.day - DAY_MS)
    if (row.live === null || row.paper === null || equity === undefined)
      return { ...row, parts: null, coins: NO_PARTS }
    const targets = input.targets.get(row.day - input.lagDays * DAY_MS) ?? new Map<string, number>()
    const coins = coinDays(input, row.day, targets, byCoin)
    const today = coins.flatMap(({ coin }) => byCoin.get(coin)?.find(({ day }) => day === row.day) ?? [])
    const found = attribute({
      ...{ equity, live: row.live, paper: row.paper, coins },
      feesUsd: today.reduce((sum, { fees }) => sum + fees, 0),
      fundingUsd: today.reduce((sum, { funding }) => sum + funding, 0),
    })
    const gaps = coins.map(({ coin, target }, at) => {
      const { actual, gap } = found?.coins[at] ?? { actual: 0, gap: 0 }
      const mismatch = classify(target, actual)
      const reason = reasonOf(mismatch, { target, actual, equity, ...factsOf(input, row.day, coin) })
      return { coin, target, actual, mismatch, gap, reason }
    })
    return { ...row, parts: found?.parts ?? null, coins: gaps }
  })
}

/** Around the start of the day, when the book should have been the target's: prices, orders before it, and the neighbouring targets. */
function factsOf({ targets, closes, lagDays, orders }: TrackInput, day: EpochMs, coin: string) {
  const dated = day - lagDays * DAY_MS
  return {
    hasPrice: closes.get(coin)?.has(day - DAY_MS) ?? false,
    orders: (orders?.get(coin) ?? []).filter(({ ts }) => ts >= day - ORDERS_LOOKBACK_MS && ts <= day),
    newer: targets.get(dated + DAY_MS)?.get(coin),
    older: targets.get(dated - DAY_MS)?.get(coin),
  }
}

/** Coins of the targets, and those that the account held or traded on the day. */
function coinDays(
  input: TrackInput,
  day: EpochMs,
  targets: Weights,
  byCoin: ReadonlyMap<string, readonly HeldDay[]>,
): CoinDay[] {
  const leverage = input.leverage ?? 1
  return [...new Set([...targets.keys(), ...byCoin.keys()])].sort().flatMap((coin): CoinDay[] => {
    const rows = byCoin.get(coin) ?? []
    const before = rows.findLast((row) => row.day < day)
    const today = rows.find((row) => row.day === day)
    const target = (targets.get(coin) ?? 0) * leverage
    const [startSz, endSz] = [before?.sz ?? 0, (today ?? before)?.sz ?? 0]
    if (target === 0 && startSz === 0 && !today) return []
    const closes = input.closes.get(coin)
    // Cash of a day: what was realised, less what open positions cost more than before.
    const spent = today ? signedCost(today) - (before ? signedCost(before) : 0) : 0
    return [
      {
        ...{ coin, target, startSz, endSz },
        closeBefore: closes?.get(day - DAY_MS) ?? null,
        close: closes?.get(day) ?? null,
        tradedUsd: (today?.realized ?? 0) - spent,
        slippageUsd: input.slippage.get(`${coin}/${day}`) ?? 0,
      },
    ]
  })
}

const signedCost = ({ sz, cost }: HeldDay): number => (sz < 0 ? -cost : cost)

export interface LagDay {
  day: EpochMs
  lag: number
  active_share: number | null
  mean_abs_diff: number | null
  counts: Record<'missing' | 'extra' | 'sign_flip' | 'mis_sized' | 'aligned', number>
  best: boolean
}

/** Ages of targets that each book is compared with. */
export const LAGS = [0, 1, 2, 3] as const

/**
 * Each day's book against the targets of that day and those before it. A day without a snapshot is unknown; one with a flat book
 * is not: yesterday's is never shown in its place.
 * @param seen days that have a snapshot
 */
export function trackLags(
  targets: ReadonlyMap<EpochMs, Weights>,
  books: ReadonlyMap<EpochMs, Weights>,
  seen: ReadonlySet<EpochMs>,
  from: EpochMs,
  to: EpochMs,
): LagDay[] {
  const rows: LagDay[] = []
  for (let day = from; day <= to; day += DAY_MS) {
    const lags = LAGS.map((lag) => {
      const wanted = targets.get(day - lag * DAY_MS)
      const known = seen.has(day) && wanted !== undefined
      const { summary } = compareBooks(wanted ?? new Map(), books.get(day) ?? new Map())
      const count = (kind: keyof LagDay['counts']): number => (known ? summary.classes[kind].count : 0)
      return {
        ...{ day, lag, active_share: known ? summary.active_share : null },
        mean_abs_diff: known ? summary.mean_abs_diff : null,
        counts: {
          missing: count('missing'),
          extra: count('extra'),
          sign_flip: count('sign_flip'),
          mis_sized: count('mis_sized'),
          aligned: count('aligned'),
        },
      }
    })
    const best = bestLag(lags)
    rows.push(...lags.map((row) => ({ ...row, best: row.lag === best })))
  }
  return rows
}

/** The parts as columns; null where there is no attribution. */
export const partColumns = (parts: Attribution | null): Record<(typeof PARTS)[number], number | null> =>
  Object.fromEntries(PARTS.map((part) => [part, parts === null ? null : parts[part]])) as Record<
    (typeof PARTS)[number],
    number | null
  >
