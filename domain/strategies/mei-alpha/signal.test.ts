/** The signal: worked examples N1 and N3 of the reference series, every gate on both sides, and the side that filters are asked for. */
import { describe, expect, test } from 'vitest'
import { meiParams, rowOf, SHIPPED, stateAfter } from '../../../tests/support/mei.ts'
import { firstBit } from './bits.ts'
import type { MeiAlphaParams } from './params.ts'
import type { Row } from './row.ts'
import { analyse, openSignal } from './signal.ts'
import { type Guides, isAnomaly, SIGNAL_GATES, type Signal } from './signal-gates.ts'

const NO_GUIDES: Guides = { isBtc: false, btcBullish: null, breadthPct: null }
const entryOf = (entry: Record<string, unknown>) => ({ thresholds: { entry } })

function signalOn(row: Row, params: MeiAlphaParams, guides: Partial<Guides> = {}): Signal {
  const signal = openSignal()
  analyse(signal, row, { ...NO_GUIDES, ...guides }, params)
  return signal
}

describe('N1: the last bar of S(220)', () => {
  const { row } = stateAfter(220, meiParams())
  const signal = signalOn(row, meiParams())

  test.each([
    {
      name: 'distance to the fast average',
      value: Math.abs(row.close - row.emaFast) / row.emaFast,
      expected: 0.011954,
    },
    { name: 'width to its average', value: row.bbRatio, expected: 0.8055758 },
    { name: 'slope of the slow average', value: row.slowSlope, expected: -0.008785012 },
    { name: 'slope of the ADX', value: row.adx - row.adxPrev, expected: -0.759692839 },
    { name: 'target', value: signal.tpMult, expected: 4 },
    { name: 'exhaustion threshold', value: signal.threshold, expected: 22 },
    { name: 'line D', value: row.d, expected: 0.926047137 },
  ])('$name is $expected', ({ value, expected }) => {
    expect(value).toBeCloseTo(expected, 6)
  })

  test('it is neutral, because the ADX does not rise', () => {
    expect([signal.side, firstBit(SIGNAL_GATES, signal.closed)]).toEqual([0, 'ADX_RISING'])
    expect(row.volTrend).toBe(true)
  })
})

describe('N3: signals of the reference series', () => {
  test.each([
    { bars: 246, what: {}, side: 0, gate: 'ADX_RISING' },
    { bars: 247, what: {}, side: 0, gate: 'ADX_RISING' },
    { bars: 245, what: {}, side: 0, gate: 'MACD' },
    { bars: 248, what: {}, side: 1, confidence: 1, tp: 4 },
    { bars: 248, what: { btc: false }, side: 0, gate: 'BTC' },
    { bars: 250, what: { btc: false }, side: 1, confidence: 1, tp: 7 },
    { bars: 249, what: { volume: 3_500 }, side: 1, confidence: 2 },
    { bars: 249, what: { params: entryOf({ macd_hist_entry_mode: 'sign' }) }, side: 0, gate: 'MACD' },
    { bars: 249, what: { params: entryOf({ max_dist_ema_fast: 0.01 }) }, side: 0, gate: 'EXTENSION' },
    { bars: 269, what: {}, side: -1, confidence: 1 },
    { bars: 270, what: {}, side: 0, gate: 'STOCH_RSI' },
    { bars: 268, what: { params: SHIPPED }, side: -1, confidence: 1, tp: 6 },
    { bars: 262, what: { params: SHIPPED }, side: 0, gate: 'MACD' },
    { bars: 235, what: { params: entryOf({ enable_slow_drift_entries: true }) }, side: 1, confidence: 0 },
    { bars: 270, what: { params: entryOf({ enable_slow_drift_entries: true }) }, side: -1, confidence: 0 },
  ] as {
    bars: number
    what: { btc?: boolean; volume?: number; params?: Record<string, unknown> }
    side: number
    confidence?: number
    tp?: number
    gate?: string
  }[])('S($bars) with $what gives side $side, gate $gate', ({ bars, what, side, confidence, tp, gate }) => {
    const params = meiParams(what.params)
    const { row } = stateAfter(bars, params, what.volume === undefined ? {} : { volume: what.volume })
    const signal = signalOn(row, params, { btcBullish: what.btc ?? null })
    expect(signal.side).toBe(side)
    if (confidence !== undefined) expect(signal.confidence).toBe(confidence)
    if (tp !== undefined) expect(signal.tpMult).toBe(tp)
    const closed = signal.closed || (row.emaFast > row.emaSlow ? signal.closedLong : signal.closedShort)
    if (gate !== undefined) expect(firstBit(SIGNAL_GATES, closed)).toBe(gate)
  })

  test.each([
    { bars: 248, params: {}, adx: 39.706968, rsi: 71.278418, long: 52.065118, short: 47.934882, k: 0.310258 },
    { bars: 269, params: {}, adx: 32.586507, rsi: 27.397489, long: 53.647443, short: 46.352557, k: 0.204008 },
    { bars: 268, params: SHIPPED, adx: 38.22169, rsi: null, long: 52.28453, short: 47.715471, k: null },
  ])(
    'S($bars): ADX $adx, RSI $rsi, limits $long and $short',
    ({ bars, params, adx, rsi, long, short, k }) => {
      const own = meiParams(params)
      const { row } = stateAfter(bars, own)
      const signal = signalOn(row, own)
      const close = (value: number, expected: number | null): void => {
        if (expected !== null) expect(value).toBeCloseTo(expected, 5)
      }
      close(row.adx, adx)
      close(row.rsi, rsi)
      close(row.k, k)
      close(signal.rsiLong, long)
      close(signal.rsiShort, short)
    },
  )

  test('a drift entry is exhausted at the ADX of a drift: 10', () => {
    const params = meiParams(entryOf({ enable_slow_drift_entries: true }))
    const { row } = stateAfter(235, params)
    expect(row.slowSlope).toBeCloseTo(0.0108728, 6)
    expect(signalOn(row, params).threshold).toBe(10)
  })
})

