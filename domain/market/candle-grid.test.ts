/** Grids, spans and roll-ups on both sides of their boundaries, and as properties over random holes. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  bridgedSpans,
  type CandleFigures,
  compareRollUp,
  differingFigures,
  gridOpens,
  rolledUp,
  rollUpSource,
  spansOf,
} from '#domain/market/candle-grid.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '#domain/time.ts'

const T0 = Date.UTC(2026, 0, 1)
const candle = (openTs: number, more: Partial<CandleFigures> = {}): CandleFigures => ({
  openTs,
  open: '10',
  high: '12',
  low: '9',
  close: '11',
  volume: '1.5',
  trades: 3,
  ...more,
})

test('a grid holds closed candles only: the one that is open at its end is not expected', () => {
  expect(gridOpens(T0, T0 + 2 * MINUTE_MS, '1m')).toEqual([T0, T0 + MINUTE_MS])
  expect(gridOpens(T0, T0 + 2 * MINUTE_MS - 1, '1m')).toEqual([T0])
  expect(gridOpens(T0 + 1, T0 + MINUTE_MS, '1m')).toEqual([T0])
  expect(gridOpens(T0, T0, '1m')).toEqual([])
})

test('months and weeks follow the calendar', () => {
  expect(gridOpens(T0, Date.UTC(2026, 2, 1), '1M')).toEqual([T0, Date.UTC(2026, 1, 1)])
  const weeks = gridOpens(T0, T0 + 14 * DAY_MS, '1w')
  expect(weeks.every((open) => new Date(open).getUTCDay() === 1)).toBe(true)
})

test('property: the spans of missing times are exactly these times', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { maxLength: 80 }), (minutes) => {
      const opens = minutes.sort((a, b) => a - b).map((minute) => T0 + minute * MINUTE_MS)
      const spans = spansOf(opens, '1m')
      const inside = spans.flatMap(({ fromOpenTs, toOpenTs }) =>
        gridOpens(fromOpenTs, toOpenTs + MINUTE_MS, '1m'),
      )
      expect(inside).toEqual(opens)
      const bridged = bridgedSpans(spans, '1m')
      expect(bridged.length).toBeLessThanOrEqual(spans.length)
      for (const open of opens)
        expect(bridged.some(({ fromOpenTs, toOpenTs }) => fromOpenTs <= open && open <= toOpenTs)).toBe(true)
    }),
  )
})

test.each([
  [60, 1],
  [61, 2],
])('holes %i candles apart make %i requests', (apart, requests) => {
  const spans = spansOf([T0, T0 + apart * MINUTE_MS], '1m')
  expect(bridgedSpans(spans, '1m')).toHaveLength(requests)
})

test('a roll-up opens with the first, closes with the last and sums volume exactly', () => {
  const parts = [
    candle(T0, { open: '10', high: '15', volume: '0.10000001' }),
    candle(T0 + MINUTE_MS, { low: '7.5', close: '8', volume: '0.2', trades: 1 }),
  ]
  expect(rolledUp(parts, '5m')).toEqual({
    openTs: T0,
    ...{ open: '10', high: '15', low: '7.5', close: '8', volume: '0.30000001', trades: 4 },
  })
  expect(rolledUp([], '5m')).toBeNull()
})

test('property: rolling up in two steps gives the same as in one', () => {
  const price = fc.integer({ min: 1, max: 10_000 }).map((cents) => String(cents / 100))
  const minute = fc.record({
    open: price,
    high: price,
    low: price,
    close: price,
    volume: price,
    trades: fc.nat(9),
  })
  fc.assert(
    fc.property(fc.array(minute, { minLength: 60, maxLength: 60 }), (minutes) => {
      const ones = minutes.map((figures, at) => ({ ...figures, openTs: T0 + at * MINUTE_MS }))
      const fives = [...Map.groupBy(ones, ({ openTs }) => Math.floor(openTs / (5 * MINUTE_MS))).values()].map(
        (parts) => rolledUp(parts, '5m') as CandleFigures,
      )
      const [once, twice] = [rolledUp(ones, '1h'), rolledUp(fives, '1h')]
      expect(differingFigures(once as CandleFigures, twice as CandleFigures)).toEqual([])
    }),
  )
})

test('a difference names its figures; the way a number is written is none', () => {
  expect(differingFigures(candle(T0), candle(T0, { volume: '1.50', close: '11.0' }))).toEqual([])
  expect(differingFigures(candle(T0), candle(T0, { close: '11.1', trades: 4 }))).toEqual(['close', 'trades'])
})

test('only longer candles that lie wholly inside the range are compared', () => {
  const shorter = Array.from({ length: 15 }, (_, at) =>
    candle(T0 + at * MINUTE_MS, { volume: '1', trades: 1 }),
  )
  const longer = [0, 5, 10].map((at) =>
    candle(T0 + at * MINUTE_MS, { volume: '5', trades: at === 5 ? 6 : 5 }),
  )
  const base = { shorter, longer, interval: '5m' as const }
  expect(compareRollUp({ ...base, fromTs: T0, untilTs: T0 + 15 * MINUTE_MS })).toEqual({
    compared: 3,
    differences: [{ openTs: T0 + 5 * MINUTE_MS, figures: ['trades'] }],
  })
  expect(compareRollUp({ ...base, fromTs: T0 + 1, untilTs: T0 + 15 * MINUTE_MS - 1 }).compared).toBe(1)
  expect(compareRollUp({ ...base, shorter: [], fromTs: T0, untilTs: T0 + HOUR_MS }).compared).toBe(0)
})

test('each interval is rolled up from the longest that divides it', () => {
  const stored = ['1m', '5m', '15m', '1h', '1d', '1w', '1M'] as const
  expect(stored.map((interval) => rollUpSource(interval, stored))).toEqual([
    null,
    '1m',
    '5m',
    '15m',
    '1h',
    '1d',
    '1d',
  ])
})
