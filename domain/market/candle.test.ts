/** Candles: every trade is in one, time closes them, gaps have names. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CandleEvent, TradeEvent } from '#domain/events.ts'
import type { ClosedCandle } from '#domain/session/types.ts'
import { foldTrade, isClosedAt, mergeCandles, missingOpens, toClosedCandle } from './candle.ts'

const MINUTE = 60_000
const trade = (ts: number, px: string, sz = '1'): TradeEvent => ({
  kind: 'trade',
  coin: 'BTC',
  ts,
  tid: ts,
  side: 'buy',
  px,
  sz,
  hash: '',
  buyer: '',
  seller: '',
  receivedTs: ts,
})

function foldAll(trades: readonly TradeEvent[]): { closed: CandleEvent[]; forming: CandleEvent | null } {
  const closed: CandleEvent[] = []
  let forming: CandleEvent | null = null
  for (const each of trades) {
    const step: ReturnType<typeof foldTrade> = foldTrade(forming, each, '1m')
    if (step.closed) closed.push(step.closed)
    forming = step.forming
  }
  return { closed, forming }
}

test('trades fold to open, high, low, close, volume and count', () => {
  const { closed, forming } = foldAll([
    trade(0, '100'),
    trade(10, '105', '2'),
    trade(20, '95'),
    trade(59_999, '101'),
    trade(60_000, '102'),
  ])
  expect(closed).toHaveLength(1)
  expect(closed[0]).toMatchObject({
    openTs: 0,
    closeTs: 59_999,
    open: '100',
    high: '105',
    low: '95',
    close: '101',
    volume: '5',
    trades: 4,
  })
  expect(forming).toMatchObject({ openTs: MINUTE, open: '102', trades: 1 })
})

test('no trade is lost or counted twice, whatever the gaps', () => {
  const times = fc.array(fc.integer({ min: 0, max: 20 * MINUTE }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(times, (unsorted) => {
      const sorted = [...unsorted].sort((a, b) => a - b)
      const { closed, forming } = foldAll(sorted.map((ts) => trade(ts, '100')))
      const all = forming ? [...closed, forming] : closed
      expect(all.reduce((total, candle) => total + candle.trades, 0)).toBe(sorted.length)
      expect(new Set(all.map((candle) => candle.openTs)).size).toBe(all.length)
    }),
  )
})

test('a trade of a candle that is history changes nothing', () => {
  const { forming } = foldAll([trade(MINUTE, '100')])
  expect(foldTrade(forming, trade(59_999, '1'), '1m')).toEqual({ forming, closed: null })
})

test('a candle is closed after its last millisecond, not on it', () => {
  expect(isClosedAt({ closeTs: 59_999 }, 59_999)).toBe(false)
  expect(isClosedAt({ closeTs: 59_999 }, 60_000)).toBe(true)
})

test('neighbours miss nothing; a gap names each missing opening', () => {
  expect(missingOpens(0, MINUTE, '1m')).toEqual([])
  expect(missingOpens(0, 3 * MINUTE, '1m')).toEqual([MINUTE, 2 * MINUTE])
  expect(missingOpens(Date.UTC(2026, 0, 1), Date.UTC(2026, 3, 1), '1M')).toEqual([
    Date.UTC(2026, 1, 1),
    Date.UTC(2026, 2, 1),
  ])
})

test('lists merge in order of time, each opening once, the later mention wins', () => {
  const candle = (openTs: number, close: number): ClosedCandle => ({
    ...toClosedCandle(foldTrade(null, trade(openTs, '1'), '1m').forming),
    close,
  })
  const merged = mergeCandles([[candle(2 * MINUTE, 1), candle(MINUTE, 1)], [candle(2 * MINUTE, 2)]], 0)
  expect(merged.map(({ openTs, close }) => [openTs, close])).toEqual([
    [MINUTE, 1],
    [2 * MINUTE, 2],
  ])
  expect(mergeCandles([merged], MINUTE)).toHaveLength(1)
})
