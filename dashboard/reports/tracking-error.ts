/** Report tracking-error: an account against its model, day by day, with causes that add up; books by lag; coins of the last day. */
// Not here: who makes the tables (workflows/tracking-error.ts).
import { z } from 'zod'
import {
  modelDays,
  trackingClasses,
  trackingCoins,
  trackingDays,
  trackingLags,
} from '#clickhouse/pnl/tracking-report.ts'
import { runQuery } from '#clickhouse/query.ts'
import { defineReport } from '#dashboard/reports/report.ts'
import { DAY_MS } from '#domain/time.ts'
import { hourFigures } from '#domain/tracking-error/hours.ts'
import { summarisePair } from '#domain/tracking-error/summary.ts'

export const trackingErrorReport = defineReport({
  slug: 'tracking-error',
  title: 'Tracking error',
  params: z.object({
    /** `model × account`, as the page offers it. */
    pair: z.string().max(120).default(''),
    days: z.coerce.number().int().min(1).max(3650).default(60),
  }),
  take: async ({ clickhouse, clock }, { pair, days: length }) => {
    const to = Math.floor(clock.now() / DAY_MS) * DAY_MS
    const span = { from: to - length * DAY_MS, to }
    const all = await runQuery(clickhouse, trackingDays, { model: '', account: '', ...span })
    const name = (row: { model: string; account: string }): string => `${row.model} × ${row.account}`
    const pairs = [...new Set(all.map(name))]
    const chosen = pair === '' ? (pairs[0] ?? '') : pair
    const own = all.filter((row) => name(row) === chosen)
    // Days before there was a model or an account say nothing.
    const begin = own.findIndex((row) => row.live_return !== null || row.paper_return !== null)
    const days = begin < 0 ? [] : own.slice(begin)
    const first = days[0]
    if (!first)
      return {
        ...{ pairs, pair: chosen, days, lags: [], coins: [], model: [], hours: [] },
        ...{ summary: summarisePair([], []), classes: hourFigures([]).classes },
      }
    const of = { model: first.model, account: first.account }
    const last = days.findLast(({ difference }) => difference !== null)?.day_ts ?? span.from
    const [lags, coins, model, hourly] = await Promise.all([
      runQuery(clickhouse, trackingLags, { ...of, ...span }),
      runQuery(clickhouse, trackingCoins, { ...of, from: last, to: last + DAY_MS }),
      runQuery(clickhouse, modelDays, { ...of, ...span }),
      runQuery(clickhouse, trackingClasses, { ...of, ...span, step_ms: DAY_MS }),
    ])
    const summary = summarisePair(
      days,
      model.map(({ net_return }) => net_return),
    )
    const byDay = Map.groupBy(hourly, ({ bucket_ts }) => bucket_ts)
    // Of each day, from its hours: against the targets to be held, and against those of a day younger.
    const hours = days.map(({ day_ts }) => {
      const { rmse, rmse_younger } = hourFigures(byDay.get(day_ts) ?? [])
      return { day_ts, rmse, rmse_younger }
    })
    const { classes } = hourFigures(hourly)
    return { pairs, pair: chosen, days, lags, coins, model, summary, hours, classes }
  },
})

export type TrackingErrorAnswer = Awaited<ReturnType<typeof trackingErrorReport.take>>
