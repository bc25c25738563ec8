/** Each coin has its own cursor; a checkpoint of before there were several counts for its one coin. */
import { expect, test } from 'vitest'
import { firstCheckpoint } from '#domain/trading/checkpoint.ts'
import { lastOpenOf, withCoins, withSeen } from './candle-cursor.ts'

const first = firstCheckpoint(1, 0)

test('coins move on by themselves, and the newest of all is known', () => {
  const seen = withSeen(withSeen(first, { coin: 'BTC', openTs: 120_000 }), { coin: 'ETH', openTs: 60_000 })
  expect([lastOpenOf(seen, 'BTC'), lastOpenOf(seen, 'ETH'), lastOpenOf(seen, 'SOL')]).toEqual([
    120_000, 60_000, 0,
  ])
  expect(seen.lastCandleOpenTs).toBe(120_000)
})

test('a checkpoint with one cursor is that of its coin', () => {
  expect(lastOpenOf({ ...first, lastCandleOpenTs: 60_000 }, 'BTC')).toBe(60_000)
})

test('a coin that comes back later begins anew', () => {
  const both = withSeen(withSeen(first, { coin: 'BTC', openTs: 1 }), { coin: 'ETH', openTs: 2 })
  const without = withCoins(both, ['BTC'])
  expect([lastOpenOf(without, 'BTC'), lastOpenOf(without, 'ETH')]).toEqual([1, 0])
})
