/** Test: the tape follows traders of known truth through tears, better than the leaderboard alone, within its share of the venue's weight. */
import { expect, it } from 'vitest'
import { runTapeDay } from './tape-day.ts'

it('knows who holds what after every hour of a torn tape, for two fifths of the weight at most', {
  timeout: 120_000,
}, async () => {
  const report = await runTapeDay({
    seed: 11,
    hours: 2,
    traders: 1_500,
    tracked: 150,
    coins: ['BTC', 'ETH'],
    tearsPerHour: 6,
  })
  expect(report.tears, JSON.stringify(report)).toBeGreaterThan(3)
  expect(report.trader_hours).toBe(300)
  expect(report.sign_accuracy, JSON.stringify(report)).toBeGreaterThanOrEqual(0.99)
  expect(report.size_within_5pct, JSON.stringify(report)).toBeGreaterThanOrEqual(0.97)
  expect(report.weight_share).toBeLessThanOrEqual(0.4)
  expect(report.corrected).toBeGreaterThan(0) // the tears did cost something
  expect(report.tape.accuracy).toBeGreaterThanOrEqual(report.baseline.accuracy)
})

it('is the same again from the same seed', { timeout: 120_000 }, async () => {
  const options = { seed: 3, hours: 0.25, traders: 300, tracked: 30, coins: ['BTC'], tearsPerHour: 20 }
  expect(await runTapeDay(options)).toEqual(await runTapeDay(options))
})
