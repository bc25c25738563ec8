/** Every trade, quote and book becomes a row; candles, mids and contexts are thinned without losing a last word. */
import { beforeEach, describe, expect, test } from 'vitest'
import * as tables from '#clickhouse/tables/market.ts'
import type { AssetContextEvent, CandleEvent, MidsEvent, TradeEvent } from '#domain/events.ts'
import { createMarketRecorder, type MarketRecorder } from '#streamers/market-recorder.ts'
import { createFakeWriter, type FakeWriter } from '#tests/streamers/fakes.ts'

let writer: FakeWriter
let recorder: MarketRecorder
let nowMs: number

beforeEach(() => {
  writer = createFakeWriter()
  nowMs = 0
  recorder = createMarketRecorder({ writer, tables, clock: { monotonicMs: () => nowMs } })
})

const TRADE: TradeEvent = {
  kind: 'trade',
  coin: 'BTC',
  ts: 5,
  tid: 7,
  side: 'sell',
  px: '100.5',
  sz: '0.1',
  hash: '0xab',
  buyer: '0x1',
  seller: '0x2',
  receivedTs: 6,
}
const candle = (openTs: number, close: string): CandleEvent => ({
  kind: 'candle',
  coin: 'BTC',
  interval: '1m',
  openTs,
  closeTs: openTs + 59_999,
  open: '1',
  high: '9',
  low: '1',
  close,
  volume: '2',
  trades: 1,
  receivedTs: openTs + nowMs,
})

test('all trades of a frame are written in one call, field by field', () => {
  recorder.take([TRADE, { ...TRADE, tid: 8 }])
  expect(writer.calls).toEqual(['write trades'])
  expect(writer.of('trades')).toEqual([
    {
      coin: 'BTC',
      ts: 5,
      tid: 7,
      side: 'sell',
      px: '100.5',
      sz: '0.1',
      hash: '0xab',
      buyer: '0x1',
      seller: '0x2',
      received_ts: 6,
    },
    expect.objectContaining({ tid: 8 }),
  ])
})

test('an empty side of a quote is written as 0, a book side as an empty list', () => {
  const level = { px: '2', sz: '3', n: 4 }
  recorder.take([{ kind: 'bbo', coin: 'BTC', ts: 5, bid: null, ask: level, receivedTs: 6 }])
  recorder.take([{ kind: 'book', coin: 'BTC', ts: 5, bids: [], asks: [level], receivedTs: 6 }])
  expect(writer.of('bbo')).toEqual([
    {
      coin: 'BTC',
      ts: 5,
      bid_px: '0',
      bid_sz: '0',
      bid_n: 0,
      ask_px: '2',
      ask_sz: '3',
      ask_n: 4,
      received_ts: 6,
    },
  ])
  expect(writer.of('l2_snapshots')).toEqual([
    {
      coin: 'BTC',
      ts: 5,
      bid_px: [],
      bid_sz: [],
      bid_n: [],
      ask_px: ['2'],
      ask_sz: ['3'],
      ask_n: [4],
      received_ts: 6,
    },
  ])
})

describe('a candle', () => {
  const closes = (): unknown[] => writer.of('candles').map(({ open_ts, close }) => [open_ts, close])

  test('is written when first seen, then at most every two seconds, and its last version in any case', () => {
    recorder.take([candle(0, '1')])
    recorder.take([candle(0, '2')])
    nowMs = 1_999
    recorder.tick()
    expect(closes()).toEqual([[0, '1']])
    nowMs = 2_000
    recorder.tick()
    expect(closes()).toEqual([
      [0, '1'],
      [0, '2'],
    ])
    recorder.take([candle(0, '3')])
    recorder.take([candle(60_000, '4')])
    expect(closes().slice(2)).toEqual([[0, '3']])
    recorder.finish()
    expect(closes().slice(3)).toEqual([[60_000, '4']])
    recorder.finish()
    expect(closes()).toHaveLength(4)
  })

  test('that changed after its successor began is written at once', () => {
    recorder.take([candle(60_000, '4')])
    recorder.take([candle(0, '3')])
    expect(closes()).toEqual([
      [60_000, '4'],
      [0, '3'],
    ])
  })

  test('that could not be written because the spool is full is written when given again', () => {
    recorder.take([candle(0, '1')])
    recorder.take([candle(0, '2')])
    writer.isFull = true
    expect(() => recorder.take([candle(60_000, '3')])).toThrow('spool is full')
    writer.isFull = false
    recorder.take([candle(60_000, '3')])
    expect(closes()).toEqual([
      [0, '1'],
      [0, '2'],
    ])
  })
})

test('mids are one row a coin every ten seconds', () => {
  const mids: MidsEvent = { kind: 'mids', mids: { BTC: '1', ETH: '2' }, receivedTs: 50 }
  for (const ms of [0, 5_000, 9_999, 10_000]) recorder.take([{ ...mids, receivedTs: 50 + ms }])
  expect(writer.of('mids')).toHaveLength(4)
  expect(writer.of('mids')[0]).toEqual({ coin: 'BTC', ts: 50, mid: '1' })
})

test('a context that says the same again is not written, and its missing mid is 0', () => {
  const context: AssetContextEvent = {
    kind: 'asset_context',
    coin: 'BTC',
    markPx: '1',
    oraclePx: '2',
    midPx: null,
    funding: '0.0000079506',
    premium: null,
    openInterest: '3',
    dayNotionalUsd: '4',
    dayVolume: '5',
    prevDayPx: '6',
    receivedTs: 10,
  }
  recorder.take([context])
  recorder.take([{ ...context, receivedTs: 11 }])
  recorder.take([{ ...context, markPx: '1.5', receivedTs: 12 }])
  expect(
    writer.of('asset_contexts').map(({ ts, mark_px, mid_px, funding }) => [ts, mark_px, mid_px, funding]),
  ).toEqual([
    [10, '1', '0', '0.0000079506'],
    [12, '1.5', '0', '0.0000079506'],
  ])
})
