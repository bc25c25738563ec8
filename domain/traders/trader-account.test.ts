/** Tests of one trader on the tape: sizes, entries, what is remembered, and how sure we are. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ONE_E8, parseFixed } from '#domain/fixed-point.ts'
import { HOUR_MS } from '#domain/time.ts'
import { createOutages } from '#domain/traders/outages.ts'
import {
  confidenceOf,
  entryAfter,
  fold,
  LIMITS,
  newTrader,
  uncertaintyOf,
} from '#domain/traders/trader-account.ts'

const e8 = (value: number) => parseFixed(value.toFixed(8))

it('averages the entry when a position grows, keeps it when it shrinks, and takes the price when it flips', () => {
  const held = { szE8: e8(2), entryPxE8: e8(100) }
  expect(entryAfter(held, e8(2), e8(110))).toBe(e8(105))
  expect(entryAfter(held, e8(-1), e8(110))).toBe(e8(100))
  expect(entryAfter(held, e8(-3), e8(110))).toBe(e8(110))
  expect(entryAfter(held, e8(-2), e8(110))).toBe(0n)
  expect(entryAfter({ szE8: 0n, entryPxE8: 0n }, e8(-1), e8(110))).toBe(e8(110))
  expect(entryAfter({ szE8: e8(-2), entryPxE8: e8(100) }, e8(-2), e8(90))).toBe(e8(95))
  expect(entryAfter({ szE8: e8(2), entryPxE8: 0n }, e8(1), e8(90))).toBe(0n) // nobody knows the first half
})

it('does not count a trade that the state which was read holds already', () => {
  const trader = { ...newTrader('0xa'), baseTs: 1_000 }
  expect(fold(trader, { coin: 'BTC', ts: 1_000, pxE8: ONE_E8, deltaE8: ONE_E8 })).toBeNull()
  expect(fold(trader, { coin: 'BTC', ts: 1_001, pxE8: ONE_E8, deltaE8: ONE_E8 })?.now.szE8).toBe(ONE_E8)
})

it('keeps thousands of fills of a moment as one change, and forgets what is old', () => {
  const trader = { ...newTrader('0xa'), isTracked: true }
  for (let at = 0; at < 5_000; at++) fold(trader, { coin: 'BTC', ts: 1_000, pxE8: ONE_E8, deltaE8: 1n })
  expect(trader.recent).toEqual([{ coin: 'BTC', ts: 1_000, deltaE8: 5_000n }])
  fold(trader, { coin: 'BTC', ts: 1_001 + 2 * LIMITS.recentMs, pxE8: ONE_E8, deltaE8: 1n })
  expect(trader.recent).toHaveLength(1)
  expect(trader.recentFromTs).toBe(1_001 + LIMITS.recentMs)
})

it('forgets the older half of too many changes, and says since when it knows them all', () => {
  const trader = { ...newTrader('0xa'), isTracked: true }
  for (let at = 0; at <= LIMITS.recentMax; at++)
    fold(trader, { coin: `C${at % 50}`, ts: 1_000 + (at >> 1), pxE8: ONE_E8, deltaE8: 1n })
  expect(trader.recent.length).toBeLessThan(LIMITS.recentMax)
  expect(trader.recent.every(({ ts }) => ts >= trader.recentFromTs)).toBe(true)
})

it('is sure of nothing before the venue was asked, of everything right after, and less with every torn minute', () => {
  const outages = createOutages()
  const trader = newTrader('0xa')
  fold(trader, { coin: 'BTC', ts: 500, pxE8: ONE_E8, deltaE8: ONE_E8 })
  expect(confidenceOf(trader, 'BTC', outages, 1_000)).toBe(0)
  expect(uncertaintyOf(trader, outages, 1_000)).toBe(Number.POSITIVE_INFINITY)
  trader.baseTs = 1_000
  expect(confidenceOf(trader, 'BTC', outages, 1_000)).toBe(1)
  const old = confidenceOf(trader, 'BTC', outages, 1_000 + HOUR_MS)
  expect(old).toBeLessThan(1)
  outages.note('BTC', 2_000, 62_000)
  expect(confidenceOf(trader, 'BTC', outages, 1_000 + HOUR_MS)).toBeLessThan(old)
  expect(confidenceOf(trader, 'ETH', outages, 1_000 + HOUR_MS)).toBe(old)
})

it('is less sure of the busy than of the quiet after the same tear, and of the blurred most', () => {
  const outages = createOutages([['BTC', HOUR_MS, HOUR_MS + 60_000]])
  const make = (trades: number) => {
    const trader = newTrader(`0x${trades}`)
    for (let at = 0; at < trades; at++)
      fold(trader, { coin: 'BTC', ts: 1 + at, pxE8: ONE_E8, deltaE8: ONE_E8 })
    trader.baseTs = 60_000
    return trader
  }
  const now = 2 * HOUR_MS
  expect(uncertaintyOf(make(500), outages, now)).toBeGreaterThan(uncertaintyOf(make(3), outages, now))
  expect(uncertaintyOf({ ...make(3), isBlurred: true }, outages, now)).toBeGreaterThan(1)
})

it('always holds the sum of its trades', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.integer({ min: 1, max: 1_000_000 })),
      ),
      (trades) => {
        const trader = { ...newTrader('0xa'), baseTs: 1 }
        let sum = 0n
        for (const [at, [size, px]] of trades.entries()) {
          sum += BigInt(size)
          fold(trader, { coin: 'BTC', ts: at + 2, pxE8: BigInt(px), deltaE8: BigInt(size) })
        }
        const position = trader.positions.get('BTC')
        expect(position?.szE8 ?? 0n).toBe(sum)
        if (sum === 0n) expect(position?.entryPxE8 ?? 0n).toBe(0n)
      },
    ),
  )
})
