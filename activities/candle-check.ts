/** The hourly proof that the candle table has no holes: expected grid against rows, holes fetched, roll-ups compared with the venue's candles. */
// Not here: gaps of streams (backfill.ts), the arithmetic of grids (domain/market/candle-grid.ts).
import type { CandleCheckRow } from '#clickhouse/tables/market-derived.ts'
import { describeError } from '#domain/errors.ts'
import type { CandleEvent } from '#domain/events.ts'
import {
  bridgedSpans,
  type CandleFigures,
  compareRollUp,
  gridOpens,
  type RollUpDifference,
  rollUpSource,
  spansOf,
} from '#domain/market/candle-grid.ts'
import {
  type CandleInterval,
  type Clock,
  candleOpen,
  type EpochMs,
  nextCandleOpen,
  parseInterval,
} from '#domain/time.ts'

/** A recorded series with the opening times of its oldest and newest stored candle. */
export interface RecordedSeries {
  coin: string
  interval: string
  first_ms: EpochMs
  last_ms: EpochMs
}

export interface CandleCheckDeps {
  clock: Pick<Clock, 'now'>
  /** Series of which candles arrived since `sinceTs`. */
  recordedSeries(sinceTs: EpochMs): Promise<RecordedSeries[]>
  /** Time of the market: a replayed or accelerated one is not at the machine's time. Null when the venue does not know the coin. */
  marketNow(coin: string): Promise<EpochMs | null>
  /** Stored candles that open in [from, until), ascending. */
  storedCandles(
    coin: string,
    interval: CandleInterval,
    fromTs: EpochMs,
    untilTs: EpochMs,
  ): Promise<CandleFigures[]>
  venueCandles(
    coin: string,
    interval: CandleInterval,
    fromTs: EpochMs,
    untilTs: EpochMs,
  ): Promise<CandleEvent[]>
  writeCandles(candles: readonly CandleEvent[]): Promise<void>
  writeChecks(rows: CandleCheckRow[]): Promise<void>
  warn(facts: Readonly<Record<string, unknown>>, message: string): void
  stillRunning(): void
}

export interface CandleCheckInput {
  /** How far back, hours; unset: 25, so that two runs overlap. */
  lookback_hours?: number
  /** Only these coins; unset: every recorded one. */
  coins?: readonly string[]
}

export interface CandleCheckReport {
  series: number
  expected: number
  missing: number
  healed: number
  empty: number
  remaining: number
  differing: number
  failed: number
}

export const LIMITS = {
  lookbackHours: 25,
  /** A candle that has only just closed may still be on its way. */
  settleMs: 15_000,
  /** First so many missing times and differences are stored as details. */
  detailsMax: 10,
} as const

export const createCandleCheckActivities = (deps: CandleCheckDeps) => ({
  checkCandles: async (input: CandleCheckInput = {}): Promise<CandleCheckReport> => {
    const lookbackMs = (input.lookback_hours ?? LIMITS.lookbackHours) * 3_600_000
    const recorded = await deps.recordedSeries(deps.clock.now() - lookbackMs)
    const wanted = recorded.filter(({ coin }) => !input.coins || input.coins.includes(coin))
    const report: CandleCheckReport = {
      series: wanted.length,
      ...{ expected: 0, missing: 0, healed: 0, empty: 0, remaining: 0, differing: 0, failed: 0 },
    }
    for (const [coin, series] of Map.groupBy(wanted, (each) => each.coin)) {
      deps.stillRunning()
      try {
        const now = await deps.marketNow(coin)
        for (const row of now === null ? [] : await checkCoin(deps, { coin, series, now, lookbackMs })) {
          report.expected += row.expected
          report.missing += row.missing
          report.healed += row.healed
          report.empty += row.empty
          report.remaining += row.remaining
          report.differing += row.differing
        }
      } catch (error) {
        report.failed++
        deps.warn({ coin, why: describeError(error) }, 'candles were not checked')
      }
    }
    return report
  },
})

interface Checked {
  row: CandleCheckRow
  candles: CandleFigures[]
}

