/** The performance report: worked figures, empty input, windows, and that it never says NaN. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { holdingReturn, inWindow, performanceOf, tradeStatistics } from '#domain/performance.ts'
import { DAY_MS } from '#domain/time.ts'

test('nothing in, nothing known out', () => {
  const report = performanceOf({ equity: [] })
  expect(report).toMatchObject({ points: 0, profit_usd: null, sharpe: null, trades: 0, fees_usd: 0 })
  expect(JSON.stringify(report)).not.toMatch(/NaN|Infinity/)
})

test('a worked month: profit, turnover, exposure, benchmark', () => {
  const equity = [
    { ts: 0, equity: 1000 },
    { ts: DAY_MS, equity: 1100 },
    { ts: 2 * DAY_MS, equity: 1545, flow: 500 },
  ]
  const report = performanceOf({
    equity,
    volume_usd: 2430,
    exposure: [
      { ts: 0, gross_usd: 500, net_usd: -500 },
      { ts: DAY_MS, gross_usd: 0, net_usd: 0 },
    ],
    benchmark: [
      { ts: 0, px: 10 },
      { ts: 2 * DAY_MS, px: 12 },
    ],
  })
  expect(report.profit_usd).toBeCloseTo(45, 9)
  expect(report.net_flow_usd).toBe(500)
  expect(report.time_weighted_return).toBeCloseTo(1.1 * (1045 / 1100) - 1, 12)
  expect(report.daily_turnover).toBeCloseTo(2430 / 1215 / 2, 12)
  expect(report.gross_exposure).toBeCloseTo(0.25, 12)
  expect(report.net_exposure).toBeCloseTo(-0.25, 12)
  expect(report.time_in_market).toBeCloseTo(0.5, 12)
  expect(report.holding_return).toBeCloseTo(0.2, 12)
  expect(report.excess_return).toBeCloseTo((report.time_weighted_return ?? 0) - 0.2, 12)
})

test('trades count after their fees', () => {
  const statistics = tradeStatistics([
    { ts: 0, pnl_usd: 10, fees_usd: 1 },
    { ts: 1, pnl_usd: 0.5, fees_usd: 1 },
    { ts: 2, pnl_usd: -4, fees_usd: 1 },
  ])
  expect(statistics.hit_rate).toBeCloseTo(1 / 3, 12)
  expect(statistics.profit_factor).toBeCloseTo(9 / 5.5, 12)
  expect(statistics.fee_share).toBeCloseTo(3 / 6.5, 12)
  expect(tradeStatistics([{ ts: 0, pnl_usd: -1, fees_usd: 1 }]).fee_share).toBeNull()
  expect(tradeStatistics([{ ts: 0, pnl_usd: 2, fees_usd: 1 }]).profit_factor).toBeNull()
})

test('holding something without a price is unknown, not free', () => {
  expect(holdingReturn([{ px: 0 }, { px: 5 }])).toBeNull()
  expect(holdingReturn([{ px: 5 }])).toBeNull()
  expect(holdingReturn([{ px: 5 }, { px: 4 }])).toBeCloseTo(-0.2, 12)
})

test('a window takes both its ends and leaves out the flow before it', () => {
  const input = {
    equity: [1, 2, 3, 4].map((at) => ({ ts: at, equity: 100 * at, flow: 100 })),
    trades: [1, 2, 3, 4].map((at) => ({ ts: at, pnl_usd: 1, fees_usd: 0 })),
  }
  const cut = inWindow(input, 2, 3)
  expect(cut.equity).toEqual([
    { ts: 2, equity: 200, flow: 0 },
    { ts: 3, equity: 300, flow: 100 },
  ])
  expect(performanceOf(cut)).toMatchObject({ profit_usd: 0, trades: 2 })
})

test('no input makes it say NaN or Infinity', () => {
  const money = fc.double({ min: -1e9, max: 1e9, noNaN: true })
  const rows = fc.array(fc.record({ equity: money, flow: money }), { maxLength: 12 })
  const trades = fc.array(fc.record({ pnl_usd: money, fees_usd: money }), { maxLength: 6 })
  fc.assert(
    fc.property(rows, trades, (points, closed) => {
      const report = performanceOf({
        equity: points.map((point, at) => ({ ...point, ts: at * DAY_MS })),
        trades: closed.map((trade, at) => ({ ...trade, ts: at })),
        volume_usd: 5,
      })
      for (const value of Object.values(report))
        if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
    }),
  )
})
