/** Worked examples N5, N6 and N13 of the engine that plan.test.ts does not hold: sizes of exits, capped openings, prices of fills. */
import { describe, expect, test } from 'vitest'
import { inputOf, meiParams, rowOf } from '#tests/support/mei.ts'
import { ceilSizeForUsd, floorSizeNumber } from '../market/round-number.ts'
import { meiAlpha } from './mei-alpha/mei-alpha.ts'
import { openState } from './mei-alpha/state.ts'
import { openingSize, planOrder, takerLimit } from './plan.ts'

const avax = { coin: 'AVAX', bid: 34.1, ask: 34.1, markPx: 34.1, sizeDecimals: 2 }

describe('N5: sizes off the float', () => {
  test.each([
    { coins: 0.29, original: 0.28, sz: 0.29 },
    { coins: 8.03, original: 8.02, sz: 8.03 },
  ])('$coins rounds down to $sz (original $original)', ({ coins, sz }) => {
    expect(floorSizeNumber(coins, 2)).toBe(sz)
  })
  test('8.0301 rounds up to 8.04', () => {
    expect(ceilSizeForUsd(8.0301, 1, 2)).toBe(8.04)
  })
})

describe('N6: AVAX, bid 34.15, ask 34.28', () => {
  const quoted = inputOf({ ...avax, bid: 34.15, ask: 34.28, markPx: 34.2 })
  test.each([
    { side: 'buy', original: 34.31428, px: 34.314 },
    { side: 'sell', original: 34.11585, px: 34.116 },
  ] as const)('$side at 10 bps: $px, on the tick and never beyond $original', ({ side, original, px }) => {
    expect(takerLimit(quoted, side, 10)).toBe(px)
    expect(Math.abs(px - original)).toBeLessThan(0.001)
  })
  test('without quotes there is no price and no order (original: 34.1145 from the mid)', () => {
    expect(takerLimit(inputOf({ ...avax, bid: null, ask: null, markPx: 34.2 }), 'sell', 25)).toBeNull()
  })
})

describe('N13: sizes of exits, AVAX at 34.1', () => {
  const reduce = (position: number, sz: number) =>
    planOrder({ kind: 'reduce', sz, slippageBps: 0 }, inputOf({ ...avax, position }))
  test.each([
    { position: 1, asked: 0.2, sz: 0.3 },
    { position: 1, asked: 0.5, sz: 0.5 },
    { position: 0.55, asked: 0.1, sz: 0.55 }, // the rest would be 8.53 USD
    { position: -0.55, asked: 0.1, sz: 0.55 },
  ])('of $position asked for $asked: $sz', ({ position, asked, sz }) => {
    expect(reduce(position, asked)).toMatchObject({ sz, opens: false })
  })
  test('of 0.2 all 0.2 go (original: 0.3, which the exchange clamps to 0.2)', () => {
    expect(reduce(0.2, 0.2)).toMatchObject({ sz: 0.2 })
    const exit = planOrder({ kind: 'exit', slippageBps: 0 }, inputOf({ ...avax, position: 0.2 }))
    expect(exit).toMatchObject({ sz: 0.2 })
  })
})

/** High confidence, ATR 0.34, ADX 31, equity 1000. */
function enter(
  trade: Record<string, unknown>,
  account: { marginUsedUsd?: number; leverageMax?: number } = {},
) {
  const params = meiParams({ trade })
  const state = { ...openState(params), coin: 'AVAX', coldBars: 0 }
  const facts = { adx: 31, atr: 0.34, rsi: 58, hist: 0.1, hist1: 0.05, k: 0.5, emaSlow: 30 }
  const volume = { volSma: 100, volume: 1_000, volAbove: true }
  Object.assign(state.row, rowOf({ ...facts, ...volume, close: 34.1, closePrev: 34, emaFast: 34 }))
  const input = inputOf({ ...avax, equityUsd: 1_000, ...account })
  const move = meiAlpha.decide(state, input, params)
  const [wanted] = move.intentions
  return { move, order: wanted ? planOrder(wanted, input) : null }
}

describe('N13: openings under a cap', () => {
  test.each([
    { cap: 15, order: { sz: 0.43 } },
    { cap: 100, order: { sz: 2.92 } },
  ])('a cap of $cap USD: $order', ({ cap, order }) => {
    const opened = enter({ max_notional_usd_per_order: cap })
    expect(opened.move.reason).toBe('TREND_BUY_HIGH')
    expect(opened.order).toMatchObject(order)
  })
  test('a cap of 8 USD, below the smallest order: none', () => {
    expect(enter({ max_notional_usd_per_order: 8 }).order).toBe('NO_SIZE')
  })

  test('with 300 USD of margin in use half of the equity is refused (original, live only: cut to 35.15 at leverage 4)', () => {
    const half = { allocation_pct: 0.5, enable_dynamic_sizing: false, max_notional_usd_per_order: 5_000 }
    const { move } = enter(half, { marginUsedUsd: 300, leverageMax: 4 })
    expect(move).toMatchObject({ gate: 'MARGIN_CAP', intentions: [] })
    // What the original's room of 300 USD at leverage 4 buys is the same size here.
    const px = takerLimit(inputOf(avax), 'buy', 10) ?? 0
    expect(openingSize(px, { usd: 2_000, minUsd: 10, maxUsd: 300 * 4, bump: true }, 2)).toBe(35.15)
  })
})
