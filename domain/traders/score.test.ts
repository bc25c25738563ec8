/** Tests of scores and tags against worked examples, and at every step. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type LeaderboardRow, readRow } from '#domain/traders/leaderboard.ts'
import { scoreTrader, tagsOf } from '#domain/traders/score.ts'
import { exampleRows } from '#tests/support/worked-traders.ts'

const make = (
  value: number,
  roi: Partial<Record<'day' | 'week' | 'month' | 'allTime', number>>,
  monthVolume = 0,
): LeaderboardRow =>
  readRow({
    ethAddress: `0x${'0'.repeat(40)}`,
    accountValue: value,
    windowPerformances: Object.entries({ day: 0, week: 0, month: 0, allTime: 0, ...roi }).map(
      ([name, each]) => [name, { pnl: 0, roi: each, vlm: name === 'month' ? monthVolume : 0 }],
    ),
  }) as LeaderboardRow

it('scores the worked examples', () => {
  expect(exampleRows().map((row) => scoreTrader(row).total)).toEqual([55.78, 15, 72.1, 79.5, 81.6, 82, 35.5])
})

it('tags the worked examples, in a fixed order', () => {
  const tags = exampleRows().map((row) => tagsOf(row, scoreTrader(row).total))
  expect(tags[5]).toEqual(['top_performer', 'consistent'])
  expect(tags[3]).toEqual(['large', 'good_performer', 'consistent', 'medium_volume'])
  expect(tags[2]).toEqual(['whale', 'good_performer', 'high_volume'])
  expect(tags[0]).toEqual(['large', 'consistent', 'medium_volume'])
  expect(tags[4]).toEqual(['large', 'top_performer', 'consistent', 'medium_volume'])
})

it.each([
  [99_999.99, 0],
  [100_000, 4],
  [999_999.99, 4],
  [1_000_000, 8],
  [5_000_000, 12],
  [9_999_999, 12],
  [10_000_000, 15],
])('gives an account of %d USD %d points', (value, points) => {
  expect(scoreTrader(make(value, {})).parts.account).toBe(points)
})

it.each([
  [999_999, 0],
  [1_000_000, 2],
  [10_000_000, 4],
  [49_999_999, 4],
  [50_000_000, 7],
  [100_000_000, 10],
])('gives a month volume of %d USD %d points', (volume, points) => {
  expect(scoreTrader(make(0, {}, volume)).parts.volume).toBe(points)
})

it('has ceilings on every part, a floor only under the week, and 105 points at most', () => {
  expect(scoreTrader(make(1e9, { day: 9, week: 9, month: 9, allTime: 9 }, 1e9)).total).toBe(105)
  expect(scoreTrader(make(0, { week: -9 })).parts.week).toBe(-10)
  expect(scoreTrader(make(0, { month: -3, allTime: -2 })).total).toBe(-210)
})

it('gives the bonus only when day, week and month are all above zero', () => {
  expect(scoreTrader(make(0, { day: 1e-9, week: 1e-9, month: 1e-9 })).parts.consistency).toBe(5)
  expect(scoreTrader(make(0, { day: 0, week: 1, month: 1 })).parts.consistency).toBe(0)
})

it('never falls when one return or the account grows', () => {
  const roi = fc.double({ min: -2, max: 5, noNaN: true })
  fc.assert(
    fc.property(
      roi,
      roi,
      roi,
      roi,
      fc.double({ min: 0, max: 1e8, noNaN: true }),
      fc.double({ min: 0, max: 2, noNaN: true }),
      (day, week, month, allTime, value, more) => {
        const base = scoreTrader(make(value, { day, week, month, allTime })).total
        for (const grown of [
          { day: day + more, week, month, allTime },
          { day, week: week + more, month, allTime },
          { day, week, month: month + more, allTime },
          { day, week, month, allTime: allTime + more },
        ])
          expect(scoreTrader(make(value, grown)).total).toBeGreaterThanOrEqual(base)
        expect(
          scoreTrader(make(value * (1 + more), { day, week, month, allTime })).total,
        ).toBeGreaterThanOrEqual(base)
      },
    ),
  )
})
