/** Flags of the market watch on both sides of each threshold. */
import { describe, expect, test } from 'vitest'
import { watchMarket } from './market-watch.ts'

const flat = (minutes: number, px = 100): number[] => Array.from({ length: minutes + 1 }, () => px)
/** Flat, then at `pct` from `minutes` ago on. */
const moved = (pct: number, minutes: number): number[] => [
  ...flat(60 - minutes),
  ...flat(minutes - 1, 100 * (1 + pct / 100)),
]
const swinging = (pct: number): number[] =>
  Array.from({ length: 61 }, (_, at) => 100 * (1 + (at % 2 === 0 ? 0 : pct / 100)))

describe('BTC over 15 minutes', () => {
  test.each([
    { pct: 0.8, flags: ['BTC_MOVE_15M'] },
    { pct: -0.8, flags: ['BTC_MOVE_15M'] },
    { pct: 0.79, flags: [] },
  ])('$pct % gives $flags', ({ pct, flags }) => {
    const btc = [
      ...flat(45),
      ...Array.from({ length: 15 }, (_, at) => 100 * (1 + (pct / 100) * ((at + 1) / 15))),
    ]
    expect(watchMarket(btc, []).flags).toEqual(flags)
  })
})

test.each([
  { pct: 0.99, regime: 'CHOPPY' },
  { pct: 1.01, regime: 'TRENDING' },
  { pct: -1.01, regime: 'TRENDING' },
])('an even hour of $pct % is $regime', ({ pct, regime }) => {
  const btc = Array.from({ length: 61 }, (_, at) => 100 * (1 + (pct / 100) * (at / 60)))
  expect(watchMarket(btc, []).regime).toBe(regime)
})

test('volatility is the deviation of minute returns over an hour', () => {
  const calm = watchMarket(swinging(0.15), [])
  const wild = watchMarket(swinging(0.16), [])
  expect([calm.btc_vol_60m_pct, wild.btc_vol_60m_pct].map((vol) => vol?.toFixed(2))).toEqual(['1.16', '1.24'])
  expect([calm.regime, wild.regime]).toEqual(['CHOPPY', 'HIGH_VOL'])
})

test.each([
  { rising: 7, breadth: 35, flags: ['HIGH_VOLATILITY', 'BROAD_SELLING'] },
  { rising: 8, breadth: 40, flags: ['HIGH_VOLATILITY'] },
])('$rising of 20 coins rise: breadth $breadth', ({ rising, breadth, flags }) => {
  const coins = Array.from({ length: 20 }, (_, at) => ({
    coin: `C${at}`,
    closes: moved(at < rising ? 1 : -2, 30),
  }))
  const watch = watchMarket(swinging(0.16), coins)
  expect([watch.breadth_pct, watch.flags]).toEqual([breadth, flags])
})

test('the movers are the five largest moves either way; unknown coins do not count', () => {
  const coins = [3, -9, 1, 4, -5, 0.5, 2].map((pct, at) => ({ coin: `C${at}`, closes: moved(pct, 10) }))
  const watch = watchMarket([], [...coins, { coin: 'NEW', closes: flat(5) }])
  expect(watch.movers.map(({ coin }) => coin)).toEqual(['C1', 'C4', 'C3', 'C0', 'C6'])
  expect([watch.btc_return_60m_pct, watch.btc_vol_60m_pct, watch.regime]).toEqual([null, null, 'CHOPPY'])
})
