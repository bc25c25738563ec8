/** Candle bounds tile time without gap or overlap, in UTC, weeks from Monday, months by the calendar. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CANDLE_INTERVALS, candleOpen, isoDay, MINUTE_MS, nextCandleOpen, parseInterval } from './time.ts'

const anyTs = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) })
const anyInterval = fc.constantFrom(...CANDLE_INTERVALS)

test('every moment lies in exactly one candle of each interval', () => {
  fc.assert(
    fc.property(anyTs, anyInterval, (ts, interval) => {
      const open = candleOpen(ts, interval)
      const next = nextCandleOpen(ts, interval)
      expect(open).toBeLessThanOrEqual(ts)
      expect(next).toBeGreaterThan(ts)
      expect(candleOpen(open, interval)).toBe(open)
      expect(candleOpen(next - 1, interval)).toBe(open)
      expect(candleOpen(next, interval)).toBe(next)
    }),
  )
})

test.each([
  {
    ts: Date.UTC(2026, 10, 21, 13, 7, 59, 999),
    interval: '1m' as const,
    open: Date.UTC(2026, 10, 21, 13, 7),
  },
  { ts: Date.UTC(2026, 10, 21, 13, 8), interval: '1m' as const, open: Date.UTC(2026, 10, 21, 13, 8) },
  { ts: Date.UTC(2026, 10, 22, 23, 59), interval: '1w' as const, open: Date.UTC(2026, 10, 16) }, // a Monday
  { ts: Date.UTC(2026, 10, 23), interval: '1w' as const, open: Date.UTC(2026, 10, 23) },
  { ts: Date.UTC(2024, 1, 29, 12), interval: '1M' as const, open: Date.UTC(2024, 1, 1) },
])('the $interval candle of $ts opens at $open', ({ ts, interval, open }) => {
  expect(candleOpen(ts, interval)).toBe(open)
})

test('a month ends where the next begins, over the year’s end', () => {
  expect(nextCandleOpen(Date.UTC(2026, 11, 31), '1M')).toBe(Date.UTC(2027, 0, 1))
  expect(nextCandleOpen(Date.UTC(2026, 0, 31), '1M')).toBe(Date.UTC(2026, 1, 1))
})

test('a day is the UTC day', () => {
  expect(isoDay(Date.UTC(2026, 10, 21, 23, 59, 59, 999))).toBe('2026-11-21')
  expect(isoDay(Date.UTC(2026, 10, 22))).toBe('2026-11-22')
})

test('an interval is one of the venue’s words; another word is refused with the list', () => {
  expect(parseInterval('15m')).toBe('15m')
  expect(() => parseInterval('7m')).toThrow(/7m.*1m, 3m/)
  expect(MINUTE_MS).toBe(60_000)
})
