/** The run: warm-up before decisions, orders at the next open, stops within bars, funding at its hour, an end that closes everything, ruin that ends it. */
import { describe, expect, test } from 'vitest'
import { walkSeries } from '../../tests/support/walks.ts'
import type { CandleStrategy, Intention, Move } from '../strategies/strategy.ts'
import { BacktestOptions } from './options.ts'
import { runBacktest } from './run.ts'
import { type CandleRow, type CandleSeries, seriesOf } from './series.ts'

const HOUR = 3_600_000
const exact = BacktestOptions.parse({ spread_bps: 0, slippage_bps: 0, stop_slippage_bps: 0 })

const bars = (
  rows: readonly (readonly [open: number, high: number, low: number, close: number])[],
  funding?: CandleSeries['funding'],
): CandleSeries =>
  seriesOf(
    { coin: 'AAA', interval: '1h', sizeDecimals: 2, leverageMax: null },
    rows.map(
      ([open, high, low, close], at): CandleRow => ({ openTs: at * HOUR, open, high, low, close, volume: 1 }),
    ),
    funding,
  )

const buy: Intention = {
  kind: 'entry',
  side: 'buy',
  usd: 1_000,
  minUsd: 10,
  maxUsd: null,
  bump: false,
  leverage: null,
  slippageBps: 500,
}
const sell: Intention = { kind: 'exit', slippageBps: 500 }

/** Does at bar n what the script says. */
function scripted(script: Record<number, Partial<Move<number>>>, warm = 0): CandleStrategy<unknown, number> {
  return {
    name: 'scripted',
    schema: undefined as never,
    warmUpBars: () => warm,
    init: () => -1,
    observe: (was) => was + 1,
    decide: (state) => ({
      state,
      kind: 'hold',
      reason: `BAR_${state}`,
      gate: '',
      intentions: [],
      stopPx: null,
      targetPx: null,
      ...script[state],
    }),
  }
}

test('an order that is decided at a close is filled at the next open', () => {
  const run = runBacktest(
    scripted({ 0: { intentions: [buy] }, 1: { intentions: [sell] } }),
    {},
    [
      bars([
        [10, 10, 10, 10],
        [10.2, 12, 10.2, 12],
        [12.1, 13, 12, 13],
      ]),
    ],
    exact,
  )
  expect(run.account.fills.map(({ ts, side, px }) => [ts / HOUR, side, px])).toEqual([
    [1, 'buy', 10.2],
    [2, 'sell', 12.1],
  ])
})

test('with fill: close it is filled at once', () => {
  const run = runBacktest(
    scripted({ 0: { intentions: [buy] } }),
    {},
    [
      bars([
        [10, 10, 10, 10],
        [11, 12, 11, 12],
      ]),
    ],
    { ...exact, fill: 'close' },
  )
  expect(run.account.fills.map(({ ts, px }) => [ts / HOUR, px])).toEqual([
    [1, 10],
    [2, 12],
  ])
})

test('an order whose limit the market has left is gone', () => {
  const far = { ...buy, slippageBps: 10 }
  const run = runBacktest(
    scripted({ 0: { intentions: [far] } }),
    {},
    [
      bars([
        [10, 10, 10, 10],
        [11, 12, 11, 12],
      ]),
    ],
    exact,
  )
  expect(run.account.fills).toEqual([])
})

describe('a resting stop', () => {
  test.each([
    {
      what: 'is reached within the bar of the entry',
      bar: [10, 10, 8, 9] as const,
      px: 9,
      reason: 'STOP_AT_EXCHANGE',
    },
    { what: 'is not reached', bar: [10, 10, 9.01, 9.5] as const, px: 9.5, reason: 'END_OF_DATA' },
    {
      what: 'is jumped over by the entry',
      bar: [8.5, 10, 8, 9] as const,
      px: 8.5,
      reason: 'STOP_AT_EXCHANGE',
    },
  ])('that $what leaves at $px', ({ bar, px, reason }) => {
    const loose = { ...buy, slippageBps: 2_000 }
    const run = runBacktest(
      scripted({ 0: { intentions: [loose], stopPx: 9 } }),
      {},
      [bars([[10, 10, 10, 10], bar])],
      exact,
    )
    expect(run.account.trades).toMatchObject([{ exit_px: px, exit_reason: reason }])
  })

  test('only moves in the position’s favour', () => {
    const moves = { 0: { intentions: [buy], stopPx: 9 }, 1: { stopPx: 8 } }
    const run = runBacktest(
      scripted(moves),
      {},
      [
        bars([
          [10, 10, 10, 10],
          [10, 10, 9.5, 10],
          [10, 10, 8.5, 9],
        ]),
      ],
      exact,
    )
    expect(run.account.trades).toMatchObject([{ exit_px: 9 }])
  })
})

