/** Candles of every interval are folds of the same trades, open on the venue's bounds, and at most 5,000 are shown. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CANDLE_INTERVALS, candleOpen, MINUTE_MS } from '#domain/time.ts'
import { type Candle, createCandleStore } from '#exchange/paper/market/candles.ts'

const START = Date.UTC(2026, 10, 21, 11, 58)
const Trades = fc.array(
  fc.record({
    gap: fc.nat(90_000),
    px: fc.integer({ min: 900, max: 1_100 }),
    sz: fc.integer({ min: 1, max: 50 }),
  }),
  { minLength: 1, maxLength: 200 },
)

test('open, high, low, close, volume and count are those of the trades inside, at every interval', () => {
  fc.assert(
    fc.property(Trades, (steps) => {
      const store = createCandleStore()
      let ts = START
      const trades = steps.map(({ gap, px, sz }) => {
        ts += gap
        return { ts, px, sz }
      })
      for (const trade of trades) store.add(trade)
      for (const interval of CANDLE_INTERVALS) {
        const groups = Map.groupBy(trades, (trade) => candleOpen(trade.ts, interval))
        const wanted = [...groups].map(([openTs, inside]) => ({
          openTs,
          open: inside[0]?.px,
          high: Math.max(...inside.map(({ px }) => px)),
          low: Math.min(...inside.map(({ px }) => px)),
          close: inside.at(-1)?.px,
          volume: inside.reduce((sum, { sz }) => sum + sz, 0),
          trades: inside.length,
        }))
        const got = store
          .range(interval, 0, ts)
          .map(({ closeTs: _closeTs, notional: _notional, ...candle }: Candle) => candle)
        expect(got).toEqual(wanted)
      }
    }),
    { numRuns: 50 },
  )
})

test('a range holds the candle that its start falls in, and ends with the one that its end falls in', () => {
  const store = createCandleStore()
  for (let minute = 0; minute < 10; minute++) store.add({ ts: START + minute * MINUTE_MS, px: 100, sz: 1 })
  const opens = (from: number, to: number) =>
    store.range('1m', START + from, START + to).map(({ openTs }) => (openTs - START) / MINUTE_MS)
  expect(opens(2.5 * MINUTE_MS, 4 * MINUTE_MS)).toEqual([2, 3, 4])
  expect(opens(2 * MINUTE_MS, 4 * MINUTE_MS - 1)).toEqual([2, 3])
})

test('the newest 5,000 are shown; a day is what the last 24 hours traded', () => {
  const store = createCandleStore()
  for (let minute = 0; minute < 6_000; minute++)
    store.add({ ts: START + minute * MINUTE_MS, px: 100 + minute, sz: 2 })
  const all = store.range('1m', 0, Number.MAX_SAFE_INTEGER)
  expect(all).toHaveLength(5_000)
  expect(all.at(-1)?.open).toBe(6_099)
  const day = store.day(START + 5_999 * MINUTE_MS)
  expect(day.volume).toBe(2 * 1_440)
  expect(day.openPx).toBe(6_099 - 1_439)
})

test('history fills its own and every longer interval, never a shorter one, and trades go on from it', () => {
  const store = createCandleStore()
  const hour = 60 * MINUTE_MS
  const open = candleOpen(START, '1h') - 2 * hour
  for (const [at, px] of [100, 110].entries()) {
    store.addHistory({
      asset: 0,
      lengthMs: hour,
      openTs: open + at * hour,
      open: px,
      high: px + 5,
      low: px - 5,
      close: px + 1,
      volume: 7,
      trades: 3,
    })
  }
  store.add({ ts: START, px: 200, sz: 1 })
  expect(store.range('1m', 0, START)).toHaveLength(1)
  expect(store.range('1h', 0, START).map(({ high, volume }) => [high, volume])).toEqual([
    [105, 7],
    [115, 7],
    [200, 1],
  ])
  expect(store.last('1d')).toMatchObject({ open: 100, high: 200, low: 95, close: 200, volume: 15, trades: 7 })
})
