/** Hourly classes: the worked rows and shares of spec 000 §9.5. */
import { expect, test } from 'vitest'
import { classifyHour, type HourRow, hourShares } from '#domain/tracking-error/hourly.ts'

const row = (
  pos: number,
  px: number | null,
  equity: number | null,
  t2: number | null,
  t1: number | null,
): HourRow => ({
  ...{ pos, px, equity, weight_t2: t2, weight_t1: t1 },
})
const ROWS: [HourRow, string, boolean][] = [
  [row(10, 5, 1000, 0.049, 0.02), 'MATCHED', false],
  [row(10, 5, 1000, 0.0799, 0.05), 'MAGNITUDE_ERROR', true],
  [row(-4, 12, 1000, 0.03, -0.045), 'WRONG_DIRECTION', true],
  [row(0, 9, 1000, 0.001, null), 'MISSING_POSITION', false],
  [row(0.05, 15, 1000, 0.0005, 0), 'MATCHED_ZERO', false],
  [row(3, 7, 1000, null, 0.02), 'EXTRA_POSITION', false],
  [row(0.01, 8, 1000, 0.0009, 0.1), 'MATCHED_ZERO', false],
  [row(2, 0, 1000, 0.05, 0.06), 'MISSING_POSITION', false],
]

test.each(ROWS)('%j is %s', (given, kind, flip) => {
  expect(classifyHour(given)).toMatchObject({ kind, flipExplained: flip })
})

test('rows without equity or price are left out; a missing target has no error', () => {
  expect(classifyHour(row(5, 5, 0, 0.1, 0.1))).toBeNull()
  expect(classifyHour(row(5, null, 1000, 0.1, 0.1))).toBeNull()
  expect(classifyHour(row(3, 7, 1000, null, 0.02))?.squaredError).toBeNull()
})

test('the shares of squared error', () => {
  const { share, flip } = hourShares(ROWS.flatMap(([given]) => classifyHour(given) ?? []))
  expect(share.WRONG_DIRECTION).toBeCloseTo(0.641722, 5)
  expect(share.MISSING_POSITION).toBeCloseTo(0.263798, 5)
  expect(share.MAGNITUDE_ERROR).toBeCloseTo(0.094297, 5)
  expect(share.MATCHED).toBeCloseTo(0.000105, 5)
  expect(share.MATCHED_ZERO).toBeCloseTo(0.000078, 5)
  expect(share.EXTRA_POSITION).toBe(0)
  expect(flip.WRONG_DIRECTION).toBe(1)
  expect(hourShares([])).toMatchObject({ rmse: null, share: { MATCHED: 0 } })
})
