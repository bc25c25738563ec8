/** Decisions on candles: each candle is stepped once and in order, gaps are read first, and only the last one is acted on. */
import { describe, expect, test } from 'vitest'
import { parseCloid } from '#domain/ids.ts'
import type { SessionBook } from '#domain/session/book.ts'
import { decideOnCandles, warmUp } from '#domain/session/control-candles.ts'
import type { CandleSnapshot } from '#domain/session/types.ts'
import { holding, limitsOf } from '../../tests/support/segment-inputs.ts'
import { bookOf, candleSession, candlesOf, fakeEffects } from '../../tests/support/session-effects.ts'
import { RUN, START_TS } from '../../tests/support/session-ports.ts'

const input = candleSession()
const RISING = [100, 101, 102, 103, 104, 105]
const FALLING = [...RISING].reverse()

const snapshotOf = (snapshot: Partial<CandleSnapshot> = {}): CandleSnapshot => ({
  ts: START_TS,
  candles: [],
  positions: [],
  markPx: { BTC: '100' },
  touch: { BTC: { bid: '99.9', ask: '100.1' } },
  equityUsd: '1000',
  openOrders: 0,
  ...snapshot,
})

async function warm(closes: readonly number[] = RISING, change: Partial<SessionBook> = {}) {
  const fakes = fakeEffects()
  const book = bookOf(input, { epoch: 3, ...change })
  fakes.state.candles = candlesOf(closes)
  await warmUp(book, fakes.effects)
  fakes.state.asked = []
  const decide = (snapshot: CandleSnapshot, options: { closeOnly?: boolean; mayAct?: boolean } = {}) =>
    decideOnCandles(book, fakes.effects, snapshot, {
      closeOnly: options.closeOnly ?? false,
      mayAct: () => options.mayAct ?? true,
    })
  return { ...fakes, book, decide }
}

test('warming up asks for twice the window, steps over all of it, and decides nothing', async () => {
  const { effects, state } = fakeEffects()
  const book = bookOf(input)
  state.candles = candlesOf(RISING)
  await warmUp(book, effects)
  expect(state.asked).toEqual([{ coin: 'BTC', interval: '1m', bars: 8 }])
  expect([book.checkpoint.lastCandleOpenTs, book.pending.intents, book.recent]).toEqual([6 * 60_000, [], []])
})

test('a candle with the trend makes one entry under the epoch, with a stop and one decision', async () => {
  const { book, decide } = await warm()
  await decide(snapshotOf({ candles: candlesOf([106], 7) }))
  expect(book.recent).toMatchObject([{ kind: 'enter', reason: 'EMA_UP', gate: '', ts: START_TS }])
  expect(book.pending.intents).toMatchObject([{ side: 'buy', tif: 'ioc' }])
  expect(book.pending.intents.map(({ cloid }) => parseCloid(cloid))).toMatchObject([
    { epoch: 3, run: RUN, seq: 0 },
  ])
  expect(book.pending.stops).toMatchObject([{ coin: 'BTC' }])
  expect(book.checkpoint).toMatchObject({ seq: 1, lastCandleOpenTs: 7 * 60_000 })
})

test('candles that were seen already decide nothing', async () => {
  const { book, decide } = await warm()
  await decide(snapshotOf({ candles: candlesOf([105], 6) }))
  expect([book.recent, book.pending.intents]).toEqual([[], []])
})

test('of several new candles only the last one is decided on', async () => {
  const { book, decide } = await warm()
  await decide(snapshotOf({ candles: candlesOf([106, 107, 108], 7) }))
  expect(book.recent.map(({ inputs }) => inputs.open_ts)).toEqual([9 * 60_000])
})