/** A row that speaks for a long with every gate open. */
const LONG_ROW = {
  adx: 35,
  close: 20.6,
  closePrev: 20.5,
  rsi: 60,
  hist: 0.2,
  hist1: 0.1,
  k: 0.5,
  bbWidth: 0.03,
  volume: 100,
  volSma: 90,
  volAbove: true,
  volTrend: true,
  avgAtr: 0.4,
}
const both = (params: Record<string, unknown>) => meiParams(params)

describe('each gate on both sides of its boundary', () => {
  const filter = (filters: Record<string, unknown>) => both({ filters })
  test.each([
    { gate: 'RANGING', row: { adx: 20.9, rsi: 50 }, params: meiParams(), near: { adx: 21, rsi: 50 } },
    { gate: 'ANOMALY', row: { closePrev: 18.5 }, params: meiParams(), near: { closePrev: 18.8 } },
    {
      gate: 'EXTENSION',
      row: { close: 21.4, closePrev: 21 },
      params: meiParams(),
      near: { close: 21.3, closePrev: 21 },
    },
    {
      gate: 'VOLUME',
      row: { volAbove: false, volAbovePrev: false },
      params: filter({ require_volume_confirmation: true }),
      near: { volAbove: false, volAbovePrev: true },
    },
    { gate: 'ADX_RISING', row: { adxSlope: 0 }, params: meiParams(), near: { adxSlope: 0.01 } },
    { gate: 'ADX_FLOOR', row: { adx: 22, bbWidth: 0.03 }, params: meiParams(), near: { adx: 22.01 } },
    { gate: 'ALIGNMENT', row: { emaSlow: 20.5 }, params: meiParams(), near: { emaSlow: 20.49 } },
    { gate: 'PRICE_SIDE', row: { close: 20.5 }, params: meiParams(), near: { close: 20.51 } },
    { gate: 'RSI', row: { rsi: 53 }, params: meiParams(), near: { rsi: 53.2 } },
    { gate: 'MACD', row: { hist1: 0.2 }, params: meiParams(), near: { hist1: 0.19 } },
    { gate: 'STOCH_RSI', row: { k: 0.85 }, params: meiParams(), near: { k: 0.84 } },
    { gate: 'STOCH_RSI', row: { k: -1 }, params: meiParams(), near: { k: 0 } },
  ])('$gate closes at $row and is open at $near', ({ gate, row, near, params }) => {
    const closed = signalOn(rowOf({ ...LONG_ROW, ...row }), params)
    const open = signalOn(rowOf({ ...LONG_ROW, ...near }), params)
    expect((closed.closed | closed.closedLong) & SIGNAL_GATES[gate as keyof typeof SIGNAL_GATES]).not.toBe(0)
    expect(closed.side).toBe(0)
    expect((open.closed | open.closedLong) & SIGNAL_GATES[gate as keyof typeof SIGNAL_GATES]).toBe(0)
  })

  test.each([
    { bullish: false, adx: 40, side: 0 },
    { bullish: false, adx: 40.1, side: 1 }, // strong enough to go its own way
    { bullish: true, adx: 35, side: 1 },
    { bullish: null, adx: 35, side: 1 }, // unknown is no reason
  ])('BTC bullish: $bullish, at ADX $adx, gives side $side', ({ bullish, adx, side }) => {
    expect(signalOn(rowOf({ ...LONG_ROW, adx }), meiParams(), { btcBullish: bullish }).side).toBe(side)
  })

  test('BTC itself is not asked for BTC', () => {
    expect(signalOn(rowOf(LONG_ROW), meiParams(), { btcBullish: false, isBtc: true }).side).toBe(1)
  })

  test.each([
    { avgAtr: 0.266, floor: 27.5 }, // 0.4 / 0.266 = 1.504
    { avgAtr: 0.267, floor: 22 },
  ])('with an average ATR of $avgAtr the ADX floor is $floor', ({ avgAtr, floor }) => {
    expect(signalOn(rowOf({ ...LONG_ROW, avgAtr }), meiParams()).adxFloor).toBe(floor)
  })

  test.each([
    { slope: 0.5, floor: 30 },
    { slope: 0.51, floor: 25 },
  ])('an ADX slope of $slope makes of a floor of 30 one of $floor', ({ slope, floor }) => {
    const params = meiParams(entryOf({ min_adx: 30 }))
    expect(signalOn(rowOf({ ...LONG_ROW, adxSlope: slope }), params).adxFloor).toBe(floor)
  })
})

