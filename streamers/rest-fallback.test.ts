/** Requests stand in for a stream only while it is down, at their pace, and one that fails leaves the others going. */
import { beforeEach, expect, test } from 'vitest'
import type { MarketEvent } from '#domain/events.ts'
import { createRestFallback, type DownFeed, PACE_MS, type RestFallback } from '#streamers/rest-fallback.ts'
import { silentLog } from '#tests/streamers/fakes.ts'

const book = (coin: string) => ({ kind: 'book', coin, ts: 1, bids: [], asks: [], receivedTs: 1 }) as const
let nowMs: number
let feeds: DownFeed[]
let asked: string[]
let events: MarketEvent[]
let fallback: RestFallback

const make = (afterMs: number): RestFallback =>
  createRestFallback({
    venue: {
      book: async (coin) => {
        asked.push(`book ${coin}`)
        if (coin === 'DEAF') throw new TypeError('no')
        return coin === 'GONE' ? null : book(coin)
      },
      recentTrades: async (coin) => {
        asked.push(`trades ${coin}`)
        return []
      },
      candles: async (coin, interval, fromTs) => {
        asked.push(`candles ${coin} ${interval} ${fromTs}`)
        return []
      },
      mids: async () => {
        asked.push('mids')
        return { kind: 'mids', mids: {}, receivedTs: 1 }
      },
    },
    down: () => feeds,
    onEvents: (more) => void events.push(...more),
    clock: { monotonicMs: () => nowMs, now: () => 1_000_000 },
    afterMs,
    log: silentLog,
  })

beforeEach(() => {
  nowMs = 0
  feeds = []
  asked = []
  events = []
  fallback = make(20_000)
})
const at = async (ms: number): Promise<void> => {
  nowMs = ms
  await fallback.run()
}
const down = (channel: string, coin = 'BTC'): DownFeed => ({ channel, coin, openedTs: 600_000 })

test('a stream that is down for long enough is asked for at its pace, and no more once it is back', async () => {
  feeds = [down('l2Book')]
  await at(0)
  await at(19_999)
  expect(asked).toEqual([])
  await at(20_000)
  await at(20_000 + (PACE_MS.l2Book ?? 0) - 1)
  expect(asked).toEqual(['book BTC'])
  await at(20_000 + (PACE_MS.l2Book ?? 0))
  expect(asked).toHaveLength(2)
  feeds = []
  await at(200_000)
  feeds = [down('l2Book')]
  await at(200_001)
  expect(asked).toHaveLength(2)
})

test('each kind has its question; best prices and contexts have none', async () => {
  feeds = ['trades', 'candle:1m', 'allMids', 'bbo', 'activeAssetCtx', 'userFills'].map((each) => down(each))
  await at(0)
  await at(20_000)
  expect(asked).toEqual(['trades BTC', 'candles BTC 1m 540000', 'mids'])
  expect(fallback.answered()).toBe(3)
})

test('a question that fails, or a coin that is gone, costs itself alone', async () => {
  feeds = [down('l2Book', 'DEAF'), down('l2Book', 'GONE'), down('l2Book')]
  await at(0)
  await at(20_000)
  expect(events).toEqual([book('BTC')])
})

test('zero turns it off', async () => {
  fallback = make(0)
  feeds = [down('l2Book')]
  await at(0)
  await at(1_000_000)
  expect(asked).toEqual([])
})
