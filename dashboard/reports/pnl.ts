/** Report pnl: net result by day, by session and by coin, net asset value and what of its change is not explained, performance. */
// Not here: the arithmetic (domain/pnl, domain/performance.ts), who makes the tables (workflows/pnl.ts).
import { z } from 'zod'
import { readPerformanceInput } from '#clickhouse/pnl/performance-store.ts'
import { readLedgerDays, readMarks, readStrategies } from '#clickhouse/pnl/report-store.ts'
import { defineReport } from '#dashboard/reports/report.ts'
import { performanceOf } from '#domain/performance.ts'
import { type Grouping, type PnlGroup, reportPnl, totalOf } from '#domain/pnl/report.ts'
import { DAY_MS } from '#domain/time.ts'

/** A mark may be so much older than the window's start. */
const MARKS_BEFORE_MS = 3 * DAY_MS

export const pnlReport = defineReport({
  slug: 'pnl',
  title: 'PnL',
  params: z.object({
    account: z.string().max(40).default(''),
    days: z.coerce.number().int().min(1).max(3650).default(30),
    benchmark: z.string().max(20).default('BTC'),
  }),
  take: async ({ clickhouse, clock }, { account, days: length, benchmark }) => {
    const to = Math.floor(clock.now() / DAY_MS) * DAY_MS + DAY_MS
    const window = { from: to - length * DAY_MS, to }
    const all = await readLedgerDays(clickhouse, { account: '', ...window })
    const accounts = [...new Set(all.map((day) => day.account))].sort()
    const chosen = account === '' ? (accounts[0] ?? '') : account
    const days = all.filter((day) => day.account === chosen)
    const coins = [...new Set(days.map(({ coin }) => coin))].sort()
    const [marks, strategies, { input, nav }] = await Promise.all([
      readMarks(clickhouse, coins, to, window.from - MARKS_BEFORE_MS),
      readStrategies(clickhouse),
      readPerformanceInput(clickhouse, { account: chosen, ...window }, benchmark),
    ])
    const by = (...groupings: Grouping[]): PnlGroup[] =>
      reportPnl({
        ...{ days, ...window, by: groupings, mark: marks.mark },
        strategyOf: (session) => strategies.get(session) || 'unknown',
      })
    return {
      ...{ account: chosen, accounts, window, benchmark },
      daily: by('day'),
      sessions: by('session'),
      coins: by('coin'),
      total: totalOf(by('account')),
      performance: performanceOf(input),
      nav,
    }
  },
})

export type PnlAnswer = Awaited<ReturnType<typeof pnlReport.take>>
