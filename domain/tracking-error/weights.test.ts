/** Weights side by side: the worked examples of spec 000 §9.3, §9.4 and §9.6, bounds, and what must hold for any two books. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  absSum,
  bestLag,
  bySide,
  classify,
  compareBooks,
  positionWeight,
} from '#domain/tracking-error/weights.ts'

const book = (weights: Record<string, number>) => new Map(Object.entries(weights))
const six = book({ a: 0.06, b: 0.14, c: -0.05, d: 0, e: -0.15, f: 0.05 })

test('spec 000 §9.6: normalising', () => {
  const values = (map: ReadonlyMap<string, number | null>) =>
    [...map.values()].map((value) => (value === null ? null : expect.closeTo(value, 6)))
  expect([...absSum(six).values()]).toEqual(
    values(book({ a: 0.133333, b: 0.311111, c: -0.111111, d: 0, e: -0.333333, f: 0.111111 })),
  )
  expect([...bySide(six).values()]).toEqual(
    values(
      new Map([
        ['a', 0.24],
        ['b', 0.56],
        ['c', -0.25],
        ['d', null],
        ['e', -0.75],
        ['f', 0.2],
      ]),
    ),
  )
  expect([...absSum(book({ a: 0, b: Number.NaN })).values()]).toEqual([0, 0])
})

describe('spec 000 §9.3', () => {
  const targets = book({ AVAX: 0.15, LINK: -0.08, OP: 0.05, SUI: 0.001 }) // AVAX came in two rows
  const actuals = book({ AVAX: 0.31, LINK: 0.06, TIA: -0.09, OP: 0.0001 })
  const { coins, summary } = compareBooks(targets, actuals)

  test('differences and classes', () => {
    expect(coins.map(({ coin, diff, mismatch }) => [coin, Number(diff.toFixed(6)), mismatch])).toEqual([
      ['AVAX', 0.139959, 'mis_sized'],
      ['LINK', 0.415104, 'sign_flip'],
      ['OP', -0.177719, 'missing'],
      ['SUI', -0.003559, 'missing'],
      ['TIA', -0.19561, 'extra'],
    ])
  })

  test("active share is the headline, the original's mean beside it", () => {
    expect(summary.active_share).toBeCloseTo(0.465975, 6)
    expect(summary.mean_abs_diff).toBeCloseTo(0.1863899307, 9)
    expect(summary.classes.missing).toMatchObject({ count: 2, target: expect.closeTo(0.181495, 6) })
  })

  test('without targets, or without positions, the share is unknown; the original said 1/n', () => {
    const four = book({ A: 0.25, B: 0.25, C: 0.25, D: -0.25 })
    for (const [a, b] of [
      [book({}), four],
      [four, book({})],
    ] as const)
      expect(compareBooks(a, b).summary).toMatchObject({ active_share: null, mean_abs_diff: 0.25 })
    expect(compareBooks(book({}), book({})).summary).toMatchObject({ active_share: null, mean_abs_diff: 0 })
  })
})

test('spec 000 §9.4: a short weighs negative', () => {
  expect(positionWeight(-45.2, 620, 2480)).toBeCloseTo(-0.25, 12)
  expect(positionWeight(24.1, 310, 2480)).toBeCloseTo(0.125, 12)
  expect(positionWeight(1, 5, 0)).toBe(0)
})

test.each([
  [0.001, 0, 'missing'],
  [0.0009, 0, 'aligned'],
  [0, 0.001, 'extra'],
  [0, -0.00099, 'aligned'],
  [0.05, -0.05, 'sign_flip'],
  [0.05, 0.0701, 'mis_sized'],
  [0.02, 0.04, 'aligned'],
] as const)('target %d against actual %d is %s', (target, actual, expected) => {
  expect(classify(target, actual)).toBe(expected)
})

test('the best lag is the nearest, of equals the smallest, and one without targets never wins', () => {
  const lag = (number: number, active_share: number | null) => ({ lag: number, active_share })
  expect(bestLag([lag(0, null), lag(1, 0.4), lag(2, 0.2), lag(3, 0.2)])).toBe(2)
  expect(bestLag([lag(0, null)])).toBeNull()
})

test('active share lies between 0 and 1 and is 0 for the same book', () => {
  const weights = fc
    .dictionary(fc.constantFrom(...'ABCDEF'), fc.double({ min: -2, max: 2, noNaN: true }))
    .map(book)
  fc.assert(
    fc.property(weights, weights, (a, b) => {
      const share = compareBooks(a, b).summary.active_share
      if (share !== null) {
        expect(share).toBeGreaterThanOrEqual(0)
        expect(share).toBeLessThanOrEqual(1 + 1e-9)
      }
      expect(compareBooks(a, a).summary.active_share ?? 0).toBe(0)
    }),
  )
})
