/** Tests of comparing the tape with the venue: what agrees stays, what differs is corrected, and time is allowed to blur. */
import { expect, it } from 'vitest'
import { ONE_E8 } from '#domain/fixed-point.ts'
import { agreesWithFill, BLUR_MS, reconcile, worstError } from '#domain/traders/reconcile.ts'
import { fold, newTrader, type TraderAccount } from '#domain/traders/trader-account.ts'

const coins = (value: number) => BigInt(value) * ONE_E8
const state = (ts: number, held: Record<string, number>) => ({
  ts,
  positions: Object.entries(held).map(([coin, size]) => ({ coin, szE8: coins(size), entryPxE8: coins(50) })),
})

function make(trades: readonly [ts: number, size: number][], base = 0): TraderAccount {
  const trader = { ...newTrader('0xa'), isTracked: true, baseTs: base }
  for (const [ts, size] of trades) fold(trader, { coin: 'BTC', ts, pxE8: coins(100), deltaE8: coins(size) })
  return trader
}
const size = (trader: TraderAccount, coin = 'BTC') => trader.positions.get(coin)?.szE8

it('begins with the venue and adds what was traded since', () => {
  const trader = make([
    [10_000, 1],
    [90_000, 2],
  ])
  const result = reconcile(trader, state(50_000, { BTC: 5, ETH: -3 }))
  expect(result).toMatchObject({ isFirst: true, ts: 50_000 })
  expect([size(trader), size(trader, 'ETH')]).toEqual([coins(7), coins(-3)])
  expect(trader.positions.get('ETH')?.entryPxE8).toBe(coins(50))
  expect(trader.baseTs).toBe(50_000)
})

it('changes nothing when both agree', () => {
  const trader = make(
    [
      [20_000, 1],
      [90_000, 2],
    ],
    1,
  )
  const result = reconcile(trader, state(50_000, { BTC: 1 }))
  expect(result?.coins).toEqual([{ coin: 'BTC', believedE8: coins(1), truthE8: coins(1), corrected: false }])
  expect(size(trader)).toBe(coins(3))
})

it('corrects what differs, tells the error, and keeps what was traded since', () => {
  const trader = make(
    [
      [20_000, 1],
      [90_000, 2],
    ],
    1,
  )
  const result = reconcile(trader, state(50_000, { BTC: 4 }))
  expect(result?.coins).toEqual([{ coin: 'BTC', believedE8: coins(1), truthE8: coins(4), corrected: true }])
  expect(size(trader)).toBe(coins(6))
  expect(result && worstError(result)).toBe(0.75)
})

it('closes what the venue does not list, and opens what the tape never showed', () => {
  const trader = make([[20_000, 1]], 1)
  const result = reconcile(trader, state(50_000, { SOL: 2 }))
  expect([size(trader), size(trader, 'SOL')]).toEqual([0n, coins(2)])
  expect(result && worstError(result)).toBe(Number.POSITIVE_INFINITY)
})

it('lets a trade near the moment be on either side of it', () => {
  const early = make([[50_000 - BLUR_MS, 3]], 1)
  expect(reconcile(early, state(50_000, {}))?.coins[0]?.corrected).toBe(false)
  expect(size(early)).toBe(coins(3)) // the state was taken before the trade
  const late = make([[50_000 + BLUR_MS, 3]], 1)
  expect(reconcile(late, state(50_000, { BTC: 3 }))?.coins[0]?.corrected).toBe(false)
  expect(size(late)).toBe(coins(3))
})

it('does not let a trade further away', () => {
  const trader = make([[50_000 + BLUR_MS + 1, 3]], 1)
  expect(reconcile(trader, state(50_000, { BTC: 3 }))?.coins[0]?.corrected).toBe(true)
  expect(size(trader)).toBe(coins(6))
  expect(trader.isBlurred).toBe(false)
})

it('wants to look again when a correction is blurred by a trade', () => {
  const trader = make([[50_500, 3]], 1)
  reconcile(trader, state(50_000, { BTC: 7 }))
  expect(trader.isBlurred).toBe(true)
  expect(size(trader)).toBe(coins(10))
})

it('refuses a state that is older than the last one, or than the changes that are known', () => {
  const trader = make([[20_000, 1]], 1)
  expect(reconcile(trader, state(50_000, { BTC: 1 }))).not.toBeNull()
  expect(reconcile(trader, state(49_999, { BTC: 9 }))).toBeNull()
  trader.recentFromTs = 90_000
  expect(reconcile(trader, state(91_000, { BTC: 9 }))).toBeNull()
  expect(size(trader)).toBe(coins(1))
})

it('brings the entry with it where the tape has none', () => {
  const trader = make([[20_000, 1]], 0)
  reconcile(trader, state(50_000, { BTC: 1 }))
  expect(trader.positions.get('BTC')?.entryPxE8).toBe(coins(50))
})

it("agrees with a fill of the trader's own stream only when the tape had that size then", () => {
  const trader = make(
    [
      [20_000, 1],
      [50_000, 2],
      [90_000, 4],
    ],
    1,
  )
  expect(agreesWithFill(trader, 'BTC', 50_000, coins(3))).toBe(true)
  expect(agreesWithFill(trader, 'BTC', 50_001, coins(1))).toBe(true) // a moment before
  expect(agreesWithFill(trader, 'BTC', 50_000, coins(2))).toBe(false)
  expect(agreesWithFill(trader, 'BTC', 80_000, coins(1))).toBe(false)
  expect(agreesWithFill(trader, 'ETH', 50_000, 0n)).toBe(true)
})
