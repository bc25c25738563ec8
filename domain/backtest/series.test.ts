/** Candles as columns: checked on the way in, cut without copying, found by time. */
import { expect, test } from 'vitest'
import { type CandleRow, firstAt, seriesOf, sliceSeries } from './series.ts'

const META = { coin: 'BTC', interval: '1h', sizeDecimals: 5, leverageMax: null } as const
const row = (at: number, change: Partial<CandleRow> = {}): CandleRow => ({
  openTs: at * 3_600_000,
  open: 10,
  high: 12,
  low: 9,
  close: 11,
  volume: 1,
  ...change,
})

test.each([
  { what: 'a candle twice', rows: [row(1), row(1)] },
  { what: 'time that goes back', rows: [row(2), row(1)] },
  { what: 'a low above the close', rows: [row(1, { low: 11.5 })] },
  { what: 'a high below the open', rows: [row(1, { open: 12.5 })] },
  { what: 'a price of zero', rows: [row(1, { low: 0 })] },
  { what: 'no number', rows: [row(1, { high: Number.NaN })] },
])('$what is refused with its time', ({ rows }) => {
  expect(() => seriesOf(META, rows)).toThrow(/candles of BTC: 1970-01-01/)
})

test.each([
  { from: 0, to: 99, opens: [1, 2, 4] },
  { from: 2, to: 4, opens: [2] },
  { from: 3, to: 5, opens: [4] },
  { from: 5, to: 9, opens: [] },
])('from $from to before $to: $opens', ({ from, to, opens }) => {
  const series = seriesOf(META, [row(1), row(2), row(4)])
  const cut = sliceSeries(series, from * 3_600_000, to * 3_600_000)
  expect([...cut.openTs].map((ts) => ts / 3_600_000)).toEqual(opens)
  expect(cut.close.buffer).toBe(series.close.buffer)
})

test('the first candle at or after a time', () => {
  const { openTs } = seriesOf(META, [row(1), row(2), row(4)])
  expect([0, 1, 1.5, 3, 4, 5].map((hour) => firstAt(openTs, hour * 3_600_000))).toEqual([0, 0, 1, 2, 2, 3])
})
