/** The original's summary gives the original's numbers: spec 000 §9.1. */
import { expect, test } from 'vitest'
import { originalPnl } from '#domain/pnl/original.ts'

const at = (day: number, hour = 0): number => Date.UTC(2025, 11, day, hour)

test('the worked example', () => {
  const pnl = originalPnl({
    fills: [
      { closed_pnl: 0, fee: 0.2511 },
      { closed_pnl: 5.55, fee: 0.09666 },
      { closed_pnl: -3.125, fee: 0.085617 },
      { closed_pnl: null, fee: 0.0095 },
    ],
    funding: [{ usdc: -0.0123 }, { usdc: -0.0119 }, { usdc: 0.0047 }],
    positions: [
      { coin: 'ARB', ts: at(3, 6), unrealized_pnl: 7.75 },
      { coin: 'ARB', ts: at(4), unrealized_pnl: -2.4 },
      { coin: 'SOL', ts: at(5), unrealized_pnl: 8.8 },
      { coin: 'SOL', ts: at(6), unrealized_pnl: 11.3 },
    ],
    snapshots: [
      { ts: at(6), account_value: 2031.4 },
      { ts: at(3), account_value: 1987.25 },
    ],
  })
  expect(pnl.realized).toBeCloseTo(2.425, 9)
  expect(pnl.fees).toBeCloseTo(0.442877, 9)
  expect(pnl.funding).toBeCloseTo(-0.0195, 9)
  expect(pnl.unrealized).toBeCloseTo(8.9, 9)
  expect(pnl.total_pnl_attributed).toBeCloseTo(11.3055, 9)
  expect(pnl.nav_pnl).toBeCloseTo(44.15, 9)
  expect(pnl.nav_pnl_pct).toBeCloseTo(2.2216631, 6)
})

test('empty tables contribute nothing; of equal times the first row counts; nothing divided by nothing is 0', () => {
  const empty = { fills: [], funding: [], positions: [], snapshots: [] }
  expect(originalPnl(empty)).toMatchObject({ total_pnl_attributed: 0, nav_pnl_pct: 0 })
  const twice = [
    { coin: 'A', ts: 1, unrealized_pnl: 1 },
    { coin: 'A', ts: 1, unrealized_pnl: 2 },
  ]
  expect(originalPnl({ ...empty, positions: twice }).unrealized).toBe(1)
  expect(
    originalPnl({
      ...empty,
      snapshots: [
        { ts: 1, account_value: 0 },
        { ts: 2, account_value: 9 },
      ],
    }).nav_pnl_pct,
  ).toBe(0)
})
