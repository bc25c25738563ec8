/** Sizes: the worked examples N4, and the leverage that the venue allows. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { meiParams } from '../../../tests/support/mei.ts'
import { leverageFor, sizeAdd, sizeEntry } from './sizing.ts'

const CONFIDENCE = { low: 0, medium: 1, high: 2 } as const
/** Limits by notional, as the venue's margin tiers give them. */
const TIERS: Record<string, (notional: number) => number | null> = {
  LINK: (notional) => (notional >= 2_000 ? 4 : 10),
  BTC: () => 40,
  KPEPE: () => 3,
  ATOM: () => null,
}

describe('N4', () => {
  const fixed = {
    trade: {
      enable_dynamic_sizing: false,
      enable_dynamic_leverage: false,
      allocation_pct: 0.2,
      leverage: 4,
      leverage_max_cap: 2.5,
    },
  }
  test.each([
    {
      coin: 'LINK',
      equity: 8_000,
      price: 20,
      confidence: 'medium',
      atr: 0.25,
      adx: 31,
      margin: 107.52,
      lev: 3,
      notional: 322.56,
    },
    {
      coin: 'LINK',
      equity: 8_000,
      price: 20,
      confidence: 'high',
      atr: 0.1,
      adx: 45,
      margin: 240,
      lev: 5,
      notional: 1_200,
    },
    {
      coin: 'LINK',
      equity: 40_000,
      price: 20,
      confidence: 'high',
      atr: 0.2,
      adx: 40,
      margin: 1_200,
      lev: 4,
      notional: 4_800,
    },
    {
      coin: 'BTC',
      equity: 8_000,
      price: 90_000,
      confidence: 'low',
      atr: 900,
      adx: 20,
      margin: 72,
      lev: 1,
      notional: 72,
    },
    {
      coin: 'KPEPE',
      equity: 5_000,
      price: 0.012,
      confidence: 'high',
      atr: 0.00018,
      adx: 36,
      margin: 91.111111,
      lev: 3,
      notional: 273.333333,
    },
    {
      coin: 'ATOM',
      equity: 5_000,
      price: 9,
      confidence: 'medium',
      atr: 0,
      adx: null,
      margin: 105,
      lev: 3,
      notional: 315,
    },
    {
      coin: 'ATOM',
      equity: 5_000,
      price: 9,
      confidence: 'medium',
      atr: 0.09,
      adx: 33,
      margin: 1_000,
      lev: 2.5,
      notional: 2_500,
      params: fixed,
    },
    {
      coin: 'ATOM',
      equity: 90,
      price: 9,
      confidence: 'low',
      atr: 0.09,
      adx: 22,
      margin: 6,
      lev: 1,
      notional: 6,
      params: { trade: { min_margin_usd: 6 } },
    },
  ] as const)('$coin with $equity USD at $price, $confidence: margin $margin, leverage $lev', (given) => {
    const params = meiParams('params' in given ? given.params : {})
    const size = sizeEntry(
      {
        equityUsd: given.equity,
        price: given.price,
        confidence: CONFIDENCE[given.confidence],
        atr: given.atr,
        adx: given.adx,
        leverageLimit: TIERS[given.coin] ?? null,
      },
      params,
    )
    expect(size.marginUsd).toBeCloseTo(given.margin, 6)
    expect(size.leverage).toBe(given.lev)
    expect(size.notionalUsd).toBeCloseTo(given.notional, 6)
  })
})

test.each([
  { confidence: 0, cap: 0, leverage: 1 },
  { confidence: 1, cap: 0, leverage: 3 },
  { confidence: 2, cap: 0, leverage: 5 },
  { confidence: 2, cap: 4, leverage: 4 },
  { confidence: 2, cap: 0.5, leverage: 1 }, // never below 1
])('confidence $confidence under a cap of $cap has leverage $leverage', ({ confidence, cap, leverage }) => {
  expect(leverageFor(confidence, meiParams({ trade: { leverage_max_cap: cap } }).trade)).toBe(leverage)
})

test('an add takes its fraction of an entry', () => {
  const facts = { equityUsd: 10_000, price: 20, confidence: 1, atr: 0.25, adx: 31, leverageLimit: null }
  const params = meiParams()
  expect(sizeAdd(facts, params)).toBeCloseTo(sizeEntry(facts, params).marginUsd / 2, 9)
})

test('margin is never more than its share of equity, whatever the factors', () => {
  const any = fc.double({ min: 0.01, max: 100_000, noNaN: true })
  const facts = fc.record({
    equityUsd: any,
    price: any,
    atr: any,
    adx: fc.double({ min: 0, max: 100, noNaN: true }),
    confidence: fc.integer({ min: 0, max: 2 }),
  })
  fc.assert(
    fc.property(facts, (given) => {
      const { marginUsd } = sizeEntry({ ...given, leverageLimit: null }, meiParams())
      expect(marginUsd).toBeGreaterThan(0)
      expect(marginUsd).toBeLessThanOrEqual(given.equityUsd * 0.03 * (1 + 1e-12))
    }),
  )
})