describe('candles that the process missed', () => {
  test('are read first and stepped in their order', async () => {
    const { book, decide, state } = await warm()
    state.candles = candlesOf([106, 107, 108], 7)
    await decide(snapshotOf({ candles: candlesOf([108], 9) }))
    expect(state.asked).toEqual([{ coin: 'BTC', interval: '1m', bars: 2 + 1 + 2 }])
    const whole = await warm([...RISING, 106, 107])
    await whole.decide(snapshotOf({ candles: candlesOf([108], 9) }))
    expect(book.strategy).toEqual(whole.book.strategy)
  })

  test('of after the snapshot are left for the next decision', async () => {
    const { book, decide, state } = await warm()
    state.candles = candlesOf([106, 107, 108, 109], 7)
    await decide(snapshotOf({ candles: candlesOf([108], 9) }))
    expect(book.checkpoint.lastCandleOpenTs).toBe(9 * 60_000)
  })

  test('that cannot be read leave the book untouched, for the next try', async () => {
    const { book, decide, effects } = await warm()
    const before = structuredClone({ ...book })
    effects.history = () => Promise.reject(new TypeError('weather'))
    await expect(decide(snapshotOf({ candles: candlesOf([108], 9) }))).rejects.toThrow('weather')
    expect({ ...book }).toEqual(before)
  })

  test('are not asked for when none is missing', async () => {
    const { decide, state } = await warm()
    await decide(snapshotOf({ candles: candlesOf([106], 7) }))
    expect(state.asked).toEqual([])
  })
})

test.each([
  { what: 'under close_only', options: { closeOnly: true }, gate: 'KILL_CLOSE_ONLY' },
  { what: 'interrupted by a wish', options: { mayAct: false }, gate: 'INTERRUPTED' },
])('$what the entry is decided and not sent: $gate', async ({ options, gate }) => {
  const { book, decide } = await warm()
  await decide(snapshotOf({ candles: candlesOf([106], 7) }), options)
  expect([book.pending.intents, book.recent.map((decision) => decision.gate)]).toEqual([[], [gate]])
})

test.each([
  { order_usd_max: 1_000, gate: '', sent: 1 },
  { order_usd_max: 900, gate: 'RISK_ORDER_NOTIONAL', sent: 0 },
])(
  'with orders of at most $order_usd_max USD an entry of 1000 sends $sent',
  async ({ order_usd_max, gate, sent }) => {
    const { book, decide } = await warm(RISING, { limits: limitsOf({ order_usd_max }) })
    await decide(snapshotOf({ candles: candlesOf([106], 7) }))
    expect([book.pending.intents.length, book.recent[0]?.gate]).toEqual([sent, gate])
  },
)

describe('while a position is held', () => {
  const { positions } = holding('5')

  test('an exit passes close_only', async () => {
    const { book, decide } = await warm(FALLING)
    await decide(snapshotOf({ candles: candlesOf([90], 7), positions }), { closeOnly: true })
    expect(book.pending.intents).toMatchObject([
      { side: 'sell', sz: '5', reduce_only: true, purpose: 'exit' },
    ])
  })

  test.each([
    { before: '200', after: '200' }, // tighter than anything the strategy would say
    { before: '1', after: null },
  ])('a stop that lay at $before never moves away', async ({ before, after }) => {
    const pending = { decisions: [], intents: [], stops: [{ coin: 'BTC', px: before }] }
    const { book, decide } = await warm(RISING, { pending })
    await decide(snapshotOf({ candles: candlesOf([106], 7), positions }))
    const px = book.pending.stops[0]?.px ?? ''
    if (after !== null) expect(px).toBe(after)
    else expect(Number(px)).toBeGreaterThan(100)
  })

  test('a flat account forgets the stop of the position before', async () => {
    const pending = { decisions: [], intents: [], stops: [{ coin: 'BTC', px: '200' }] }
    const { book, decide } = await warm(
      RISING.map(() => 100),
      { pending },
    )
    await decide(snapshotOf({ candles: candlesOf([100], 7) }))
    expect(book.pending.stops).toEqual([])
  })
})