describe('pullback', () => {
  const params = meiParams({
    ...entryOf({ enable_pullback_entries: true, pullback_confidence: 'medium' }),
    filters: { require_adx_rising: false },
  })
  const PULLBACK = { ...LONG_ROW, closePrev: 20.4, emaFastPrev: 20.4, rsi: 52, adx: 23 }
  test.each([
    { what: {}, side: 1 },
    { what: { emaFastPrev: 20.39 }, side: 0 }, // it was above already
    { what: { rsi: 49.9 }, side: 0 },
    { what: { hist: 0, hist1: -0.1 }, side: 0 },
    { what: { adx: 21.9 }, side: 0 },
  ])('with $what the side is $side', ({ what, side }) => {
    const signal = signalOn(rowOf({ ...PULLBACK, ...what }), params)
    expect(signal.side).toBe(side)
    if (side !== 0) expect([signal.mode, signal.confidence, signal.threshold]).toEqual([2, 1, 22])
  })
})

describe('reversal and regime', () => {
  const reversed = meiParams({ trade: { reverse_entry_signal: true } })
  test('a reversed long is a short, and BTC is asked for the short', () => {
    const row = rowOf(LONG_ROW)
    expect(signalOn(row, reversed, { btcBullish: null })).toMatchObject({ side: -1, reversed: true })
    // The long passed with a bullish BTC; its reversal must not slip through on that word.
    expect(signalOn(row, reversed, { btcBullish: true }).side).toBe(0)
  })

  const auto = meiParams({ market_regime: { enable_auto_reverse: true } })
  test.each([
    { breadth: 9.9, side: 1 },
    { breadth: 10, side: -1 },
    { breadth: 90, side: -1 },
    { breadth: 90.1, side: 1 },
    { breadth: null, side: 1 },
  ])('at a breadth of $breadth automatic reversal gives side $side', ({ breadth, side }) => {
    expect(signalOn(rowOf(LONG_ROW), auto, { breadthPct: breadth }).side).toBe(side)
  })

  const regime = { enable_regime_filter: true }
  test.each([
    { params: { market_regime: regime }, breadth: 9.9, side: 0 },
    { params: { market_regime: regime }, breadth: 10, side: 1 },
    { params: { market_regime: regime, trade: { reverse_entry_signal: true } }, breadth: 9.9, side: -1 }, // a short by now
    { params: { market_regime: regime, trade: { reverse_entry_signal: true } }, breadth: 90.1, side: 0 },
  ])('the regime filter at $breadth lets side $side through', ({ params, breadth, side }) => {
    expect(signalOn(rowOf(LONG_ROW), meiParams(params), { breadthPct: breadth }).side).toBe(side)
  })
})

test('an anomaly is told only while its filter is on', () => {
  const row = rowOf({ ...LONG_ROW, closePrev: 18 })
  expect([
    isAnomaly(row, meiParams()),
    isAnomaly(row, meiParams({ filters: { enable_anomaly_filter: false } })),
  ]).toEqual([true, false])
})
