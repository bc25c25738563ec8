/** Advice as knobs: factors, bounds, overrides of a coin, and the volatility of marks. */
import { expect, test } from 'vitest'
import { SpreadParams } from '#domain/strategies/maker/params.ts'
import { advisedParams, type MarkVolatility, stepVolatility, volatilityOf } from './advised-params.ts'
import type { Advice } from './advisor.ts'

const ADVICE: Advice = { mode: 'NORMAL', size: 1, levels: 20, spreadBps: 0, leverage: 20, pause: false }
const advised = (advice: Partial<Advice>, knobs: Record<string, unknown> = {}) =>
  advisedParams(SpreadParams.parse({ strategy: 'spread', ...knobs }), { ...ADVICE, ...advice })

test('a base advice changes nothing but where the portfolio pauses', () => {
  const knobs = SpreadParams.parse({ strategy: 'spread', levels: 4 })
  expect(advisedParams(knobs, ADVICE)).toEqual({ ...knobs, portfolio_pause_threshold_pct: 5 })
  expect(advised({}, { portfolio_pause_threshold_pct: 3 }).portfolio_pause_threshold_pct).toBe(3)
})

test('size, levels and leverage by factor, half of the spread on each side', () => {
  const knobs = { size_notional_usd: 200, levels: 4, touch_distance_bps: 2, assumed_leverage: 10 }
  expect(advised({ size: 0.7, levels: 10, spreadBps: 3, leverage: 18 }, knobs)).toMatchObject({
    ...{ size_notional_usd: 140, levels: 2, touch_distance_bps: 3.5, assumed_leverage: 9 },
  })
})

test('levels stay between one and ten, distances above zero, leverage above one', () => {
  expect(advised({ levels: 30 }, { levels: 9 }).levels).toBe(10)
  expect(advised({ levels: 10 }).levels).toBe(1)
  expect(advised({ spreadBps: -2 }, { touch_distance_bps: 0.4 }).touch_distance_bps).toBe(0)
  expect(advised({ leverage: 5 }, { assumed_leverage: 2 }).assumed_leverage).toBe(1)
})

test('overrides of a coin are scaled too, and what it leaves to the session stays unset', () => {
  const { per_coin } = advised({ size: 0.5, spreadBps: 4 }, { per_coin: { BTC: { size_notional_usd: 50 } } })
  expect(per_coin).toEqual({ BTC: { size_notional_usd: 25 } })
})

const marks = (prices: readonly number[], everyMs = 60_000): MarkVolatility =>
  prices.reduce<MarkVolatility | undefined>(
    (was, px, at) => stepVolatility(was, px, at * everyMs),
    undefined,
  ) as MarkVolatility

test('volatility is annualised, and unknown below ten returns', () => {
  const zigzag = (count: number, by: number) =>
    Array.from({ length: count }, (_, at) => 100 * (1 + by) ** (at % 2))
  expect(volatilityOf({ BTC: marks(zigzag(10, 0.001)) })).toBeNull()
  const known = volatilityOf({ BTC: marks(zigzag(11, 0.001)) })
  expect(known).toBeCloseTo(0.0009995 * Math.sqrt(365 * 24 * 60), 6)
  // The same path at half the pace is √2 less volatile.
  expect(volatilityOf({ BTC: marks(zigzag(11, 0.001), 120_000) })).toBeCloseTo((known ?? 0) / Math.SQRT2, 9)
})

test('the most volatile coin counts, and a repeated or broken mark does not', () => {
  const wild = marks(Array.from({ length: 12 }, (_, at) => 100 + (at % 2)))
  const calm = marks(Array.from({ length: 12 }, () => 100))
  expect(volatilityOf({ BTC: calm, ETH: wild })).toBe(volatilityOf({ ETH: wild }))
  expect(volatilityOf({ BTC: calm })).toBe(0)
  expect(stepVolatility(wild, 200, wild.ts)).toBe(wild)
  expect(stepVolatility(wild, 0, wild.ts + 1)).toBe(wild)
})
