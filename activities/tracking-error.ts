/** Tracking error of each account against its model, and the model's own performance, over the last days: what came out differently gets a revision. */
// Not here: the arithmetic (domain/tracking-error), the schedule (workflows/schedules.ts).
import { storeHours } from '#activities/tracking-hours.ts'
import type { DaySpan, TrackingStore } from '#clickhouse/pnl/tracking-store.ts'
import type { TrackingErrorCoinRow, TrackingErrorRow } from '#clickhouse/tables/tracking-error.ts'
import { type Clock, DAY_MS, type EpochMs } from '#domain/time.ts'
import { summarise } from '#domain/tracking-error/daily.ts'
import { modelBacktest } from '#domain/tracking-error/model-backtest.ts'
import { partColumns, type TrackedDay, trackAccount, trackLags } from '#domain/tracking-error/track.ts'
import type { Weights } from '#domain/tracking-error/weights.ts'

/** Models and accounts that belong together, from the settings. */
export interface TrackedPair {
  model: string
  account: string
  lag_days?: number | undefined
  leverage?: number | undefined
}

/** A pair with everything decided. */
export interface PairToTrack {
  model: string
  account: string
  lag_days: number
  leverage: number
}

export interface TrackingDeps {
  clock: Pick<Clock, 'now'>
  store: TrackingStore
  /** Empty: every model against the accounts of followers, or against all accounts when there is none. */
  pairs: readonly TrackedPair[]
  /** Cost of trading in the model's own performance, basis points one way. */
  costBps: number
  /** Days that are looked at again; unset: 60. */
  lookbackDays?: number
  progress(done: { pair: string; days: number }): void
}

export interface TrackingInput {
  model?: string
  account?: string
  /** Days that are written; 8 more are read. Unset: 60. */
  lookback_days?: number
  lag_days?: number
}

export interface TrackingReport {
  pairs: { model: string; account: string; days: number; te_annualised: number | null }[]
  written: number
  revised: number
}

export const DEFAULT_LOOKBACK_DAYS = 60
/** Weights dated D are held on D+2. Source: spec 000 §7.13. */
export const DEFAULT_LAG_DAYS = 2
/** Rolling windows and lags look so far back. */
const WARM_UP_DAYS = 12

export const createTrackingErrorActivities = (
  deps: TrackingDeps,
  lookback = deps.lookbackDays ?? DEFAULT_LOOKBACK_DAYS,
) => ({
  /** Which models and accounts there are to compare now. */
  trackedPairs: async (input: TrackingInput = {}): Promise<PairToTrack[]> => {
    const from = lastClosedDay(deps.clock.now()) - (input.lookback_days ?? lookback) * DAY_MS
    const pairs = deps.pairs.length > 0 ? deps.pairs : await deps.store.pairs(from)
    return pairs
      .filter(
        ({ model, account }) => (input.model ?? model) === model && (input.account ?? account) === account,
      )
      .map((pair: TrackedPair) => ({
        ...{ model: pair.model, account: pair.account },
        lag_days: input.lag_days ?? pair.lag_days ?? DEFAULT_LAG_DAYS,
        leverage: pair.leverage ?? 1,
      }))
  },

  computeTrackingError: async (
    pair: PairToTrack & { lookback_days?: number | undefined },
  ): Promise<{ days: number; written: number; revised: number; te_annualised: number | null }> => {
    const to = lastClosedDay(deps.clock.now())
    const from = to - ((pair.lookback_days ?? lookback) - 1) * DAY_MS
    const rows = await trackPair(deps, pair, from, to)
    deps.progress({ pair: `${pair.model} × ${pair.account}`, days: rows.days.length })
    const span = { from, to: to + DAY_MS }
    const stored = await storeTracking(deps, pair, rows, span)
    await storeHours(deps.store, pair, rows, span)
    return { days: rows.days.length, ...stored, te_annualised: summarise(rows.days).te_annualised }
  },
})

export type TrackingErrorActivities = ReturnType<typeof createTrackingErrorActivities>

/** First millisecond of the last UTC day that is over. */
const lastClosedDay = (now: EpochMs): EpochMs => Math.floor(now / DAY_MS) * DAY_MS - DAY_MS

interface Tracked {
  targets: ReadonlyMap<EpochMs, Weights>
  /** As known one day later. */
  younger: ReadonlyMap<EpochMs, Weights>
  days: TrackedDay[]
  lags: ReturnType<typeof trackLags>
  snapshots: ReadonlyMap<EpochMs, EpochMs>
  performance: ReturnType<typeof modelBacktest>
}

