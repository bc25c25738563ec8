/** What the risk manager remembers: days begin at midnight UTC, peaks only rise, streaks count round trips, tokens refill. */
import { describe, expect, test } from 'vitest'
import { fromNumber, parseFixed } from '#domain/fixed-point.ts'
import type { PositionState } from '#domain/session/types.ts'
import { flatPosition } from '#domain/trading/position.ts'
import {
  dayPnlE8,
  drawdown,
  NO_STANDING,
  observeRisk,
  openTokens,
  type RiskStanding,
  takeOpenToken,
} from './standing.ts'

const DAY = 86_400_000
const at = (
  ts: number,
  net: number,
  positions: readonly PositionState[] = [],
  equity: number | null = null,
) => ({
  ts,
  positions,
  netPnlE8: fromNumber(net),
  equityE8: equity === null ? null : fromNumber(equity),
})
const flatWith = (fills: number, realizedPnl: string, fees = '0', coin = 'BTC'): PositionState => ({
  ...flatPosition(coin),
  fills,
  realizedPnl,
  fees,
})

describe('the day', () => {
  test('begins anew at midnight UTC with the PnL of that moment', () => {
    const evening = observeRisk(NO_STANDING, at(3 * DAY - 1, -40))
    const midnight = observeRisk(evening, at(3 * DAY, -45))
    const later = observeRisk(midnight, at(3 * DAY + 1_000, -60))
    expect([evening.dayStartPnl, midnight.dayStartPnl, later.dayStartPnl]).toEqual(['-40', '-45', '-45'])
    expect(dayPnlE8(later, fromNumber(-60))).toBe(parseFixed('-15'))
  })
  test('does not begin anew when the clock is set back', () => {
    const today = observeRisk(NO_STANDING, at(3 * DAY, 10))
    expect(observeRisk(today, at(3 * DAY - 1, -5)).dayStartPnl).toBe('10')
  })
})

test('the peak only rises, and deposits do not move it', () => {
  const first = observeRisk(NO_STANDING, at(1, 5, [], 1_005))
  const deposit = observeRisk(first, at(2, 5, [], 9_005))
  const fallen = observeRisk(deposit, at(3, -80, [], 8_920))
  expect([first.startEquity, fallen.startEquity, fallen.peakPnl]).toEqual(['1000', '1000', '5'])
  expect(drawdown(fallen, fromNumber(-80))).toBeCloseTo(85 / 1_005, 12)
  expect(drawdown(fallen, fromNumber(6))).toBe(0)
})

describe('round trips lost in a row', () => {
  const run = (steps: readonly PositionState[]): RiskStanding =>
    steps.reduce(
      (standing, position, step) => observeRisk(standing, at(step + 1, 0, [position])),
      NO_STANDING,
    )
  const open = (fills: number): PositionState => ({ ...flatWith(fills, '0'), sz: '1' })

  test('a loss counts once, however often it is looked at', () => {
    expect(run([open(1), flatWith(2, '-3'), flatWith(2, '-3')])).toMatchObject({
      lossStreak: 1,
      lastLossTs: 2,
    })
  })
  test('fees alone make a loss', () => {
    expect(run([flatWith(2, '1', '1.5')]).lossStreak).toBe(1)
  })
  test('a gain ends the streak; breaking even too', () => {
    const lost = [flatWith(2, '-3'), open(3), flatWith(4, '-5')]
    expect(run(lost).lossStreak).toBe(2)
    expect(run([...lost, flatWith(6, '-4')]).lossStreak).toBe(0)
    expect(run([...lost, flatWith(6, '-5')]).lossStreak).toBe(0)
  })
  test('coins count together', () => {
    const standing = observeRisk(NO_STANDING, at(1, 0, [flatWith(2, '-1'), flatWith(2, '-1', '0', 'ETH')]))
    expect(standing.lossStreak).toBe(2)
  })
})

test('the bucket starts full, empties by one an order, and refills evenly over a minute', () => {
  expect(openTokens(NO_STANDING, 5, 6)).toBe(6)
  let standing = NO_STANDING
  for (let order = 0; order < 6; order++) standing = takeOpenToken(standing, 1_000, 6)
  expect(openTokens(standing, 1_000, 6)).toBe(0)
  expect(openTokens(standing, 11_000, 6)).toBeCloseTo(1, 9)
  expect(openTokens(standing, 500_000, 6)).toBe(6)
  expect(openTokens(standing, 500, 6)).toBe(0) // a clock that was set back gives nothing
})
