/** Tests of forward returns and their statistics. */
import { expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#domain/time.ts'
import { forwardReturn, HORIZONS_MS, returnStatistics, wilson } from '#domain/traders/signal-returns.ts'

const signal = (ts: number, recommendation: 'LONG' | 'SHORT' | 'NEUTRAL', price = 100) => ({
  ts,
  recommendation,
  price,
})

it('counts a return in the direction of the signal', () => {
  expect(forwardReturn(signal(0, 'LONG'), HOUR_MS, 125)).toMatchObject({
    priceReturn: 0.25,
    signalReturn: 0.25,
  })
  expect(forwardReturn(signal(0, 'SHORT'), HOUR_MS, 101)?.signalReturn).toBeCloseTo(-0.01)
  expect(forwardReturn(signal(0, 'NEUTRAL'), HOUR_MS, 101)?.signalReturn).toBe(0)
  expect(forwardReturn(signal(0, 'LONG'), HOUR_MS, null)).toBeNull()
  expect(forwardReturn(signal(0, 'LONG', 0), HOUR_MS, 101)).toBeNull()
})

it('looks five minutes, an hour and a day ahead', () => {
  expect(HORIZONS_MS).toEqual([5 * MINUTE_MS, HOUR_MS, DAY_MS])
})

it('agrees with the published interval of a share', () => {
  const { low, high } = wilson(8, 10)
  expect(low).toBeCloseTo(0.4902, 4)
  expect(high).toBeCloseTo(0.9433, 4)
  expect(wilson(0, 0)).toEqual({ low: 0, high: 1 })
})

it('takes hit rate and mean over all, but the width from what does not overlap', () => {
  // Twelve signals of one hour are one observation of the hour's return.
  const returns = Array.from({ length: 24 }, (_, at) =>
    forwardReturn(signal(at * 5 * MINUTE_MS, at < 12 ? 'LONG' : 'SHORT'), HOUR_MS, 101),
  ).flatMap((each) => (each ? [each] : []))
  const found = returnStatistics(returns, HOUR_MS)
  expect(found).toMatchObject({ signals: 24, independent: 2, hitRate: 0.5 })
  expect(found.meanReturn).toBeCloseTo(0, 12)
  // Two values, +1 % and −1 %: mean 0 ± 12.706 × 1 %.
  expect(found.meanReturn95.high).toBeCloseTo(0.127, 3)
  expect(found.hitRate95).toEqual(wilson(1, 2))
})

it('leaves NEUTRAL and other horizons out, and says nothing of one observation', () => {
  const one = forwardReturn(signal(0, 'LONG'), HOUR_MS, 101)
  const neutral = forwardReturn(signal(0, 'NEUTRAL'), HOUR_MS, 101)
  const other = forwardReturn(signal(0, 'LONG'), DAY_MS, 101)
  const found = returnStatistics(
    [one, neutral, other].flatMap((each) => (each ? [each] : [])),
    HOUR_MS,
  )
  expect(found).toMatchObject({ signals: 1, independent: 1, hitRate: 1 })
  expect(found.meanReturn95).toEqual({ low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY })
})
