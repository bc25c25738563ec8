/** The synthetic market is a function of its seed: the same again, another with another seed, and the same after a stop in the middle. */
import { expect, test } from 'vitest'
import { type Clock, MINUTE_MS } from '#domain/time.ts'
import type { HistoryCandle, MarketSource, SourceEvent } from '#exchange/paper/sources/source.ts'
import { createSyntheticSource } from '#exchange/paper/sources/synthetic.ts'
import type { SyntheticCheckpoint } from '#exchange/paper/sources/synthetic-options.ts'

const START = Date.UTC(2026, 10, 21, 12, 0, 0)
const COINS = ['BTC', 'ETH']

/** A clock that jumps over every sleep. */
function jumpingClock(from: number): Clock & { jump(ms: number): void } {
  let now = from
  return {
    now: () => now,
    monotonicMs: () => now,
    sleep: async (ms) => {
      now += ms
      await new Promise((resolve) => setImmediate(resolve))
    },
    jump: (ms) => {
      now += ms
    },
  }
}

interface Run {
  past: HistoryCandle[]
  events: { event: SourceEvent; catchingUp: boolean }[]
  source: MarketSource
}

async function run(options: {
  seed: number
  forMs: number
  from?: number
  checkpoint?: unknown
}): Promise<Run> {
  const from = options.from ?? START
  const clock = jumpingClock(from)
  const checkpoint = (options.checkpoint ?? null) as SyntheticCheckpoint | null
  const source = createSyntheticSource({ seed: options.seed, coins: COINS, speed: 1, clock, checkpoint })
  const past = [...source.history()]
  const events: Run['events'] = []
  let catchingUp = false
  source.start({
    event: (event) => events.push({ event, catchingUp }),
    ready: async () => {},
    traderFills: () => {},
    catchUp: (value) => {
      catchingUp = value
    },
  })
  while (clock.now() < from + options.forMs) await new Promise((resolve) => setImmediate(resolve))
  await source.close()
  return { past, events, source }
}

const tradesOf = ({ events }: Run) =>
  events.flatMap(({ event }) => (event.kind === 'trades' ? event.trades : []))

test('the same seed gives the same past and the same market, another seed another', async () => {
  const [one, two, other] = await Promise.all([
    run({ seed: 7, forMs: 30_000 }),
    run({ seed: 7, forMs: 30_000 }),
    run({ seed: 8, forMs: 30_000 }),
  ])
  expect(two.past).toEqual(one.past)
  const length = Math.min(one.events.length, two.events.length)
  expect(length).toBeGreaterThan(300)
  expect(two.events.slice(0, length)).toEqual(one.events.slice(0, length))
  expect(other.past.at(-1)).not.toEqual(one.past.at(-1))
})

test('the past is at least 5,000 minutes without a hole, and ends where the market begins', async () => {
  const { past, events } = await run({ seed: 7, forMs: 2_000 })
  const minutes = past.filter(({ asset, lengthMs }) => asset === 0 && lengthMs === MINUTE_MS)
  expect(minutes.length).toBeGreaterThanOrEqual(5_000)
  for (const [at, minute] of minutes.entries())
    if (at > 0) expect(minute.openTs - (minutes[at - 1]?.openTs ?? 0)).toBe(MINUTE_MS)
  expect(minutes.at(-1)?.openTs).toBe(START - MINUTE_MS)
  const first = events.find(({ event }) => event.kind === 'book' && event.coin === 'BTC')?.event
  const bid = first?.kind === 'book' ? Number(first.bids[0]?.px) : 0
  expect(Math.abs(bid / ((minutes.at(-1)?.close ?? 0) / 10) - 1)).toBeLessThan(0.01)
})

test('after a stop it repeats the minute it fell in, trade by trade, and closes the hole up to now', async () => {
  const whole = await run({ seed: 7, forMs: 5 * MINUTE_MS })
  const first = await run({ seed: 7, forMs: 2.5 * MINUTE_MS })
  const checkpoint = JSON.parse(JSON.stringify(first.source.checkpoint()))
  const second = await run({ seed: 7, from: START + 4 * MINUTE_MS, forMs: MINUTE_MS, checkpoint })
  const boundary = START + 2 * MINUTE_MS
  const wanted = tradesOf(whole).filter(({ time }) => time > boundary)
  const got = tradesOf(second)
  const length = Math.min(wanted.length, got.length)
  expect(length).toBeGreaterThan(500)
  expect(got.slice(0, length)).toEqual(wanted.slice(0, length))
  // What was missed fills history only: no order could trade on it.
  const missed = second.events.filter(({ catchingUp }) => catchingUp)
  expect(missed.length).toBeGreaterThan(1_000)
  expect(second.events.at(-1)?.catchingUp).toBe(false)
})

test('books are never crossed, 20 levels a side always, five to twenty frames a second', async () => {
  const { events } = await run({ seed: 3, forMs: 60_000 })
  const books = events.flatMap(({ event }) => (event.kind === 'book' ? [event] : []))
  for (const { bids, asks } of books) {
    expect([bids.length, asks.length]).toEqual([20, 20])
    expect(Number(bids[0]?.px)).toBeLessThan(Number(asks[0]?.px))
    for (const [at, { px }] of bids.entries())
      if (at > 0) expect(Number(px)).toBeLessThan(Number(bids[at - 1]?.px))
  }
  const perSecond =
    events.filter(({ event }) => (event.kind === 'trades' ? event.trades[0]?.coin : event.coin) === 'BTC')
      .length / 60
  expect(perSecond).toBeGreaterThan(4)
  expect(perSecond).toBeLessThan(25)
})
