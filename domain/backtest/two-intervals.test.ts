/** A backtest with entries and exits on shorter candles: their closes, averages of the long ones, nothing from the future. */
import { expect, test } from 'vitest'
import { walkSeries } from '../../tests/support/walks.ts'
import { emaCross } from '../strategies/ema-cross.ts'
import { EmaCrossParams } from '../strategies/ema-cross-params.ts'
import { HOUR_MS } from '../time.ts'
import { BacktestOptions } from './options.ts'
import { runBacktest } from './run.ts'
import { sliceSeries } from './series.ts'
import type { DecisionEvent } from './world.ts'

const options = BacktestOptions.parse({ fill: 'close' })
const paramsOf = (cadence: object): EmaCrossParams =>
  EmaCrossParams.parse({ strategy: 'ema_cross', interval: '4h', fast_bars: 5, slow_bars: 20, ...cadence })
const PACED = paramsOf({ entry_interval: '2h', exit_interval: '1h', stop_atr: 1 })
const series = walkSeries(3, 2_000)

function decisionsOf(params: EmaCrossParams, hours: number) {
  const decided: DecisionEvent[] = []
  const end = (series.openTs[0] ?? 0) + hours * HOUR_MS
  const run = runBacktest(emaCross, params, [sliceSeries(series, 0, end)], options, {
    onDecision: (event) => decided.push(event),
  })
  return { decided, run }
}

test('each short close is decided on, once the long candles of the warm-up have passed', () => {
  const { decided, run } = decisionsOf(PACED, 400)
  const bars = emaCross.warmUpBars(PACED)
  expect(run.bars).toBe(400 - 4 * bars)
  expect(decided[0]?.ts).toBe((series.openTs[0] ?? 0) + (4 * bars + 1) * HOUR_MS)
})

test('entries go out at two-hour closes, some of them within a long candle, and one a long candle', () => {
  const { run } = decisionsOf(PACED, 2_000)
  const entries = run.account.fills.filter(({ purpose }) => purpose === 'entry').map(({ ts }) => ts)
  expect(entries.length).toBeGreaterThan(20)
  expect(entries.filter((ts) => ts % (2 * HOUR_MS) !== 0)).toEqual([])
  expect(entries.some((ts) => ts % (4 * HOUR_MS) !== 0)).toBe(true)
  const long = entries.map((ts) => Math.floor(ts / (4 * HOUR_MS)))
  expect(new Set(long).size).toBe(long.length)
})

test('what comes later changes no decision: long candles are never known before they end', () => {
  const whole = decisionsOf(PACED, 1_203).decided
  for (const hours of [1_000, 1_001, 1_002, 1_003]) {
    const { decided } = decisionsOf(PACED, hours)
    expect(decided).toEqual(whole.slice(0, decided.length))
  }
})

test('lengths that are all the same give the run that there was without them', () => {
  const same = runBacktest(
    emaCross,
    paramsOf({ entry_interval: '4h', exit_interval: '4h' }),
    [series],
    options,
  )
  expect(same).toEqual(runBacktest(emaCross, paramsOf({}), [series], options))
})

test('candles of another length are refused', () => {
  const run = () => runBacktest(emaCross, paramsOf({ exit_interval: '5m' }), [series], options)
  expect(run).toThrow('candles of BTC: found 1h, expected 5m')
})
