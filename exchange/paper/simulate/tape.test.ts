/** A packed market is the market: what is played equals what was recorded, and the synthetic tape equals the synthetic source. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Clock } from '#domain/time.ts'
import { createEngine } from '#exchange/paper/engine/engine.ts'
import { parseUnits } from '#exchange/paper/engine/units.ts'
import { coinSpec } from '#exchange/paper/market/known-coins.ts'
import { syntheticTape } from '#exchange/paper/simulate/make-tape.ts'
import { KIND, TapeBuilder, type TapeLevel } from '#exchange/paper/simulate/tape.ts'
import { TapePlayer } from '#exchange/paper/simulate/tape-player.ts'
import type { SourceEvent } from '#exchange/paper/sources/source.ts'
import { createSyntheticSource } from '#exchange/paper/sources/synthetic.ts'

const SPECS = [coinSpec('BTC', 0), coinSpec('ETH', 1)]

/** Levels of one side, best first. */
const Side = (isBid: boolean) =>
  fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 22 }).chain((offsets) =>
    fc.tuple(
      ...offsets
        .sort((a, b) => a - b)
        .map((offset) =>
          fc.record({
            px: fc.constant(isBid ? 10_000 - offset : 10_000 + offset),
            sz: fc.integer({ min: 1, max: 9 }),
          }),
        ),
    ),
  )
const Event = fc.oneof(
  fc.record({ kind: fc.constant('book' as const), asset: fc.nat(1), bids: Side(true), asks: Side(false) }),
  fc.record({
    kind: fc.constant('bbo' as const),
    asset: fc.nat(1),
    bid: fc.option(
      fc.record({ px: fc.integer({ min: 9_930, max: 10_000 }), sz: fc.integer({ min: 1, max: 9 }) }),
    ),
    ask: fc.option(
      fc.record({ px: fc.integer({ min: 10_001, max: 10_070 }), sz: fc.integer({ min: 1, max: 9 }) }),
    ),
  }),
  fc.record({
    kind: fc.constant('trade' as const),
    asset: fc.nat(1),
    px: fc.integer({ min: 9_900, max: 10_100 }),
    sz: fc.integer({ min: 1, max: 9 }),
    isBuy: fc.boolean(),
  }),
)

const plain = (levels: readonly TapeLevel[]) => levels.map(({ px, sz }) => ({ px, sz }))
const engineLevels = (levels: readonly TapeLevel[]) => levels.map(({ px, sz }) => ({ px, sz, n: 1 }))

test('played events leave the engine with the very books that were packed, bbo in front of them', () => {
  fc.assert(
    fc.property(fc.array(Event, { maxLength: 60 }), (events) => {
      const builder = new TapeBuilder(SPECS)
      const direct = createEngine({ specs: SPECS, seed: 1 })
      const books = SPECS.map(() => ({ bids: [] as TapeLevel[], asks: [] as TapeLevel[] }))
      const wanted = events.map((event, at) => {
        if (event.kind === 'trade') {
          builder.trade(at, event.asset, event)
          direct.publicTrade(at, event.asset, { aggressorIsBuy: event.isBuy, px: event.px, sz: event.sz })
        } else if (event.kind === 'book') {
          builder.book(at, event.asset, event.bids, event.asks)
          const book = { bids: event.bids.slice(0, 20), asks: event.asks.slice(0, 20) }
          books[event.asset] = book
          direct.bookSnapshot(at, event.asset, {
            bids: engineLevels(book.bids),
            asks: engineLevels(book.asks),
          })
        } else {
          const { bid, ask } = event
          builder.bbo(at, event.asset, bid, ask)
          const book = books[event.asset] ?? { bids: [], asks: [] }
          direct.bookSnapshot(at, event.asset, {
            bids: bid ? engineLevels([bid, ...book.bids.filter(({ px }) => px < bid.px)]) : [],
            asks: ask ? engineLevels([ask, ...book.asks.filter(({ px }) => px > ask.px)]) : [],
            touchOnly: true,
          })
        }
        return direct.state.markets.map(({ bids, asks }) => [plain(bids), plain(asks)])
      })
      const player = new TapePlayer(builder.finish('test'), 1)
      for (const [at, markets] of wanted.entries()) {
        player.play(at)
        expect(player.engine.state.markets.map(({ bids, asks }) => [plain(bids), plain(asks)])).toEqual(
          markets,
        )
      }
    }),
  )
})

