/** The original's daily tracking error gives the original's numbers: spec 000 §9.2. */
import { expect, test } from 'vitest'
import { originalTrackingError } from '#domain/tracking-error/original.ts'
import { CLOSE_ROWS, NAV_ROWS, TARGET_ROWS } from '#tests/support/tracking-example.ts'

const PAPER = [
  -0.0063200174, 0.0008757526, 0.0087512318, -0.0039273441, -0.0011842858, 0.0125018112, 0.0067999868,
  0.0057498572, -0.0040729753, 0.0036301544,
]
const close = (values: readonly number[], digits: number) =>
  values.map((value) => expect.closeTo(value, digits))

test('spec 000 §9.2, live and paper', () => {
  const te = originalTrackingError({ nav: NAV_ROWS, targets: TARGET_ROWS, closes: CLOSE_ROWS })
  expect(te?.live).toMatchObject({
    n: 11,
    mean: expect.closeTo(0.0023649973, 9),
    annual_return: expect.closeTo(0.8135308452, 8),
    annual_vol: expect.closeTo(0.0784762902, 8),
    sharpe: expect.closeTo(7.5943870697, 7),
  })
  expect(te?.paper.map(({ value }) => value)).toEqual(close([0, ...PAPER], 9))
  expect(te?.te_mean).toBeCloseTo(0.0001218923, 9)
  expect(te?.te_std).toBeCloseTo(0.0079423742, 9)
  expect(te?.te_annualized).toBeCloseTo(0.1260812814, 8)
})

test('spec 000 §9.2, what it stored: unknown became 0', () => {
  const te = originalTrackingError({ nav: NAV_ROWS, targets: TARGET_ROWS, closes: CLOSE_ROWS })
  const daily = [
    0, 0.00882, -0.005943, 0.000453, 0.007643, -0.001092, -0.007264, -0.005932, -0.009911, 0.014449,
    -0.000004,
  ]
  expect(te?.stored.map((row) => row.te_daily)).toEqual(close(daily, 5))
  const rolling = [0, 0, 0, 0, 0, 0, 0, -0.000474, -0.003149, -0.000236, -0.000302]
  expect(te?.stored.map((row) => row.te_rolling_7d)).toEqual(close(rolling, 5))
})

test('spec 000 §7.15: run on five days with a lookback of six, it leaves 0 in every day that fell out', () => {
  const stored = new Map<string, { te_daily: number; te_rolling_7d: number }>()
  for (let today = 7; today <= 11; today++) {
    const from = today - 7
    const cut = <T>(rows: readonly T[]) => rows.slice(from, today)
    const te = originalTrackingError({
      nav: cut(NAV_ROWS),
      targets: cut(TARGET_ROWS),
      closes: CLOSE_ROWS.slice(0, today),
    })
    for (const row of te?.stored ?? []) stored.set(row.date, row)
  }
  const early = [...stored].filter(([date]) => date <= '2025-12-05').map(([, row]) => row.te_daily)
  expect(early).toEqual([0, 0, 0, 0, 0])
  expect([...stored.values()].every(({ te_rolling_7d }) => te_rolling_7d === 0)).toBe(true)
})

test('too little to compare: nothing', () => {
  expect(
    originalTrackingError({ nav: NAV_ROWS.slice(0, 2), targets: TARGET_ROWS, closes: CLOSE_ROWS }),
  ).toBeNull()
  expect(originalTrackingError({ nav: NAV_ROWS, targets: [], closes: CLOSE_ROWS })).toBeNull()
})