describe('several coins', () => {
  const two = candleSession({ coins: ['BTC', 'ETH'] })
  const of = (coin: string, closes: readonly number[], first = 1) =>
    candlesOf(closes, first).map((candle) => ({ ...candle, coin }))
  const both = { BTC: { bid: '99.9', ask: '100.1' }, ETH: { bid: '99.9', ask: '100.1' } }

  async function warmBoth(change: Partial<SessionBook> = {}) {
    const fakes = fakeEffects()
    const book = bookOf(two, { epoch: 3, sizeDecimals: { BTC: 3, ETH: 3 }, ...change })
    fakes.effects.history = async ({ coin }) => of(coin, coin === 'BTC' ? RISING : FALLING)
    await warmUp(book, fakes.effects)
    const decide = (snapshot: CandleSnapshot) =>
      decideOnCandles(book, fakes.effects, snapshot, { closeOnly: false, mayAct: () => true })
    return { ...fakes, book, decide }
  }

  test('are decided at one bar, each with its own order, stop and decision', async () => {
    const { book, decide } = await warmBoth()
    await decide(snapshotOf({ candles: [...of('BTC', [106], 7), ...of('ETH', [99], 7)], touch: both }))
    expect(book.pending.intents.map(({ coin, side }) => `${coin} ${side}`)).toEqual(['BTC buy', 'ETH sell'])
    expect(book.pending.stops.map(({ coin }) => coin)).toEqual(['BTC', 'ETH'])
    expect(book.recent.map(({ coin, reason }) => `${coin} ${reason}`)).toEqual(['BTC EMA_UP', 'ETH EMA_DOWN'])
    expect(new Set(book.pending.intents.map(({ cloid }) => cloid)).size).toBe(2)
    expect(book.checkpoint.candleOpenTs).toEqual({ BTC: 7 * 60_000, ETH: 7 * 60_000 })
  })

  test('one that comes late is decided by itself, and the stop of the other stays', async () => {
    const { book, decide } = await warmBoth()
    await decide(snapshotOf({ candles: of('BTC', [106], 7), touch: both }))
    const [stop] = book.pending.stops
    book.pending = { ...book.pending, intents: [] }
    await decide(snapshotOf({ candles: of('ETH', [99], 7), touch: both }))
    expect(book.pending.intents.map(({ coin }) => coin)).toEqual(['ETH'])
    expect(book.pending.stops[0]).toEqual(stop)
    expect(book.recent.map(({ coin }) => coin)).toEqual(['BTC', 'ETH'])
  })

  test('one that leaves the watchlist opens nothing, and still closes', async () => {
    const candles = [...of('BTC', [106], 7), ...of('ETH', [99], 7)]
    const leaving = await warmBoth({ leaving: ['BTC'] })
    await leaving.decide(snapshotOf({ candles, touch: both }))
    expect(leaving.book.pending.intents.map(({ coin }) => coin)).toEqual(['ETH'])
    expect(leaving.book.recent.find(({ coin }) => coin === 'BTC')?.gate).toBe('LEAVING_WATCHLIST')
    const held = await warmBoth({ leaving: ['ETH'] })
    const positions = holding('5').positions.map((position) => ({ ...position, coin: 'ETH' }))
    await held.decide(snapshotOf({ candles, touch: both, positions }))
    expect(held.book.pending.intents).toMatchObject([{ coin: 'ETH', purpose: 'exit' }, { coin: 'BTC' }])
  })

  test('prices that are too old open nothing there, and stop nobody else', async () => {
    const { book, decide } = await warmBoth()
    const fact = (ageMs: number | null) => ({ oraclePx: null, fundingRate: null, ageMs })
    const facts = { BTC: fact(30_001), ETH: fact(30_000) }
    await decide(snapshotOf({ candles: [...of('BTC', [106], 7), ...of('ETH', [99], 7)], touch: both, facts }))
    expect(book.pending.intents.map(({ coin }) => coin)).toEqual(['ETH'])
  })

  test('a change of parameters learns anew and remembers the position', async () => {
    const { book, effects, decide } = await warmBoth()
    await decide(snapshotOf({ candles: [...of('BTC', [106], 7), ...of('ETH', [99], 7)], touch: both }))
    const before = structuredClone(book.strategy?.coins.BTC) as Record<string, unknown>
    book.params = { ...book.params, slow_bars: 5 } as SessionBook['params']
    await warmUp(book, effects)
    const after = book.strategy?.coins.BTC as Record<string, unknown>
    expect(after).toMatchObject({ stopPx: before.stopPx, held: before.held })
    expect(after.slow).not.toEqual(before.slow)
  })
})