test('what an own order took comes back with the next book, and not before', () => {
  const builder = new TapeBuilder(SPECS)
  const [bids, asks] = [[{ px: 999_900, sz: 50_000 }], [{ px: 1_000_100, sz: 50_000 }]]
  builder.book(1, 0, bids, asks)
  builder.trade(2, 0, { px: 999_000, sz: 1, isBuy: true })
  builder.book(3, 0, bids, asks)
  const player = new TapePlayer(builder.finish('test'), 1)
  player.engine.deposit(1, '0xa', 10_000_000_000)
  player.play(0)
  const order = { asset: 0, isBuy: true, px: 1_000_100, sz: 10_000, reduceOnly: false, tif: 'Ioc' as const }
  const whole = { orders: [{ ...order, trigger: null, cloid: null }], grouping: 'na' as const, builder: null }
  expect(player.engine.placeOrders(1, '0xa', whole)).toMatchObject([{ kind: 'filled' }])
  player.ate(0)
  player.play(1)
  expect(player.engine.state.markets[0]?.asks[0]?.sz).toBe(40_000)
  player.play(2)
  expect(player.engine.state.markets[0]?.asks[0]?.sz).toBe(50_000)
})

test('the synthetic tape is the market of the synthetic source, event by event', async () => {
  const startTs = Date.UTC(2026, 0, 1)
  let now = startTs
  const clock: Clock = {
    now: () => now,
    monotonicMs: () => now,
    sleep: async (ms) => {
      now += ms
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
  const source = createSyntheticSource({ seed: 5, coins: ['BTC', 'ETH'], speed: 1, clock, traders: 50 })
  for (const _ of source.history()) {
    // walks to the beginning
  }
  const events: SourceEvent[] = []
  source.start({
    event: (event) => events.push(event),
    ready: async () => {},
    traderFills: () => {},
    catchUp: () => {},
  })
  while (now < startTs + 60_000) await new Promise((resolve) => setImmediate(resolve))
  await source.close()
  const tape = syntheticTape({ seed: 5, coins: ['BTC', 'ETH'], minutes: 1, startTs })
  const units = (asset: number, { px, sz }: { px: string; sz: string }) => {
    const { pxDecimals, szDecimals } = SPECS[asset] as (typeof SPECS)[number]
    return [parseUnits(px, pxDecimals), parseUnits(sz, szDecimals)]
  }
  const wanted = events.flatMap((event): unknown[][] => {
    if (event.kind === 'trades')
      return event.trades.map((trade) => [
        KIND.trade,
        trade.time,
        ...units(trade.coin === 'BTC' ? 0 : 1, trade),
        trade.side === 'B' ? 1 : 0,
      ])
    if (event.kind === 'bbo' && event.bid && event.ask) {
      const asset = event.coin === 'BTC' ? 0 : 1
      return [[KIND.bbo, event.ts, ...units(asset, event.bid), ...units(asset, event.ask)]]
    }
    return event.kind === 'book' ? [[KIND.book, event.ts]] : []
  })
  const width = { [KIND.trade]: 3, [KIND.bbo]: 4, [KIND.book]: 0 }
  const got = Array.from({ length: tape.length }, (_, at) => {
    const kind = tape.kinds[at] as 0 | 1 | 2
    const from = tape.from[at] as number
    return [kind, tape.ts[at], ...tape.data.slice(from, from + width[kind])]
  })
  const length = Math.min(wanted.length, got.length)
  expect(length).toBeGreaterThan(500)
  expect(got.slice(0, length)).toEqual(wanted.slice(0, length))
})
