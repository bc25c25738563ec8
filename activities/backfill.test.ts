/** Healing of gaps against a venue in memory: what is fetched, what is told as missing, and that a repeat changes nothing. */
import { beforeEach, expect, test } from 'vitest'
import { type BackfillDeps, createBackfillActivities, type UnhealedGap } from '#activities/backfill.ts'
import { accountKey } from '#activities/heal-account.ts'
import type { IngestGapRow } from '#clickhouse/tables/operations.ts'
import { HoldfastError } from '#domain/errors.ts'
import type { AccountEvent, CandleEvent, FillEvent, TradeEvent } from '#domain/events.ts'
import { MINUTE_MS, nextCandleOpen } from '#domain/time.ts'

const T0 = Date.UTC(2026, 10, 20, 12)
const NOW = T0 + 30 * MINUTE_MS

const trade = (ts: number, tid: number): TradeEvent => ({
  kind: 'trade',
  ...{
    coin: 'BTC',
    ts,
    tid,
    side: 'buy',
    px: '10',
    sz: '1',
    hash: '',
    buyer: '',
    seller: '',
    receivedTs: NOW,
  },
})
const candle = (openTs: number, trades = 0): CandleEvent => ({
  kind: 'candle',
  ...{ coin: 'BTC', interval: '1m', openTs, closeTs: nextCandleOpen(openTs, '1m') - 1 },
  ...{ open: '1', high: '1', low: '1', close: '1', volume: '1', trades, receivedTs: NOW },
})
const gap = (more: Partial<UnhealedGap> = {}): UnhealedGap => ({
  ...{
    channel: 'trades',
    coin: 'BTC',
    reason: 'disconnect',
    status: 'closed',
    rows_recovered: 0,
    version: 5,
  },
  ...{ opened: T0 + 10_000, closed: T0 + 50_000 },
  ...more,
})

let venue: { trades: TradeEvent[]; candles: CandleEvent[]; account: AccountEvent[] | null }
let stored: { trades: TradeEvent[]; candles: CandleEvent[]; account: AccountEvent[] }
let gaps: UnhealedGap[]
let closed: IngestGapRow[]
let questions: string[]

beforeEach(() => {
  venue = { trades: [], candles: [], account: [] }
  stored = { trades: [], candles: [], account: [] }
  gaps = []
  closed = []
  questions = []
})

const deps: BackfillDeps = {
  clock: { now: () => NOW },
  unhealedGaps: async ({ include_open }) => gaps.filter(({ status }) => include_open || status !== 'open'),
  venue: {
    candles: async (coin, _interval, fromTs, untilTs) => {
      questions.push(`candles ${coin}`)
      return venue.candles.filter(({ openTs }) => openTs >= fromTs && openTs <= untilTs)
    },
    recentTrades: async (coin) => {
      questions.push(`trades ${coin}`)
      if (coin === 'DEAF') throw new HoldfastError('no', { code: 'X', retryable: true, hint: '' })
      return venue.trades
    },
  },
  stored: {
    candles: async (_coin, _interval, fromTs, untilTs) =>
      stored.candles.filter(({ openTs }) => openTs >= fromTs && openTs < untilTs),
    trades: async (_coin, fromTs, untilTs) =>
      stored.trades.filter(({ ts }) => ts >= fromTs && ts <= untilTs).map(({ ts, tid }) => ({ at: ts, tid })),
  },
  writeCandles: async (candles) => void stored.candles.push(...candles),
  writeTrades: async (trades) => void stored.trades.push(...trades),
  accountHistory: async (kind, _account, fromTs) =>
    venue.account?.filter((event) => event.kind === kind && event.ts >= fromTs) ?? null,
  storedAccountKeys: async (kind) =>
    new Set(stored.account.filter((event) => event.kind === kind).map(accountKey)),
  writeAccountEvents: async (events) => void stored.account.push(...events),
  writeGaps: async (rows) => void closed.push(...rows),
  warn: () => {},
  stillRunning: () => {},
}
const heal = createBackfillActivities(deps).healGaps

test('trades that reach behind the beginning of the gap make it whole; only new ones are stored', async () => {
  gaps = [gap()]
  venue.trades = [trade(T0 + 5_000, 1), trade(T0 + 10_000, 2), trade(T0 + 20_000, 3), trade(T0 + 55_000, 4)]
  stored.trades = [trade(T0 + 10_000, 2)]
  expect(await heal()).toMatchObject({ gaps: 1, recovered: 1, rows: 1 })
  expect(stored.trades.map(({ tid }) => tid)).toEqual([2, 3])
  expect(closed).toMatchObject([
    { status: 'recovered', rows_recovered: 1, remains: '', healed_ts: NOW, version: NOW },
  ])
  expect(questions).toEqual(['trades BTC'])
})

