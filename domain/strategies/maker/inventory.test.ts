/** Room under caps, from both sides and in the gross of all coins; the margin cap's rules. */
import { expect, test } from 'vitest'
import { fromNumber, toNumber } from '#domain/fixed-point.ts'
import { factsOf, knobsOf, LIMITS } from '#tests/support/maker-facts.ts'
import { inventoryUsd, marginUsdMax, roomUsdE8, shrinks } from './inventory.ts'

const room = (side: 'buy' | 'sell', sz: number, change = {}): number =>
  toNumber(
    roomUsdE8(
      side,
      factsOf({ positionE8: fromNumber(sz), ...change }),
      knobsOf({ max_per_coin_notional: 300 }),
      LIMITS,
      fromNumber(24.5),
    ),
  )

test('the adding side has what is left of the cap, the other one its own cap beyond flat', () => {
  expect(room('buy', 0)).toBe(300)
  expect(room('buy', 10)).toBeCloseTo(300 - 245.27, 6)
  expect(room('sell', 10)).toBeCloseTo(300 + 245.27, 6)
  expect(room('buy', 20)).toBe(0)
})

test('the smallest of coin, session and gross caps counts', () => {
  const portfolio = { otherGrossUsd: 500, maxGrossUsd: 600, marginUsdMax: null }
  expect(room('buy', 0, { portfolio })).toBe(100)
  expect(room('buy', 0, { portfolio: { ...portfolio, otherGrossUsd: 700 } })).toBe(0)
})

test('a mark above the price values the position', () => {
  expect(room('buy', 10, { markE8: fromNumber(30) })).toBe(0)
})

test('inventory is signed money at the mid', () => {
  expect(inventoryUsd(factsOf({ positionE8: fromNumber(-2) }))).toBeCloseTo(-49.04, 9)
  expect(inventoryUsd(factsOf({ touch: null, positionE8: fromNumber(2) }))).toBe(0)
  expect([shrinks('buy', -1n), shrinks('buy', 0n), shrinks('sell', 1n)]).toEqual([true, false, true])
})

const KNOBS = {
  margin_cap_mode: 'auto',
  margin_cap_fraction: 0.2,
  assumed_leverage: 10,
  fc_hint_usd: 0,
} as const
const account = (freeUsd: number | null, isTest = true) => ({ freeUsd, coins: 1, isTest })

test.each([
  ['known collateral', KNOBS, account(250), 250],
  ['two coins share it', KNOBS, { ...account(250), coins: 2 }, 125],
  ['off', { ...KNOBS, margin_cap_mode: 'off' as const }, account(250), null],
  ['unknown on paper', KNOBS, account(null), null],
  ['unknown in live', KNOBS, account(null, false), 0],
  ['unknown, strict', { ...KNOBS, margin_cap_mode: 'strict' as const }, account(null), 0],
  ['none left, with a hint', { ...KNOBS, fc_hint_usd: 100 }, account(0), 100],
])('margin cap: %s', (_what, knobs, of, is) => {
  expect(marginUsdMax(knobs, of)).toBe(is)
})