async function checkCoin(
  deps: CandleCheckDeps,
  of: { coin: string; series: readonly RecordedSeries[]; now: EpochMs; lookbackMs: number },
): Promise<CandleCheckRow[]> {
  const { coin, series, now, lookbackMs } = of
  const checked = new Map<CandleInterval, Checked>()
  for (const { interval: word, first_ms } of series) {
    const interval = parseInterval(word)
    const fromTs = Math.max(candleOpen(now - lookbackMs, interval), first_ms)
    const untilTs = candleOpen(now - LIMITS.settleMs, interval)
    if (untilTs > fromTs)
      checked.set(interval, await checkSeries(deps, { coin, interval, fromTs, untilTs, now }))
  }
  const intervals = [...checked.keys()]
  for (const [interval, { row, candles }] of checked) {
    const source = rollUpSource(interval, intervals)
    const shorter = source && checked.get(source)
    if (!source || !shorter) continue
    const fromTs = Math.max(row.from_ts, shorter.row.from_ts)
    const untilTs = Math.min(row.until_ts, shorter.row.until_ts)
    const { compared, differences } = compareRollUp({
      ...{ shorter: shorter.candles, longer: candles, interval, fromTs, untilTs },
    })
    Object.assign(row, withDifferences(row, source, compared, differences))
  }
  const rows = [...checked.values()].map(({ row }) => row)
  if (rows.length > 0) await deps.writeChecks(rows)
  return rows
}

async function checkSeries(
  deps: CandleCheckDeps,
  of: { coin: string; interval: CandleInterval; fromTs: EpochMs; untilTs: EpochMs; now: EpochMs },
): Promise<Checked> {
  const { coin, interval, fromTs, untilTs, now } = of
  const candles = new Map(
    (await deps.storedCandles(coin, interval, fromTs, untilTs)).map((each) => [each.openTs, each]),
  )
  const expected = gridOpens(fromTs, untilTs, interval)
  const missing = expected.filter((open) => !candles.has(open))
  const found = new Map<EpochMs, CandleEvent>()
  let reachTs = Number.POSITIVE_INFINITY
  for (const { fromOpenTs, toOpenTs } of bridgedSpans(spansOf(missing, interval), interval)) {
    const told = await deps.venueCandles(coin, interval, fromOpenTs, nextCandleOpen(toOpenTs, interval) - 1)
    for (const candle of told) found.set(candle.openTs, candle)
    reachTs = Math.min(reachTs, told[0]?.openTs ?? reachTs)
  }
  const healed = missing.flatMap((open) => found.get(open) ?? [])
  if (healed.length > 0) await deps.writeCandles(healed)
  for (const candle of healed) candles.set(candle.openTs, candle)
  const absent = missing.filter((open) => !found.has(open))
  // Stored or told candles before it: the venue was there, and nobody traded. Nothing before it: we do not know.
  const oldest = Math.min(reachTs, [...candles.keys()][0] ?? reachTs)
  const remaining = absent.filter((open) => open < oldest)
  return {
    candles: [...candles.values()].sort((a, b) => a.openTs - b.openTs),
    row: {
      ...{ coin, interval, checked_ts: deps.clock.now(), from_ts: fromTs, until_ts: untilTs },
      expected: expected.length,
      missing: missing.length,
      healed: healed.length,
      empty: absent.length - remaining.length,
      remaining: remaining.length,
      ...{ compared: 0, differing: 0 },
      details: JSON.stringify({ missing: missing.slice(0, LIMITS.detailsMax).map(iso), market_ts: now }),
    },
  }
}

const withDifferences = (
  row: CandleCheckRow,
  source: CandleInterval,
  compared: number,
  differences: readonly RollUpDifference[],
): Partial<CandleCheckRow> => ({
  compared,
  differing: differences.length,
  details: JSON.stringify({
    ...(JSON.parse(row.details) as object),
    rolled_up_from: source,
    differences: differences
      .slice(0, LIMITS.detailsMax)
      .map(({ openTs, figures }) => ({ at: iso(openTs), figures })),
  }),
})

const iso = (ts: EpochMs): string => new Date(ts).toISOString()

export type CandleCheckActivities = ReturnType<typeof createCandleCheckActivities>