test('a resting target is filled at its price, or better at the open', () => {
  const run = runBacktest(
    scripted({ 0: { intentions: [buy], targetPx: 12 }, 1: { targetPx: 12 } }),
    {},
    [
      bars([
        [10, 10, 10, 10],
        [10, 11, 10, 11],
        [13, 14, 13, 13],
      ]),
    ],
    exact,
  )
  expect(run.account.trades).toMatchObject([{ exit_px: 13, exit_reason: 'TARGET_AT_EXCHANGE' }])
})

test('funding is paid at the close of its hour on what is held then', () => {
  const funding = {
    ts: Float64Array.of(HOUR, 2 * HOUR + 50, 3 * HOUR),
    rate: Float64Array.of(0.01, 0.01, 0.01),
  }
  const run = runBacktest(
    scripted({ 0: { intentions: [buy] } }),
    {},
    [
      bars(
        [
          [10, 10, 10, 10],
          [10, 10, 10, 10],
          [10, 10, 10, 10],
        ],
        funding,
      ),
    ],
    exact,
  )
  expect(run.account.funding / 1e6).toBeCloseTo(-2 * 10 * (run.account.trades[0]?.sz ?? 0) * 0.01, 6)
})

test('nothing is decided before the strategy has seen what it asks for, nor before the time that was asked', () => {
  const flat = bars(Array.from({ length: 10 }, () => [10, 10, 10, 10] as const))
  const times = (warm: number, from_ts: number) => {
    const seen: number[] = []
    runBacktest(
      scripted({}, warm),
      {},
      [flat],
      { ...exact, from_ts },
      { onDecision: ({ ts }) => seen.push(ts / HOUR) },
    )
    return [seen[0], seen.length]
  }
  expect([times(0, 0), times(4, 0), times(4, 7 * HOUR), times(40, 0)]).toEqual([
    [1, 10],
    [5, 6],
    [8, 3],
    [undefined, 0],
  ])
})

test('an account that has nothing left stops', () => {
  const all: Intention = { ...buy, usd: 200_000 }
  const run = runBacktest(
    scripted({ 0: { intentions: [all] } }),
    {},
    [
      bars([
        [10, 10, 10, 10],
        [10, 10, 9, 9],
        [9, 90, 9, 90],
      ]),
    ],
    exact,
  )
  expect([run.ruined, run.equityUsd.length > 0]).toEqual([true, true])
})

test('coins of different histories share one account and one time', () => {
  const [long, short] = [walkSeries(1, 300, { coin: 'AAA' }), walkSeries(2, 300, { coin: 'BBB' })]
  const late: CandleSeries = { ...short, openTs: short.openTs.map((ts) => ts + 50 * HOUR) }
  const seen = new Map<string, number>()
  runBacktest(scripted({}), {}, [long, late], exact, {
    onDecision: ({ coin }) => seen.set(coin, (seen.get(coin) ?? 0) + 1),
  })
  expect(Object.fromEntries(seen)).toEqual({ AAA: 300, BBB: 300 })
})

test('a sweep’s short way gives the same money', () => {
  const series = [walkSeries(4, 500)]
  const script = Object.fromEntries(
    Array.from({ length: 500 }, (_, at) => [
      at,
      { intentions: at % 20 === 0 ? [buy] : at % 20 === 10 ? [sell] : [] },
    ]),
  )
  const [whole, short] = [true, false].map((keep) =>
    runBacktest(scripted(script), {}, series, exact, { keep }),
  )
  expect(short?.account.cash).toBe(whole?.account.cash)
  expect(short?.maxDrawdownUsd).toBe(whole?.maxDrawdownUsd)
})
