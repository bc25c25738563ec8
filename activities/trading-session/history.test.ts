/** Warm-up candles are the newest closed ones by the market's own time, whatever the wall clock says. */
import { expect, test, vi } from 'vitest'
import type { CandleEvent } from '#domain/events.ts'
import { createHistoryActivities } from './history.ts'

const MINUTE = 60_000
const candle = (openTs: number): CandleEvent => ({
  ...{ kind: 'candle', coin: 'BTC', interval: '1m', openTs, closeTs: openTs + MINUTE - 1 },
  ...{ open: '1.5', high: '2', low: '1', close: '1.75', volume: '3', trades: 1, receivedTs: 0 },
})
/** A market that stands at `now` and has candles of the last ten minutes, the forming one included. */
const market = (now: number) => {
  const first = Math.floor(now / MINUTE) * MINUTE - 9 * MINUTE
  const candles = vi.fn(async ({ startTs, endTs }: { startTs: number; endTs: number }) =>
    Array.from({ length: 10 }, (_, at) => candle(first + at * MINUTE)).filter(
      ({ openTs, closeTs }) => closeTs >= startTs && openTs <= endTs,
    ),
  )
  return { candles, activities: createHistoryActivities({ marketTime: async () => now, candles }) }
}

test.each([
  [3, 3],
  [9, 9],
  [50, 9],
])('of %i bars asked for, %i closed ones come, without the forming one', async (bars, count) => {
  const now = 1_000 * MINUTE + 30_000
  const { activities } = market(now)
  const found = await activities.candleHistory({ coin: 'BTC', interval: '1m', bars })
  expect(found).toHaveLength(count)
  expect(found.at(-1)).toEqual({
    ...{
      coin: 'BTC',
      interval: '1m',
      openTs: 999 * MINUTE,
      open: 1.5,
      high: 2,
      low: 1,
      close: 1.75,
      volume: 3,
    },
  })
})

test.each([
  ['in its last millisecond a candle is still forming', 1_000 * MINUTE - 1, 998 * MINUTE],
  ['one millisecond later it is closed', 1_000 * MINUTE, 999 * MINUTE],
])('%s', async (_what, now, lastOpenTs) => {
  const { activities } = market(now)
  const found = await activities.candleHistory({ coin: 'BTC', interval: '1m', bars: 2 })
  expect(found.at(-1)?.openTs).toBe(lastOpenTs)
})
