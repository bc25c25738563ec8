/** Returns and ratios against hand-worked numbers, their edge cases, and what must hold for any curve. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  annualised,
  type EquityPoint,
  maxDrawdown,
  moneyWeightedReturn,
  originalMetrics,
  periodReturns,
  sampleStd,
  sharpe,
  sortino,
  timeWeightedReturn,
} from '#domain/performance-returns.ts'
import { DAY_MS } from '#domain/time.ts'

const curve = (...values: number[]): EquityPoint[] =>
  values.map((equity, at) => ({ ts: at * DAY_MS, equity }))

test('a deposit is no profit and a withdrawal no loss', () => {
  const points = [
    { ts: 0, equity: 100 },
    { ts: 1, equity: 210, flow: 100 },
    { ts: 2, equity: 110, flow: -100 },
  ]
  expect(periodReturns(points)[0]).toBeCloseTo(0.1, 12)
  expect(periodReturns(points)[1]).toBeCloseTo(0, 12)
  expect(timeWeightedReturn(periodReturns(points))).toBeCloseTo(0.1, 12)
})

test('a period that starts with nothing has no return', () => {
  expect(periodReturns(curve(0, 100, 110))).toEqual([null, expect.closeTo(0.1)])
  expect(periodReturns(curve(-5, 100))).toEqual([null])
  expect(timeWeightedReturn([null])).toBeNull()
})

describe('drawdown', () => {
  test('is the deepest fall from a peak, with its times', () => {
    expect(maxDrawdown(curve(100, 120, 90, 130, 117))).toEqual({
      fraction: expect.closeTo(0.25),
      peakTs: DAY_MS,
      troughTs: 2 * DAY_MS,
      recoveredTs: 3 * DAY_MS,
    })
    expect(maxDrawdown(curve(100, 120, 90))?.recoveredTs).toBeNull()
  })

  test('a withdrawal is none, a rising curve has none, and one point tells nothing', () => {
    expect(
      maxDrawdown([
        { ts: 0, equity: 100 },
        { ts: 1, equity: 50, flow: -50 },
      ])?.fraction,
    ).toBe(0)
    expect(maxDrawdown(curve(1, 2, 3))?.fraction).toBe(0)
    expect(maxDrawdown(curve(1))).toBeNull()
  })

  test('lies between 0 and 1 for any curve above 0', () => {
    const values = fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 50 })
    fc.assert(
      fc.property(values, (equity) => {
        const { fraction } = maxDrawdown(curve(...equity)) ?? { fraction: -1 }
        expect(fraction).toBeGreaterThanOrEqual(0)
        expect(fraction).toBeLessThanOrEqual(1)
      }),
    )
  })
})

test('the Sharpe ratio is mean over sample deviation, per year', () => {
  expect(sharpe([0.01, -0.01, 0.02], 365)).toBeCloseTo((0.02 / 3 / 0.0152752523) * Math.sqrt(365), 6)
  expect(sharpe([0.01, 0.01, 0.01], 365)).toBeNull()
  expect(sharpe([0.01], 365)).toBeNull()
  expect(sampleStd([3])).toBeNull()
})

test('the Sortino ratio counts falls alone', () => {
  expect(sortino([0.02, -0.01], 1)).toBeCloseTo(0.005 / Math.sqrt(0.0001 / 2), 10)
  expect(sortino([0.02, 0.01], 1)).toBeNull()
})

test('a return is brought to a year; a loss of all is not', () => {
  expect(annualised(0.1, 365 * DAY_MS)).toBeCloseTo(0.1, 12)
  expect(annualised(0.01, 36.5 * DAY_MS)).toBeCloseTo(1.01 ** 10 - 1, 12)
  expect(annualised(-1, DAY_MS)).toBeNull()
  expect(annualised(0.1, 0)).toBeNull()
})

describe('the money-weighted return', () => {
  const year = 365 * DAY_MS
  test('equals the plain one without flows', () => {
    expect(
      moneyWeightedReturn([
        { ts: 0, equity: 100 },
        { ts: year, equity: 120 },
      ]),
    ).toBeCloseTo(0.2, 9)
  })

  test('weighs what came late less', () => {
    const points = [
      { ts: 0, equity: 100 },
      { ts: year / 2, equity: 200, flow: 100 },
      { ts: year, equity: 220 },
    ]
    const rate = moneyWeightedReturn(points) ?? 0
    expect(100 * (1 + rate) + 100 * Math.sqrt(1 + rate)).toBeCloseTo(220, 6)
  })

  test('is unknown without time or money', () => {
    expect(moneyWeightedReturn([{ ts: 0, equity: 5 }])).toBeNull()
    expect(moneyWeightedReturn(curve(0, 0))).toBeNull()
  })
})

test("the original's metrics: spec 000 §9.8", () => {
  expect(originalMetrics([0.01, 0.01, 0.01])).toMatchObject({
    std: 0,
    sharpe: null,
    annual_return: expect.closeTo(11.2740020992, 9),
  })
  expect(originalMetrics([0.01])).toMatchObject({ std: null, sharpe: null, n: 1 })
  expect(originalMetrics([])).toMatchObject({ mean: null, n: 0 })
})
