/** The original's backtest of targets gives the original's numbers: spec 000 §9.7. */
import { expect, test } from 'vitest'
import { originalBacktest } from '#domain/tracking-error/original-backtest.ts'
import { CLOSE_ROWS, TARGET_ROWS } from '#tests/support/tracking-example.ts'

const close = (values: readonly number[], digits: number) =>
  values.map((value) => expect.closeTo(value, digits))

test('spec 000 §9.7: the backtest of the first seven days', () => {
  const week = TARGET_ROWS.slice(0, 7)
  const closes = CLOSE_ROWS.slice(0, 7)
  const t1 = originalBacktest(week, closes, 1)
  const t2 = originalBacktest(week, closes, 2)
  expect(t1.ret).toEqual(
    close([0, -0.0063200174, 0.0008757526, 0.0087512318, -0.0039273441, -0.0011842858, 0], 9),
  )
  expect(t2.ret).toEqual(close([0, 0, 0.004992, -0.00766, -0.004345, 0.006772, 0], 5))
  expect(t1.turnover).toEqual(close([0, 0.05, 0.45, 0.1, 0.25, 0.275, 0.05], 9))
  expect(t2.turnover).toEqual(close([0, 0, 0.45, 0.55, 0.15, 0.525, 0.325], 9))
  expect(t1.net[10]).toEqual(
    close([0, -0.0063700174, 0.0004257526, 0.0086512318, -0.0041773441, -0.0014592858, -0.00005], 9),
  )
  expect(t1.indexEnd).toBeCloseTo(99.813014, 6)
  expect(t1.metrics).toMatchObject({
    n: 7,
    mean: expect.closeTo(-0.000257809, 9),
    std: expect.closeTo(0.0047197268, 9),
    annual_return: expect.closeTo(-0.0629102739, 8),
    sharpe: expect.closeTo(-0.8671245253, 8),
  })
})

test('no targets, no rows, no metrics', () => {
  expect(originalBacktest([], CLOSE_ROWS, 1)).toMatchObject({
    ret: [],
    indexEnd: 100,
    metrics: { n: 0, mean: null },
  })
})
