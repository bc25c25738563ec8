/** Worked examples of the indicators (N1, N2): the numbers of the original on the reference series. */
import { expect, test } from 'vitest'
import { adxSeries } from '#domain/market/indicators/adx.ts'
import { atrSeries } from '#domain/market/indicators/atr.ts'
import { bollingerSeries } from '#domain/market/indicators/bollinger.ts'
import { emaSeries } from '#domain/market/indicators/ema.ts'
import { macdSeries } from '#domain/market/indicators/macd.ts'
import { smaOf } from '#domain/market/indicators/ring.ts'
import { rsiSeries } from '#domain/market/indicators/rsi.ts'
import { stochRsiSeries } from '#domain/market/indicators/stoch-rsi.ts'
import { referenceSeries } from '../../../tests/support/reference-series.ts'

const bars = referenceSeries(220)
const columns = {
  high: bars.map(({ high }) => high),
  low: bars.map(({ low }) => low),
  close: bars.map(({ close }) => close),
  volume: bars.map(({ volume }) => volume),
}
const { close, volume } = columns
const atr = atrSeries(columns, 14)
const adx = adxSeries(columns, 14)
const width = bollingerSeries(close, 20)
const hist = macdSeries(close)
const stoch = stochRsiSeries(close, 14, 3, 3)
const last = 219

test('the series itself has the bars that the examples name', () => {
  const at = (bar: number) => Object.values(bars[bar] ?? {}).slice(3)
  expect(at(1)).toEqual([50, 50.5891, 49.88, 50.4391, 965])
  expect(at(219)).toEqual([53.4811, 54.0394, 53.3211, 53.7994, 1230])
})

test.each([
  { name: 'EMA20', series: emaSeries(close, 20), bar: last, value: 53.16387050093612 },
  { name: 'EMA50', series: emaSeries(close, 50), bar: last, value: 53.405588102 },
  { name: 'EMA200', series: emaSeries(close, 200), bar: last, value: 52.517453054 },
  { name: 'EMA20', series: emaSeries(close, 20), bar: 19, value: 51.419148114 },
  { name: 'ADX14', series: adx, bar: last, value: 31.114511539 },
  { name: 'ADX14', series: adx, bar: 26, value: 0 },
  { name: 'ADX14', series: adx, bar: 27, value: 44.038927168 },
  { name: 'ADX14', series: adx, bar: 28, value: 41.879288848 },
  { name: 'ATR14', series: atr, bar: last, value: 0.527324722 },
  { name: 'ATR14', series: atr, bar: 12, value: 0 },
  { name: 'ATR14', series: atr, bar: 13, value: 0.459807143 },
  { name: 'ATR14', series: atr, bar: 14, value: 0.47329949 },
  { name: 'RSI14', series: rsiSeries(close, 14), bar: last, value: 59.548556447 },
  { name: 'RSI14', series: rsiSeries(close, 14), bar: 13, value: 78.5864425 },
  { name: 'MACD histogram', series: hist, bar: last, value: 0.134308625 },
  { name: 'MACD histogram', series: hist, bar: last - 1, value: 0.074796871 },
  { name: 'MACD histogram', series: hist, bar: 33, value: -0.064759697 },
  { name: 'Bollinger width', series: width, bar: last, value: 0.037538941 },
  { name: 'average width', series: smaOf(width.subarray(19), 30), bar: last - 19, value: 0.046598894 },
  { name: 'volume average', series: smaOf(volume, 20), bar: last, value: 1156.25 },
  { name: 'stochastic RSI', series: stoch.raw, bar: last, value: 1 },
  { name: 'line K', series: stoch.k, bar: last, value: 1 },
  { name: 'line D', series: stoch.d, bar: last, value: 0.926047137 },
])('$name at bar $bar is $value', ({ series, bar, value }) => {
  expect(series[bar]).toBeCloseTo(value, 8)
})

test.each([
  { name: 'ADX slope', value: (adx[last] ?? 0) - (adx[last - 1] ?? 0), expected: -0.759692839 },
  { name: 'ATR slope', value: (atr[last] ?? 0) - (atr[last - 1] ?? 0), expected: 0.014690406 },
  {
    name: 'ATR to its average',
    value: (atr[last] ?? 0) / (smaOf(atr, 50)[last] ?? 0),
    expected: 1.067659856,
  },
])('$name is $expected', ({ value, expected }) => {
  expect(value).toBeCloseTo(expected, 8)
})

test.each([
  { series: emaSeries(close, 20), first: 19 },
  { series: rsiSeries(close, 14), first: 13 },
  { series: hist, first: 33 },
  { series: width, first: 19 },
  { series: stoch.raw, first: 26 },
  { series: stoch.k, first: 28 },
  { series: stoch.d, first: 30 },
])('case %#: the bar before $first is unknown, $first is not', ({ series, first }) => {
  expect([Number.isNaN(series[first - 1]), Number.isNaN(series[first])]).toEqual([true, false])
})

test('an average remembers its first bar: 200 bars of 248 give other numbers than all (N2)', () => {
  const closes = referenceSeries(248).map((bar) => bar.close)
  const tail = closes.slice(-200)
  const pairs = [
    [emaSeries(closes, 50)[247], emaSeries(tail, 50)[199]],
    [emaSeries(closes, 200)[247], emaSeries(tail, 200)[199]],
    [rsiSeries(closes, 14)[247], rsiSeries(tail, 14)[199]],
  ]
  const expected = [
    [54.877264449, 54.877284661],
    [53.225415825, 53.235371832],
    [71.278418377, 71.278424974],
  ]
  for (const [at, pair] of pairs.entries())
    for (const [side, value] of pair.entries()) expect(value).toBeCloseTo(expected[at]?.[side] ?? 0, 6)
})