async function trackPair(
  { store, costBps }: TrackingDeps,
  pair: PairToTrack,
  from: EpochMs,
  to: EpochMs,
): Promise<Tracked> {
  const span: DaySpan = { from: from - (WARM_UP_DAYS + pair.lag_days) * DAY_MS, to: to + DAY_MS }
  const [targets, sameDay, navs, held, slippage, books, orders] = await Promise.all([
    store.targets(pair.model, span, Math.max(1, pair.lag_days)),
    store.targets(pair.model, span, 1),
    store.nav(pair.account, span),
    store.ledger(pair.account, span),
    store.slippage(pair.account, span),
    store.books(pair.account, span),
    store.orders(pair.account, span),
  ])
  const coins = new Set([...coinsOf(targets), ...held.map(({ coin }) => coin)])
  const closes = await store.closes([...coins].sort(), span)
  const daily = { targets, closes, lagDays: pair.lag_days, leverage: pair.leverage }
  const live = new Map(navs.map(({ day, dailyReturn }) => [day, dailyReturn]))
  const values = new Map(navs.flatMap(({ day, nav }) => (nav === null ? [] : [[day, nav] as const])))
  const seen = new Map(navs.filter(({ nav }) => nav !== null).map(({ day, snapshotTs }) => [day, snapshotTs]))
  return {
    ...{ targets, younger: sameDay },
    days: trackAccount({ ...daily, live, navs: values, held, slippage, orders }, from, to),
    lags: trackLags(sameDay, books, new Set(seen.keys()), from, to),
    snapshots: seen,
    performance: modelBacktest(daily, costBps, from, to),
  }
}

const coinsOf = (targets: ReadonlyMap<EpochMs, Weights>): string[] =>
  [...targets.values()].flatMap((weights) => [...weights.keys()])

async function storeTracking(
  { store, costBps }: TrackingDeps,
  pair: PairToTrack,
  tracked: Tracked,
  span: DaySpan,
): Promise<{ written: number; revised: number }> {
  const { model, account } = pair
  const before = new Map((await store.stored(model, account, span)).map((row) => [row.day, row]))
  const changed: TrackingErrorRow[] = []
  for (const day of tracked.days) {
    const was = before.get(day.day)
    const row = trackingRow(pair, day, was?.revision ?? 0)
    if (was && sameRow(was, row)) continue
    changed.push(was ? { ...row, revision: was.revision + 1 } : row)
  }
  await store.saveCoins(await coinRows(store, pair, tracked.days, span))
  await store.saveLags(
    tracked.lags.map(({ counts, ...lag }) => ({
      ...{ model, account, snapshot_ts: tracked.snapshots.get(lag.day) ?? 0 },
      ...lag,
      ...counts,
    })),
  )
  await store.savePerformance(
    tracked.performance.map(({ day, gross, turnover, net, index }) => ({
      ...{
        model,
        account,
        lag_days: pair.lag_days,
        day,
        leverage: pair.leverage,
        gross_return: gross,
        turnover,
      },
      ...{
        cost_bps: costBps,
        net_return: net,
        index,
      },
    })),
  )
  await store.saveDays(changed)
  const revised = changed.filter(({ revision }) => revision > 0).length
  return { written: changed.length, revised }
}

/** A coin that a recompute no longer compares gets a row of nothing, since rows are replaced, never deleted. */
async function coinRows(
  store: TrackingStore,
  { model, account }: PairToTrack,
  days: readonly TrackedDay[],
  span: DaySpan,
): Promise<TrackingErrorCoinRow[]> {
  const rows = days.flatMap(({ day, coins }) =>
    coins.map(
      ({ gap, ...coin }): TrackingErrorCoinRow => ({ model, account, day, ...coin, gap_return: gap }),
    ),
  )
  const made = new Set(rows.map(({ day, coin }) => `${coin}/${day}`))
  const gone = (await store.storedCoins(model, account, span)).filter(
    ({ day, coin }) => !made.has(`${coin}/${day}`),
  )
  const nothing = { target: 0, actual: 0, mismatch: 'aligned', gap_return: 0, reason: '' }
  return [...rows, ...gone.map((row) => ({ ...row, ...nothing }))]
}

const trackingRow = (pair: PairToTrack, day: TrackedDay, revision: number): TrackingErrorRow => ({
  ...{
    model: pair.model,
    account: pair.account,
    day: day.day,
    lag_days: pair.lag_days,
    leverage: pair.leverage,
  },
  live_return: day.live,
  paper_return: day.paper,
  coverage: day.coverage,
  difference: day.difference,
  mean_7d: day.mean7d,
  te_7d: day.te7d,
  ...partColumns(day.parts),
  revision,
})

const sameRow = (a: TrackingErrorRow, b: TrackingErrorRow): boolean =>
  Object.keys(b).every((key) => (a as Record<string, unknown>)[key] === (b as Record<string, unknown>)[key])
