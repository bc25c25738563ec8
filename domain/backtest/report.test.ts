/** The report: worked example N15, daily equity, tables, and figures that are unknown rather than zero. */
import { describe, expect, test } from 'vitest'
import { walkSeries } from '../../tests/support/walks.ts'
import { originalMetrics, periodReturns, sharpe } from '../performance-returns.ts'
import { emaCross } from '../strategies/ema-cross.ts'
import { EmaCrossParams } from '../strategies/ema-cross-params.ts'
import { BacktestOptions } from './options.ts'
import { backtestReport, dailyEquity, groups, netOf } from './report.ts'
import { runBacktest } from './run.ts'

describe('N15: daily equity 1000, 1010, 1005, 1020', () => {
  const returns = periodReturns([1_000, 1_010, 1_005, 1_020].map((equity, day) => ({ ts: day, equity })))
  test('Sharpe is 15.051632 by the original’s population deviation, 12.289606 by the sample’s', () => {
    const values = returns.map((value) => value ?? 0)
    const mean = values.reduce((a, b) => a + b, 0) / values.length
    const population = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
    expect((mean / population) * Math.sqrt(365)).toBeCloseTo(15.051632, 5)
    expect(sharpe(returns, 365)).toBeCloseTo(15.051632 * Math.sqrt(2 / 3), 5)
    expect(typeof originalMetrics).toBe('function')
  })
})

const options = BacktestOptions.parse({})
const series = [walkSeries(7, 2_000)]
const params = EmaCrossParams.parse({ strategy: 'ema_cross', interval: '1h', fast_bars: 5, slow_bars: 20 })
const run = runBacktest(emaCross, params, series, options)
const report = backtestReport(run, { strategy: 'ema_cross', series, options })

test('the parts of the report agree with each other', () => {
  const net = run.account.trades.reduce((sum, trade) => sum + netOf(trade), 0)
  expect(report.equity_end_usd - report.equity_start_usd).toBeCloseTo(net, 2)
  for (const table of [report.by_exit_reason, report.by_coin, report.by_side]) {
    expect(table.reduce((sum, { trades }) => sum + trades, 0)).toBe(report.trades)
    expect(table.reduce((sum, { net_usd }) => sum + net_usd, 0)).toBeCloseTo(net, 6)
  }
  expect(report.fees_usd).toBeCloseTo(
    run.account.trades.reduce((sum, { fees_usd }) => sum + fees_usd, 0),
    3,
  )
  expect(report.max_drawdown_pct).toBeGreaterThan(0)
  expect(report.exposure_pct).toBeGreaterThan(0)
})

test('without rates funding is unknown, not free', () => {
  expect([report.funding_known, report.funding_usd]).toEqual([false, 0])
})

test('the report is plain JSON', () => {
  expect(JSON.parse(JSON.stringify(report))).toEqual(report)
})

test('a day’s equity is its last one, with the start before the first', () => {
  const DAY = 86_400_000
  const points = dailyEquity(
    { ...run, equityTs: Float64Array.of(DAY / 2, DAY, 1.5 * DAY), equityUsd: Float64Array.of(1, 2, 3) },
    10,
  )
  expect(points).toEqual([
    { ts: 0, equity: 10 },
    { ts: DAY, equity: 2 },
    { ts: 2 * DAY, equity: 3 },
  ])
})

test('groups are counted by name, largest first', () => {
  const trade = { pnl_usd: 2, fees_usd: 0.5, funding_usd: 0 }
  const trades = [
    { ...trade, exit_reason: 'A' },
    { ...trade, exit_reason: 'B' },
    { ...trade, exit_reason: 'B', pnl_usd: 0 },
  ] as never
  expect(groups(trades, ({ exit_reason }) => exit_reason)).toEqual([
    { name: 'B', trades: 2, wins: 1, net_usd: 1, average_net_usd: 0.5 },
    { name: 'A', trades: 1, wins: 1, net_usd: 1.5, average_net_usd: 1.5 },
  ])
})
