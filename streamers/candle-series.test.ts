/** Candles close by the next one or by market time, holes are filled only where silence means no trade. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CandleEvent } from '#domain/events.ts'
import { MINUTE_MS } from '#domain/time.ts'
import { CandleSeries, LIMITS } from '#streamers/candle-series.ts'

const T0 = 1_757_015_220_000 // a full minute
const candle = (minute: number, close = 100 + minute, receivedTs = T0 + minute * MINUTE_MS): CandleEvent => ({
  kind: 'candle',
  coin: 'BTC',
  interval: '1m',
  openTs: T0 + minute * MINUTE_MS,
  closeTs: T0 + (minute + 1) * MINUTE_MS - 1,
  open: '100',
  high: '200',
  low: '50',
  close: String(close),
  volume: '1',
  trades: 3,
  receivedTs,
})
const minutes = (series: CandleSeries): number[] =>
  series.closedAfter(0).map(({ openTs }) => (openTs - T0) / MINUTE_MS)

describe('a candle', () => {
  test('is closed by a later candle, with its last values', () => {
    const series = new CandleSeries('1m')
    series.apply(candle(0, 101))
    series.apply(candle(0, 102))
    expect(minutes(series)).toEqual([])
    series.apply(candle(1))
    expect(series.closedAfter(0).map(({ close }) => close)).toEqual([102])
    expect(series.forming()?.openTs).toBe(T0 + MINUTE_MS)
  })

  test.each([
    { afterMs: MINUTE_MS - 1, closed: [] }, // its last millisecond still belongs to it
    { afterMs: MINUTE_MS, closed: [0] },
  ])('$afterMs ms after its opening, market time has closed: $closed', ({ afterMs, closed }) => {
    const series = new CandleSeries('1m')
    series.apply(candle(0))
    series.passTime(T0 + afterMs)
    expect(minutes(series)).toEqual(closed)
  })

  test('corrected after its close replaces what was stored', () => {
    const series = new CandleSeries('1m')
    series.apply(candle(0, 101))
    series.passTime(T0 + MINUTE_MS)
    series.apply(candle(0, 105))
    expect(series.closedAfter(0).map(({ close }) => close)).toEqual([105])
  })
})

describe('a hole', () => {
  test('without trades is filled flat at the last close, as soon as market time passes it', () => {
    const series = new CandleSeries('1m')
    series.apply(candle(0, 101))
    series.passTime(T0 + 3 * MINUTE_MS + 5)
    expect(series.closedAfter(T0)).toEqual(
      [1, 2].map((minute) => ({
        coin: 'BTC',
        interval: '1m',
        openTs: T0 + minute * MINUTE_MS,
        open: 101,
        high: 101,
        low: 101,
        close: 101,
        volume: 0,
      })),
    )
  })

  test('is filled by the next candle where no quote told the time', () => {
    const series = new CandleSeries('1m')
    series.apply(candle(0))
    series.apply(candle(3))
    expect(minutes(series)).toEqual([0, 1, 2])
  })

  test('of a cut stream stays open, the cut candle included, until history is seeded', () => {
    const series = new CandleSeries('1m')
    series.apply(candle(0))
    series.apply(candle(1))
    series.interrupt()
    series.apply(candle(4))
    series.apply(candle(5))
    expect(minutes(series)).toEqual([0, 4])
    for (const minute of [1, 2, 3]) series.apply(candle(minute))
    expect(minutes(series)).toEqual([0, 1, 2, 3, 4])
  })

  test.each([
    { gap: LIMITS.filledCandlesMax, filled: LIMITS.filledCandlesMax },
    { gap: LIMITS.filledCandlesMax + 1, filled: 0 },
  ])('of $gap intervals is filled with $filled candles', ({ gap, filled }) => {
    const series = new CandleSeries('1m')
    series.apply(candle(0))
    series.apply(candle(gap + 1))
    expect(minutes(series)).toHaveLength(1 + filled)
  })
})

test('history seeded after the stream began does not overwrite the newer forming candle', () => {
  const series = new CandleSeries('1m')
  series.apply(candle(3, 110, T0 + 4 * MINUTE_MS))
  for (const minute of [0, 1, 2, 3]) series.apply(candle(minute, 90, T0 + 3 * MINUTE_MS + 1))
  expect(minutes(series)).toEqual([0, 1, 2])
  expect(series.forming()?.close).toBe('110')
})

test('whatever the order of words, closed candles are unique, in order, and never more than the limit', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('candle' as const), minute: fc.integer({ min: 0, max: 40 }) }),
    fc.record({ kind: fc.constant('time' as const), minute: fc.integer({ min: 0, max: 41 }) }),
    fc.record({ kind: fc.constant('cut' as const), minute: fc.constant(0) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const series = new CandleSeries('1m')
      for (const { kind, minute } of steps) {
        if (kind === 'candle') series.apply(candle(minute))
        else if (kind === 'time') series.passTime(T0 + minute * MINUTE_MS)
        else series.interrupt()
      }
      const seen = minutes(series)
      expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b))
      const forming = series.forming()
      if (forming) expect(forming.openTs).toBeGreaterThan(series.closedAfter(0).at(-1)?.openTs ?? 0)
    }),
  )
})
