/** An hour of several coins at several hundred times the speed of life (`npm run day` makes it 24 hours of 50): no gap without a cause, no hole in the grid. */
import { expect, test } from 'vitest'
import { runDay } from './day-run.ts'

test('the recorded hour has no gaps, every candle of the grid, and roll-ups that agree', {
  timeout: 200_000,
}, async () => {
  const said: string[] = []
  const day = await runDay({
    ...{ coins: 4, hours: 1, speed: 900, stepMs: 10_000, timeoutMs: 150_000 },
    say: (line) => said.push(line),
  })
  expect(day).toMatchObject({ gaps: {}, refusedFrames: 0, grid: { remaining: 0, differing: 0 } })
  // 60 bars of 1m, 12 of 5m, 4 of 15m, 1 of 1h for each coin, less what the first moments lack.
  expect(day.grid.expected).toBeGreaterThan(4 * 70)
  expect(day.grid.missing).toBe(day.grid.empty)
  expect(day.rows.trades).toBeGreaterThan(1_000)
})
