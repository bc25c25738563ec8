/** Report maker: one coin of one maker session: quotes over the book, fills with markouts, spread capture, inventory, budgets, cycles. */
import { z } from 'zod'
import { runQuery } from '#clickhouse/query.ts'
import {
  makerChangesOf,
  makerCyclesOf,
  makerFills,
  makerLimitsOf,
  makerMinutesOf,
  makerQuotes,
  makerSessions,
} from '#clickhouse/tables/maker-queries.ts'
import { defineReport } from '#dashboard/reports/report.ts'
import { hash32 } from '#domain/ids.ts'
import { sumTrades, tradePnl } from '#domain/session-pnl/trade-pnl.ts'
import { HOUR_MS } from '#domain/time.ts'

const SESSIONS_MS = 30 * 24 * HOUR_MS
const POINTS = 900

export const makerReport = defineReport({
  slug: 'maker',
  title: 'Maker',
  params: z.object({
    session: z.string().default(''),
    coin: z.string().default(''),
    hours: z.coerce.number().min(0.1).max(168).default(1),
  }),
  take: async ({ clickhouse, clock }, { session, coin, hours }) => {
    const now = clock.now()
    const known = await runQuery(clickhouse, makerSessions, { since_ts: now - SESSIONS_MS })
    const chosen =
      known.find((each) => each.session_id === session && (coin === '' || each.coin === coin)) ??
      known.find((each) => session === '' || each.session_id === session) ??
      null
    if (chosen === null) return { known, chosen, hours, found: null }
    const since_ts = now - Math.round(hours * HOUR_MS)
    const of = { session_id: chosen.session_id, coin: chosen.coin, since_ts }
    const bucket_ms = Math.max(1_000, Math.round((hours * HOUR_MS) / POINTS))
    const tag = hash32(chosen.session_id).toString(16).padStart(8, '0')
    const [quotes, fills, minutes, limits, cycles, changes] = await Promise.all([
      runQuery(clickhouse, makerQuotes, { ...of, bucket_ms }),
      runQuery(clickhouse, makerFills, { ...of, tag }),
      runQuery(clickhouse, makerMinutesOf, of),
      runQuery(clickhouse, makerLimitsOf, { session_id: of.session_id, since_ts }),
      runQuery(clickhouse, makerCyclesOf, of),
      runQuery(clickhouse, makerChangesOf, { session_id: of.session_id }),
    ])
    const marked = fills.map((fill) => ({ ...fill, markout_bps: markouts(fill) }))
    const summary = {
      trade: tradePnl(sumTrades(fills)),
      maker_share: fills.length === 0 ? null : fills.filter(({ crossed }) => !crossed).length / fills.length,
      markout_bps: [0, 1, 2].map((at) => mean(marked.map(({ markout_bps }) => markout_bps[at] ?? null))),
      pnl_usd: minutes.reduce((sum, { pnl }) => sum + pnl, 0),
      volume_usd: minutes.reduce((sum, { volume }) => sum + volume, 0),
    }
    return {
      known,
      chosen,
      hours,
      found: { quotes, fills: marked, minutes, limits, cycles, changes, summary },
    }
  },
})

/** How far the mid went our way after the fill, basis points of its price, at each horizon; null while nobody knows. */
function markouts(fill: {
  side: 'buy' | 'sell'
  px: string
  mid_1s: number
  mid_10s: number
  mid_60s: number
}): (number | null)[] {
  const px = Number(fill.px)
  const sign = fill.side === 'buy' ? 1 : -1
  return [fill.mid_1s, fill.mid_10s, fill.mid_60s].map((mid) =>
    mid > 0 ? (sign * (mid - px) * 10_000) / px : null,
  )
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
}

export type MakerAnswer = Awaited<ReturnType<typeof makerReport.take>>
