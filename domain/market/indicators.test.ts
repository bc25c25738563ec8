/** Stepping candle by candle gives what the textbook formula gives over the whole series. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  ATR_EMPTY,
  type AtrState,
  atrValue,
  type EmaState,
  RSI_EMPTY,
  type RsiState,
  rsiValue,
  stepAtr,
  stepEma,
  stepRsi,
  trueRange,
} from './indicators.ts'

const anyPrice = fc.double({ min: 1, max: 1_000, noNaN: true })
const anyBars = fc.integer({ min: 1, max: 20 })
const anySeries = fc.array(anyPrice, { minLength: 1, maxLength: 80 })

/** Weights written out: no state, no recursion shared with the code. */
function emaOverAll(prices: readonly number[], bars: number): number {
  const a = 2 / (bars + 1)
  const last = prices.length - 1
  return prices.reduce(
    (sum, price, at) => sum + price * (at === 0 ? (1 - a) ** last : a * (1 - a) ** (last - at)),
    0,
  )
}

function wilderOverAll(samples: readonly number[], bars: number): number | null {
  if (samples.length < bars) return null
  let mean = samples.slice(0, bars).reduce((sum, each) => sum + each, 0) / bars
  for (const sample of samples.slice(bars)) mean = (mean * (bars - 1) + sample) / bars
  return mean
}

test('the exponential average equals its written-out weights', () => {
  fc.assert(
    fc.property(anySeries, anyBars, (prices, bars) => {
      let state: EmaState | null = null
      for (const price of prices) state = stepEma(state, price, bars)
      expect(state?.value).toBeCloseTo(emaOverAll(prices, bars), 6)
      expect(state?.seen).toBe(prices.length)
    }),
  )
})

test('ATR equals Wilder’s mean of all true ranges, and is null while there are too few', () => {
  const anyCandle = fc.tuple(anyPrice, anyPrice, anyPrice).map((three) => {
    const [low = 0, close = 0, high = 0] = [...three].sort((a, b) => a - b)
    return { low, close, high }
  })
  fc.assert(
    fc.property(fc.array(anyCandle, { minLength: 1, maxLength: 60 }), anyBars, (candles, bars) => {
      let state: AtrState = ATR_EMPTY
      for (const candle of candles) state = stepAtr(state, candle, bars)
      const ranges = candles.map((candle, at) => trueRange(candle, candles[at - 1]?.close ?? null))
      const expected = wilderOverAll(ranges, bars)
      if (expected === null) expect(atrValue(state, bars)).toBeNull()
      else expect(atrValue(state, bars)).toBeCloseTo(expected, 6)
    }),
  )
})

test('RSI equals the ratio of Wilder’s mean gain and loss, and stays between 0 and 100', () => {
  fc.assert(
    fc.property(fc.array(anyPrice, { minLength: 2, maxLength: 60 }), anyBars, (closes, bars) => {
      let state: RsiState = RSI_EMPTY
      for (const close of closes) state = stepRsi(state, close, bars)
      const changes = closes.slice(1).map((close, at) => close - (closes[at] ?? 0))
      const gain = wilderOverAll(
        changes.map((change) => Math.max(change, 0)),
        bars,
      )
      const loss = wilderOverAll(
        changes.map((change) => Math.max(-change, 0)),
        bars,
      )
      const value = rsiValue(state, bars)
      if (gain === null || loss === null) {
        expect(value).toBeNull()
        return
      }
      expect(value).toBeGreaterThanOrEqual(0)
      expect(value).toBeLessThanOrEqual(100)
      if (loss > 1e-9) expect(value).toBeCloseTo(100 - 100 / (1 + gain / loss), 6)
    }),
  )
})

test('the true range takes the last close into account, and RSI names its extremes', () => {
  expect(trueRange({ high: 11, low: 10 }, null)).toBe(1)
  expect(trueRange({ high: 11, low: 10 }, 8)).toBe(3)
  expect(trueRange({ high: 11, low: 10 }, 14)).toBe(4)
  const run = (closes: number[]): number | null =>
    rsiValue(
      closes.reduce((state, close) => stepRsi(state, close, 2), RSI_EMPTY),
      2,
    )
  expect(run([1, 2, 3])).toBe(100)
  expect(run([3, 2, 1])).toBe(0)
  expect(run([2, 2, 2])).toBe(50)
  expect(run([1, 2])).toBeNull()
})
