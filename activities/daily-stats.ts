/** Figures per coin and day: computed from our own rows, and the venue's public statistics imported beside them. */
// Not here: SQL of our own figures (clickhouse/tables/daily-queries.ts), fetching the documents (exchange/client/public-stats.ts).
import type { DailyStatRow } from '#clickhouse/tables/market-derived.ts'
import { describeError } from '#domain/errors.ts'
import { type Clock, DAY_MS, type EpochMs } from '#domain/time.ts'
import type { PublicFigure } from '#exchange/wire/public-stats.ts'

export interface OwnFigure {
  metric: string
  coin: string
  day_ms: EpochMs
  value: string
  samples: number
}

export interface DailyStatsDeps {
  clock: Pick<Clock, 'now'>
  /** Figures of the days that begin in [from, until). */
  ownFigures(fromTs: EpochMs, untilTs: EpochMs): Promise<OwnFigure[]>
  /** Document name → its figures; rejects when it cannot be reached or read. Empty when no address is set. */
  documents: Readonly<Record<string, () => Promise<PublicFigure[]>>>
  /** Coins that are recorded: figures of others are not stored. */
  recordedCoins(): Promise<string[]>
  write(rows: DailyStatRow[]): Promise<void>
  warn(facts: Readonly<Record<string, unknown>>, message: string): void
  stillRunning(): void
}

export const LIMITS = {
  /** Closed days that are computed again: late rows (healed gaps) may have come. */
  daysBack: 3,
  /** Rows per write. */
  chunk: 5_000,
} as const

export interface PublicImport {
  /** Document → rows stored. */
  documents: Record<string, number>
  /** Document → why not. A document without a single row of a recorded coin is such a failure: its shape has changed. */
  failed: Record<string, string>
}

export const createDailyStatsActivities = (deps: DailyStatsDeps) => ({
  computeDailyStats: async ({
    days = LIMITS.daysBack,
  }: {
    days?: number
  } = {}): Promise<{ rows: number }> => {
    const today = Math.floor(deps.clock.now() / DAY_MS) * DAY_MS
    const figures = await deps.ownFigures(today - days * DAY_MS, today)
    const rows = figures.map(({ day_ms, ...figure }) => ({
      ...figure,
      day_ts: day_ms,
      source: 'own',
      computed_ts: deps.clock.now(),
    }))
    if (rows.length > 0) await deps.write(rows)
    return { rows: rows.length }
  },

  importPublicStats: async (): Promise<PublicImport> => {
    const result: PublicImport = { documents: {}, failed: {} }
    const coins = new Set(await deps.recordedCoins())
    for (const [name, fetchFigures] of Object.entries(deps.documents)) {
      deps.stillRunning()
      try {
        const figures = (await fetchFigures()).filter(({ coin }) => coins.has(coin))
        const rows = figures.map(({ metric, coin, dayTs, value }) => ({
          ...{ metric, coin, day_ts: dayTs, value, source: 'public', samples: 0 },
          computed_ts: deps.clock.now(),
        }))
        for (let at = 0; at < rows.length; at += LIMITS.chunk)
          await deps.write(rows.slice(at, at + LIMITS.chunk))
        if (rows.length > 0) result.documents[name] = rows.length
        else result.failed[name] = 'no figure of a recorded coin is in it'
      } catch (error) {
        result.failed[name] = describeError(error)
      }
      if (result.failed[name] !== undefined)
        deps.warn({ document: name, why: result.failed[name] }, 'public statistics were not imported')
    }
    return result
  },
})

export type DailyStatsActivities = ReturnType<typeof createDailyStatsActivities>
