/** Report traders: the tracked with the parts of their scores, and what they hold by coin. */
import { z } from 'zod'
import { runQuery } from '#clickhouse/query.ts'
import { accuracyByDay } from '#clickhouse/tables/trader-accuracy-queries.ts'
import { latestSelections, statesOfTracked, topTraders } from '#clickhouse/tables/traders-queries.ts'
import { defineReport } from '#dashboard/reports/report.ts'

/** Columns of the heat map: the coins that most of those shown hold. */
const HEAT_COINS = 12

export const tradersReport = defineReport({
  slug: 'traders',
  title: 'Traders',
  params: z.object({ limit: z.coerce.number().int().min(1).max(500).default(50) }),
  take: async ({ clickhouse }, { limit }) => {
    const [selections, traders, states, accuracy] = await Promise.all([
      runQuery(clickhouse, latestSelections, { limit: 7 }),
      runQuery(clickhouse, topTraders, { limit }),
      runQuery(clickhouse, statesOfTracked, { address: '', limit: 200_000 }),
      runQuery(clickhouse, accuracyByDay, { limit: 14 }),
    ])
    const shown = new Set(traders.map(({ address }) => address))
    const held = states.filter(
      ({ address, coin, status }) => coin !== '' && status !== 'flat' && shown.has(address),
    )
    const holders = new Map<string, number>()
    for (const { coin } of held) holders.set(coin, (holders.get(coin) ?? 0) + 1)
    const coins = [...holders]
      .sort(([a, x], [b, y]) => y - x || a.localeCompare(b))
      .slice(0, HEAT_COINS)
      .map(([coin]) => coin)
    // Relative to the largest of its coin: sizes of different coins cannot be compared.
    const largest = new Map(
      coins.map((coin) => [
        coin,
        Math.max(...held.filter((each) => each.coin === coin).map(({ sz }) => Math.abs(Number(sz))), 0),
      ]),
    )
    const cells = held
      .filter(({ coin }) => coins.includes(coin))
      .map(({ address, coin, status, sz, confidence }) => ({
        ...{ address, coin, status, sz, confidence },
        heat: Number(sz) / (largest.get(coin) || 1),
      }))
    return { selections, traders, heat: { coins, cells }, accuracy }
  },
})

export type TradersAnswer = Awaited<ReturnType<typeof tradersReport.take>>
