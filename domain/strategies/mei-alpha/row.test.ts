/** The indicator row: warm with the reference numbers, finite from the first bar on, and its state survives JSON anywhere. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { meiParams, stateAfter } from '../../../tests/support/mei.ts'
import { referenceSeries } from '../../../tests/support/reference-series.ts'
import { openIndicators, openRow, pushCandle } from './row.ts'

const params = meiParams()

test('the row of S(220) holds the reference numbers', () => {
  const { row } = stateAfter(220, params)
  const expected = {
    emaFast: 53.16387,
    emaSlow: 53.405588,
    emaMacro: 52.517453,
    adx: 31.114512,
    atrRaw: 0.527325,
    rsi: 59.548556,
    hist: 0.134309,
    hist1: 0.074797,
    bbWidth: 0.037539,
    volSma: 1156.25,
    k: 1,
  }
  for (const [name, value] of Object.entries(expected))
    expect(row[name as keyof typeof row]).toBeCloseTo(value, 5)
})

test('every number is finite from the first bar on: a state has to survive JSON', () => {
  const [row, own] = [openRow(), openIndicators(params)]
  for (const candle of referenceSeries(60)) {
    pushCandle(row, own, candle, params)
    expect(
      Object.values(row).filter((value) => typeof value === 'number' && !Number.isFinite(value)),
    ).toEqual([])
  }
})

test('a row and indicators that went through JSON go on alike', () => {
  fc.assert(
    fc.property(fc.nat(250), (cut) => {
      let halves = { row: openRow(), own: openIndicators(params) }
      const whole = { row: openRow(), own: openIndicators(params) }
      for (const [at, candle] of referenceSeries(260).entries()) {
        if (at === cut) halves = JSON.parse(JSON.stringify(halves))
        pushCandle(halves.row, halves.own, candle, params)
        pushCandle(whole.row, whole.own, candle, params)
      }
      expect(halves).toEqual(whole)
    }),
    { numRuns: 20 },
  )
})

test.each([
  { floor: 0.003, atr: 0.3 },
  { floor: 0, atr: 0 }, // zero is a value: the original read it as 0.003
])('with a floor of $floor a market that stands still at 100 has an ATR of $atr', ({ floor, atr }) => {
  const own = meiParams({ trade: { min_atr_pct: floor } })
  const [row, indicators] = [openRow(), openIndicators(own)]
  for (const candle of referenceSeries(20)) {
    pushCandle(row, indicators, { ...candle, open: 100, high: 100, low: 100, close: 100 }, own)
  }
  expect(row.atr).toBeCloseTo(atr, 12)
})