test('trades that do not reach so far are counted against the candles of these minutes', async () => {
  gaps = [gap()]
  venue.trades = [trade(T0 + 40_000, 8), trade(T0 + 45_000, 9)]
  venue.candles = [candle(T0, 12)]
  stored.trades = [trade(T0 + 1_000, 1), trade(T0 + 55_000, 10)]
  expect(await heal()).toMatchObject({ partial: 1, rows: 2 })
  expect(closed[0]?.remains).toBe(
    `up to 8 trades between ${new Date(T0 + 10_000).toISOString()} and ${new Date(T0 + 40_000).toISOString()}`,
  )
})

test('when the candles count no more trades than are stored, the gap is whole', async () => {
  gaps = [gap()]
  venue.trades = [trade(T0 + 45_000, 9)]
  venue.candles = [candle(T0, 2)]
  stored.trades = [trade(T0 + 1_000, 1)]
  expect(await heal()).toMatchObject({ recovered: 1, rows: 1 })
})

test('a gap of which nothing could be had is lost, not partial', async () => {
  gaps = [gap(), gap({ channel: 'bbo' }), gap({ channel: 'l2Book' }), gap({ channel: 'allMids', coin: '' })]
  venue.candles = [candle(T0, 3)]
  expect(await heal()).toMatchObject({ lost: 4, rows: 0 })
  expect(closed.every(({ remains }) => remains !== '')).toBe(true)
})

test('candles that ended in the gap are fetched, those that differ replaced, the forming one left to the stream', async () => {
  gaps = [gap({ channel: 'candle:1m', closed: T0 + 3 * MINUTE_MS + 1 })]
  venue.candles = [0, 1, 2, 3].map((at) => candle(T0 + at * MINUTE_MS, at))
  stored.candles = [candle(T0, 0), candle(T0 + MINUTE_MS, 7)]
  expect(await heal()).toMatchObject({ recovered: 1, rows: 2 })
  expect(stored.candles.slice(2).map(({ openTs, trades }) => [openTs - T0, trades])).toEqual([
    [MINUTE_MS, 1],
    [2 * MINUTE_MS, 2],
  ])
})

test('a gap within one candle asks for nothing: the stream tells that candle whole', async () => {
  gaps = [gap({ channel: 'candle:1m' })]
  expect(await heal()).toMatchObject({ recovered: 1, rows: 0 })
  expect(questions).toEqual([])
})

const fill = (ts: number, tid: number): FillEvent => ({
  kind: 'fill',
  ...{ account: 'main', coin: 'BTC', ts, tid, oid: 1, cloid: '', side: 'buy', px: '1', sz: '1' },
  ...{ startPosition: '0', direction: 'Open Long', closedPnl: '0', fee: '0', crossed: true, hash: '' },
  ...{ snapshot: false, receivedTs: NOW },
})

test('fills of a gap come from the history of the account, each once', async () => {
  gaps = [gap({ channel: 'userFills', coin: 'main' })]
  venue.account = [fill(T0 + 20_000, 1), fill(T0 + 30_000, 2), fill(T0 + 20 * MINUTE_MS, 3)]
  stored.account = [fill(T0 + 20_000, 1)]
  expect(await heal()).toMatchObject({ recovered: 1, rows: 1 })
  expect(stored.account.map(accountKey)).toEqual([`${T0 + 20_000} BTC 1`, `${T0 + 30_000} BTC 2`])
  expect(await heal()).toMatchObject({ recovered: 1, rows: 0 })
})

test('an account that is gone says so', async () => {
  gaps = [gap({ channel: 'orderUpdates', coin: 'main' })]
  venue.account = null
  expect(await heal()).toMatchObject({ lost: 1 })
})

test('a gap that is still open is fetched on demand and stays open; one that fails is left for the next run', async () => {
  gaps = [gap({ status: 'open', closed: 0 }), gap({ coin: 'DEAF' })]
  venue.trades = [trade(T0, 1), trade(T0 + 20_000, 2)]
  expect(await heal()).toMatchObject({ gaps: 1, failed: 1 })
  expect(await heal({ include_open: true })).toMatchObject({ gaps: 2, failed: 1, rows: 1 })
  expect(closed).toEqual([])
})

test('several gaps of one coin cost one question for its trades', async () => {
  gaps = [gap(), gap({ opened: T0 + 52_000, closed: T0 + 53_000 })]
  venue.trades = [trade(T0, 1)]
  await heal()
  expect(questions).toEqual(['trades BTC'])
})
