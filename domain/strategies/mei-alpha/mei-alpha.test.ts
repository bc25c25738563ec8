/** mei_alpha_v1 over seeded markets: what no market may make it do. Its numbers: signal, sizing, exits and flow tests. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { heldOf, inputOf, meiParams, rowOf } from '../../../tests/support/mei.ts'
import { walkSeries } from '../../../tests/support/walks.ts'
import { BacktestOptions } from '../../backtest/options.ts'
import { runBacktest } from '../../backtest/run.ts'
import { fromNumber } from '../../fixed-point.ts'
import { isValidPrice, lotE8 } from '../../market/instrument.ts'
import { stepCoin } from '../step.ts'
import type { CandleStep } from '../strategy.ts'
import { meiAlpha } from './mei-alpha.ts'
import { openState } from './state.ts'

const loose = {
  trade: { entry_min_confidence: 'low', enable_ssf_filter: false, enable_reef_filter: false },
  indicators: { ema_macro_window: 60 },
  thresholds: { entry: { enable_slow_drift_entries: true, enable_pullback_entries: true } },
}
const anyWorld = fc.record({
  seed: fc.integer({ min: 1, max: 10_000 }),
  flip: fc.constantFrom('close', 'reverse'),
  reverse: fc.boolean(),
  decimals: fc.integer({ min: 0, max: 5 }),
})

test('no exit enlarges a position, nothing flips without a decision that says so, every order is on tick, lot and minimum', () => {
  fc.assert(
    fc.property(anyWorld, ({ seed, flip, reverse, decimals }) => {
      const params = meiParams({ ...loose, flip, trade: { ...loose.trade, reverse_entry_signal: reverse } })
      const flips = new Set<number>()
      const series = walkSeries(seed, 700, { coin: 'LINK', start: 20, sizeDecimals: decimals })
      const run = runBacktest(meiAlpha, params, [series], BacktestOptions.parse({ fill: 'close' }), {
        onDecision: ({ ts, kind }) => kind === 'flip' && flips.add(ts),
      })
      let position = 0
      for (const { ts, side, px, sz, purpose } of run.account.fills) {
        const signed = side === 'buy' ? sz : -sz
        const after = Number((position + signed).toFixed(8))
        const opens = purpose === 'entry' || purpose === 'add'
        if (!opens) {
          expect(Math.abs(after)).toBeLessThan(Math.abs(position))
          expect(after * position).toBeGreaterThanOrEqual(0)
        } else expect(position * signed).toBeGreaterThanOrEqual(0)
        if (purpose === 'entry' && position !== 0) expect(flips.has(ts)).toBe(true)
        expect(fromNumber(sz) % lotE8(decimals)).toBe(0n)
        expect(isValidPrice(fromNumber(px), decimals)).toBe(true)
        if (opens) expect(px * sz).toBeGreaterThanOrEqual(10 * (1 - 1e-3)) // the limit's notional is at least 10
        position = after
      }
      expect(position).toBe(0)
    }),
    { numRuns: 25 },
  )
}, 30_000)

test('while a position is held its stop only moves in its favour', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000 }), (seed) => {
      const params = meiParams(loose)
      let state = meiAlpha.init(params)
      let before = { side: 0, stop: 0 }
      const series = walkSeries(seed, 400, { coin: 'LINK', start: 20, sizeDecimals: 1 })
      let position = 0
      for (let at = 0; at < 400; at += 1) {
        const close = series.close[at] as number
        const candle = {
          coin: 'LINK',
          interval: '1h',
          openTs: series.openTs[at] as number,
          open: close,
          high: series.high[at] as number,
          low: series.low[at] as number,
          close,
          volume: series.volume[at] as number,
        } as const
        const standing = {
          positionSz: String(position),
          entryPx: '20',
          bid: String(close),
          ask: String(close),
          sizeDecimals: 1,
        }
        const step: CandleStep<ReturnType<typeof meiAlpha.init>> = stepCoin(
          meiAlpha,
          state,
          { candle, standing, shared: inputOf() },
          params,
        )
        state = step.state
        const side = Math.sign(position)
        const stop = step.stopPx === null ? null : Number(step.stopPx)
        if (side !== 0 && stop !== null) {
          if (before.side === side) expect((stop - before.stop) * side).toBeGreaterThanOrEqual(0)
          before = { side, stop }
        } else before = { side: 0, stop: 0 }
        for (const { side: way, sz } of step.orders)
          position = Number((position + (way === 'buy' ? 1 : -1) * Number(sz)).toFixed(8))
      }
    }),
    { numRuns: 20 },
  )
})

test('the same candles give the same decisions, and a state that went through JSON goes on alike', () => {
  const params = meiParams(loose)
  const series = walkSeries(3, 500, { coin: 'LINK', start: 20, sizeDecimals: 1 })
  const decide = (throughJson: boolean): unknown[] => {
    let state = meiAlpha.init(params)
    return Array.from(series.openTs, (openTs, at) => {
      const candle = {
        coin: 'LINK',
        interval: '1h',
        openTs,
        open: series.open[at] ?? 0,
        high: series.high[at] ?? 0,
        low: series.low[at] ?? 0,
        close: series.close[at] ?? 0,
        volume: series.volume[at] ?? 0,
      } as const
      state = meiAlpha.observe(throughJson ? JSON.parse(JSON.stringify(state)) : state, candle, params)
      const position = at % 50 > 25 ? 30 : 0
      const { kind, reason, gate, stopPx } = meiAlpha.decide(
        state,
        inputOf({
          candle,
          nowTs: openTs + 3_600_000,
          position,
          entryPx: 20,
          bid: candle.close,
          ask: candle.close,
        }),
        params,
      )
      return [kind, reason, gate, stopPx]
    })
  }
  expect(decide(true)).toEqual(decide(false))
})

describe('an opposite signal', () => {
  /** A long that meets a sell with every gate open. */
  const sell = {
    adx: 31,
    rsi: 40,
    hist: -0.1,
    hist1: -0.05,
    k: 0.5,
    emaFast: 19.9,
    emaSlow: 19.95,
    close: 19.8,
    closePrev: 19.8,
    volume: 1,
    volSma: 100,
    bbWidth: 0.03,
  }
  function meet(change: Record<string, unknown>) {
    const params = meiParams({
      ...change,
      trade: { entry_min_confidence: 'low', ...(change.trade as object) },
    })
    const state = {
      ...openState(params),
      coldBars: 0,
      coin: 'LINK',
      held: heldOf({ threshold: 10 }),
      row: rowOf(sell),
    }
    // The averages have only just crossed: not yet a broken trend.
    state.row.emaFast = 19.94
    return meiAlpha.decide(state, inputOf({ position: 50, entryPx: 20, bid: 19.8, ask: 19.8 }), params)
  }

  test('closes, and no more, by default', () => {
    expect(meet({})).toMatchObject({ kind: 'exit', reason: 'SIGNAL_FLIP', intentions: [{ kind: 'exit' }] })
  })

  test('with flip: reverse closes and enters the other side', () => {
    const move = meet({ flip: 'reverse' })
    expect(move).toMatchObject({
      kind: 'flip',
      reason: 'SIGNAL_FLIP',
      intentions: [{ kind: 'exit' }, { kind: 'entry', side: 'sell' }],
    })
    expect(move.stopPx).toBeGreaterThan(19.8)
  })

  test('with flip: reverse only closes where a gate forbids the entry', () => {
    expect(meet({ flip: 'reverse', trade: { entry_min_confidence: 'high' } })).toMatchObject({
      kind: 'exit',
      intentions: [{ kind: 'exit' }],
    })
  })
})

test('new parameters keep what is known of the position', () => {
  const params = meiParams()
  const was = { ...openState(params), held: heldOf({ trailing: 20.3, tp1: true, adds: 1 }), closedTs: 5 }
  const fresh = { ...openState(params), coin: 'LINK', row: rowOf({ adx: 50 }) }
  const carried = meiAlpha.carryOver?.(fresh, was, params)
  expect(carried).toMatchObject({
    held: { trailing: 20.3, tp1: true, adds: 1 },
    closedTs: 5,
    coin: 'LINK',
    row: { adx: 50 },
  })
})

test.each([
  { fast: 21, slow: 20, trend: 1 },
  { fast: 20, slow: 20, trend: -1 },
  { fast: 0, slow: 20, trend: null },
])('averages $fast and $slow count for the breadth as $trend', ({ fast, slow, trend }) => {
  expect(meiAlpha.trend?.({ ...openState(meiParams()), row: rowOf({ emaFast: fast, emaSlow: slow }) })).toBe(
    trend,
  )
})
