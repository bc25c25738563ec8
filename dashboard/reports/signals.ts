/** Report signals: the newest of each coin, the history of one over its price, and what the price did after them. */
import { z } from 'zod'
import { runQuery } from '#clickhouse/query.ts'
import { signalStatistics } from '#clickhouse/tables/signal-statistics.ts'
import { latestSignals, signalsOfCoin } from '#clickhouse/tables/signals-queries.ts'
import { defineReport } from '#dashboard/reports/report.ts'
import { DAY_MS } from '#domain/time.ts'

export const signalsReport = defineReport({
  slug: 'signals',
  title: 'Signals',
  params: z.object({
    coin: z.string().max(20).default(''),
    days: z.coerce.number().min(0.05).max(90).default(7),
  }),
  take: async ({ clickhouse, clock }, params) => {
    const since = Math.max(0, Math.round(clock.now() - params.days * DAY_MS))
    const latest = await runQuery(clickhouse, latestSignals, {})
    const coins = latest.map(({ coin }) => coin)
    const coin = coins.includes(params.coin) ? params.coin : (coins[0] ?? '')
    const [history, returns] = await Promise.all([
      runQuery(clickhouse, signalsOfCoin, { coin, since, limit: 5_000 }),
      signalStatistics(clickhouse, coin, since),
    ])
    return { coin, coins, latest, history, returns }
  },
})

export type SignalsAnswer = Awaited<ReturnType<typeof signalsReport.take>>
