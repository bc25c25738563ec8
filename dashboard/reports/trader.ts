/** Report trader: positions of one trader over time, what he has open, and why he is tracked. */
import { z } from 'zod'
import { runQuery } from '#clickhouse/query.ts'
import {
  openOrdersOfTraders,
  positionsOf,
  statesOfTracked,
  topTraders,
  trackingOf,
} from '#clickhouse/tables/traders-queries.ts'
import { defineReport } from '#dashboard/reports/report.ts'
import { HOUR_MS } from '#domain/time.ts'

export const traderReport = defineReport({
  slug: 'trader',
  title: 'Trader',
  params: z.object({
    address: z
      .string()
      .regex(/^(0x[0-9a-fA-F]{40})?$/)
      .default(''),
    coin: z.string().max(20).default(''),
    hours: z.coerce.number().min(1).max(720).default(24),
  }),
  take: async ({ clickhouse, clock }, params) => {
    const tracked = (await runQuery(clickhouse, topTraders, { limit: 500 })).map(({ address, rank }) => ({
      address,
      rank,
    }))
    const address = (params.address || (tracked[0]?.address ?? '')).toLowerCase()
    const since = Math.max(0, Math.round(clock.now() - params.hours * HOUR_MS))
    const [states, changes, orders, days] = await Promise.all([
      runQuery(clickhouse, statesOfTracked, { address: address || '-', limit: 10_000 }),
      runQuery(clickhouse, positionsOf, { address, since, limit: 5_000 }),
      runQuery(clickhouse, openOrdersOfTraders, { address: address || '-', limit: 500 }),
      runQuery(clickhouse, trackingOf, { address, limit: 30 }),
    ])
    const positions = states.filter(({ coin }) => coin !== '')
    const coins = [
      ...new Set([...positions.map(({ coin }) => coin), ...changes.map(({ coin }) => coin)]),
    ].sort()
    const coin = coins.includes(params.coin) ? params.coin : (coins[0] ?? '')
    // Oldest first; what is held now ends the line.
    const now = positions.find((each) => each.coin === coin)
    const line = changes
      .filter((each) => each.coin === coin)
      .reverse()
      .map(({ at, sz }) => ({ at, sz: Number(sz) }))
    if (now) line.push({ at: clock.now(), sz: Number(now.sz) })
    return { tracked, address, coin, coins, positions, changes: changes.slice(0, 100), orders, days, line }
  },
})

export type TraderAnswer = Awaited<ReturnType<typeof traderReport.take>>
