/** Daily figures: own ones of closed days, public ones of recorded coins, and an alarm when a document brings nothing. */
import { expect, test } from 'vitest'
import { createDailyStatsActivities, type DailyStatsDeps } from '#activities/daily-stats.ts'
import type { DailyStatRow } from '#clickhouse/tables/market-derived.ts'
import { HoldfastError } from '#domain/errors.ts'
import { DAY_MS } from '#domain/time.ts'

const TODAY = Date.UTC(2026, 10, 21)
function make(more: Partial<DailyStatsDeps> = {}) {
  const rows: DailyStatRow[] = []
  const ranges: number[][] = []
  const activities = createDailyStatsActivities({
    clock: { now: () => TODAY + 7 * 3_600_000 },
    ownFigures: async (from, until) => {
      ranges.push([from, until])
      return [{ metric: 'volume_usd', coin: 'BTC', day_ms: from, value: '5', samples: 3 }]
    },
    documents: {},
    recordedCoins: async () => ['BTC'],
    write: async (written) => void rows.push(...written),
    warn: () => {},
    stillRunning: () => {},
    ...more,
  })
  return { rows, ranges, activities }
}
const figure = (coin: string) => ({ metric: 'mid_px', coin, dayTs: TODAY, value: '1' })

test('own figures are of closed days only, and computed again for late rows', async () => {
  const { rows, ranges, activities } = make()
  expect(await activities.computeDailyStats()).toEqual({ rows: 1 })
  expect(ranges).toEqual([[TODAY - 3 * DAY_MS, TODAY]])
  expect(rows).toMatchObject([{ source: 'own', day_ts: TODAY - 3 * DAY_MS, samples: 3 }])
})

test('a document without a recorded coin, and one that fails, are told; the others are stored', async () => {
  const { rows, activities } = make({
    documents: {
      good: async () => [figure('BTC'), figure('NOT RECORDED')],
      empty: async () => [figure('NOT RECORDED')],
      deaf: async () => {
        throw new HoldfastError('HTTP 403', { code: 'X', retryable: false, hint: '' })
      },
    },
  })
  const { documents, failed } = await activities.importPublicStats()
  expect(documents).toEqual({ good: 1 })
  expect(Object.keys(failed)).toEqual(['empty', 'deaf'])
  expect(rows).toMatchObject([{ coin: 'BTC', source: 'public', samples: 0 }])
})
