/** A session with entries and exits on shorter candles: which histories it warms up with, from where it goes on, and what it fills gaps with. */
// Not here: one candle length (control-candles.test.ts), what is due when (domain/strategies/cadence.test.ts).
import { expect, test } from 'vitest'
import { withCoins } from '#domain/session/candle-cursor.ts'
import { decideOnCandles, warmUp } from '#domain/session/control-candles.ts'
import type { CandleSnapshot, ClosedCandle } from '#domain/session/types.ts'
import { ownState } from '#domain/strategies/cadence.ts'
import { readCheckpoint } from '#domain/trading/checkpoint.ts'
import { bookOf, candleSession, candlesOf, fakeEffects } from '#tests/support/session-effects.ts'
import { START_TS } from '#tests/support/session-ports.ts'

const MINUTE = 60_000
const input = candleSession({
  params: {
    ...{ strategy: 'ema_cross', fast_bars: 2, slow_bars: 4, atr_bars: 3 },
    ...{ interval: '5m', exit_interval: '1m' },
  },
})
const closeAt = (minute: number): number => 100 + minute / 10
const minutes = (from: number, until: number): ClosedCandle[] =>
  candlesOf(
    Array.from({ length: until - from }, (_, at) => closeAt(from + at)),
    from,
  )
/** Whole long candles until `until`, minutes. */
const longs = (until: number): ClosedCandle[] =>
  Array.from({ length: Math.floor(until / 5) }, (_, at) => ({
    ...{ coin: 'BTC', interval: '5m' as const, openTs: at * 5 * MINUTE, volume: 5 },
    ...{
      open: closeAt(5 * at),
      low: closeAt(5 * at) - 1,
      high: closeAt(5 * at + 4) + 1,
      close: closeAt(5 * at + 4),
    },
  }))

/** A book that has warmed up at this minute. */
async function warmAt(until: number) {
  const { effects } = fakeEffects()
  const asked: { interval: string; bars: number }[] = []
  effects.history = async ({ interval, bars }) => {
    asked.push({ interval, bars })
    return (interval === '5m' ? longs(until) : minutes(0, until)).slice(-bars)
  }
  const book = bookOf(input)
  await warmUp(book, effects)
  const decide = (candles: readonly ClosedCandle[]) =>
    decideOnCandles(
      book,
      effects,
      {
        ...{ ts: START_TS, candles, positions: [], markPx: { BTC: '105' }, equityUsd: '1000', openOrders: 0 },
        touch: { BTC: { bid: '105', ask: '105.1' } },
      } as CandleSnapshot,
      { closeOnly: false, mayAct: () => true },
    )
  const barsSeen = (): number => (ownState(book.strategy?.coins.BTC) as { slow: { seen: number } }).slow.seen
  return { asked, barsSeen, book, decide }
}

test('the warm-up asks for the long candles and then for the short ones since', async () => {
  const { asked, barsSeen, book } = await warmAt(53)
  expect(asked).toEqual([
    { interval: '5m', bars: 8 },
    { interval: '1m', bars: 12 },
  ])
  expect(barsSeen()).toBe(8)
  expect(book.checkpoint.candleOpenTs).toEqual({ BTC: 52 * MINUTE })
  expect(book.strategy?.coins.BTC).toMatchObject({ bar: { openTs: 50 * MINUTE, close: closeAt(52) } })
})

test('every short candle is decided on; the long one ends in its time', async () => {
  const { barsSeen, book, decide } = await warmAt(53)
  await decide(minutes(53, 54))
  expect([barsSeen(), book.recent.at(-1)?.gate]).toEqual([8, 'ENTRY_INTERVAL'])
  await decide(minutes(54, 55))
  expect([barsSeen(), book.recent.at(-1)?.kind]).toEqual([9, 'enter'])
})

test('short candles that were missed are read, and make the same long ones', async () => {
  const [missed, whole] = [await warmAt(53), await warmAt(53)]
  missed.asked.length = 0
  const { effects } = fakeEffects()
  effects.history = async () => minutes(50, 58)
  await decideOnCandles(
    missed.book,
    effects,
    {
      ...{
        ts: START_TS,
        candles: minutes(57, 58),
        positions: [],
        markPx: {},
        equityUsd: '1000',
        openOrders: 0,
      },
      touch: {},
    } as CandleSnapshot,
    { closeOnly: true, mayAct: () => false },
  )
  for (let minute = 53; minute < 58; minute += 1) await whole.decide(minutes(minute, minute + 1))
  expect(missed.barsSeen()).toBe(9)
  expect(missed.book.checkpoint.candleOpenTs).toEqual(whole.book.checkpoint.candleOpenTs)
  expect(missed.book.strategy?.coins.BTC).toMatchObject({ bar: { openTs: 55 * MINUTE, close: closeAt(57) } })
})

test('a checkpoint of a session with one length is read, and a change to two begins at the short candles', async () => {
  const { book } = await warmAt(53)
  const old = { ...book.checkpoint, lastCandleOpenTs: 45 * MINUTE, candleOpenTs: { BTC: 45 * MINUTE } }
  const read = readCheckpoint(JSON.parse(JSON.stringify(old)))
  expect(read && withCoins(read, ['BTC']).candleOpenTs).toEqual({ BTC: 45 * MINUTE })
  const again = await warmAt(54)
  expect(again.book.checkpoint.candleOpenTs).toEqual({ BTC: 53 * MINUTE })
})
