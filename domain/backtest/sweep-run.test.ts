/** One run of a sweep equals the backtest of its parameters; a point that is no valid set says why. */
import { expect, test } from 'vitest'
import { walkSeries } from '../../tests/support/walks.ts'
import { emaCross } from '../strategies/ema-cross.ts'
import { EmaCrossParams } from '../strategies/ema-cross-params.ts'
import { backtestReport } from './report.ts'
import { runBacktest } from './run.ts'
import { SweepInput } from './sweep-plan.ts'
import { paramsOfRun, runOne } from './sweep-run.ts'

const input = SweepInput.parse({
  sweep_id: 'unit',
  strategy: 'ema_cross',
  data: 'x',
  params: { slow_bars: 20 },
  axes: [{ path: 'fast_bars', values: [5, 30] }],
})
const series = [walkSeries(2, 1_500)]

test('its figures are those of a backtest of the same parameters', () => {
  const run = runBacktest(emaCross, EmaCrossParams.parse(paramsOfRun(input, 0)), series, input.options)
  const report = backtestReport(run, { strategy: 'ema_cross', series, options: input.options })
  const result = runOne(input, 0, series)
  expect(result).toMatchObject({
    run: 0,
    overrides: { fast_bars: 5 },
    trades: report.trades,
    fees_usd: report.fees_usd,
    problem: '',
  })
  expect(result.return_pct).toBeCloseTo(report.return_pct, 9)
  expect(result.sharpe).toBeCloseTo(report.sharpe ?? 0, 9)
  expect(result.max_drawdown_pct).toBeCloseTo(report.max_drawdown_pct, 9)
  expect(result.splits).toHaveLength(4)
})

test('a point that is no valid set of parameters is a result that says so', () => {
  expect(runOne(input, 1, series)).toMatchObject({
    run: 1,
    overrides: { fast_bars: 30 },
    trades: 0,
    score: 0,
    problem: expect.stringContaining('slow_bars'),
  })
})

test('a sweep over candles of an hour may enter and leave by them with averages of four', () => {
  const paced = SweepInput.parse({
    ...{ sweep_id: 'unit', strategy: 'ema_cross', data: 'x', interval: '1h' },
    params: { interval: '4h', fast_bars: 5, slow_bars: 20 },
    axes: [{ path: 'exit_interval', values: ['1h', '5m'] }],
  })
  expect(runOne(paced, 0, series)).toMatchObject({ problem: '', overrides: { exit_interval: '1h' } })
  expect(runOne(paced, 1, series).problem).toContain('found 1h, expected 5m')
})
