/** The model's own performance: lagged and drifted weights, costs that the entry pays too, days that are unknown. */
import { expect, test } from 'vitest'
import { modelBacktest } from '#domain/tracking-error/model-backtest.ts'
import { CLOSES, december, LAST, TARGETS } from '#tests/support/tracking-example.ts'

const INPUT = { targets: TARGETS, closes: CLOSES, lagDays: 2 }

test('its returns are the paper returns, and entering costs', () => {
  const rows = modelBacktest(INPUT, 10, december(3), LAST)
  expect(rows[0]).toMatchObject({
    gross: expect.closeTo(-0.0063200174, 9),
    turnover: expect.closeTo(0.25, 12),
  })
  expect(rows[0]?.net).toBeCloseTo(-0.0063200174 - 0.25 * 0.001, 9)
  expect(rows.length).toBe(10)
  expect(rows.at(-1)?.index).toBeCloseTo(
    rows.reduce((index, { net }) => index * (1 + (net ?? 0)), 100),
    9,
  )
})

test('turnover counts against weights that drifted with their prices', () => {
  const [, second] = modelBacktest(INPUT, 0, december(3), december(4))
  const avax = (0.3 * 13.05) / 13.42 / (1 - 0.0063200174)
  const link = (-0.2 * 12.18) / 12.3 / (1 - 0.0063200174)
  expect(second?.turnover).toBeCloseTo((Math.abs(0.25 - avax) + Math.abs(-0.25 - link)) / 2, 9)
})

test('a day without targets keeps what is held and trades nothing', () => {
  const targets = new Map([...TARGETS].filter(([day]) => day !== december(2)))
  const [, second] = modelBacktest({ ...INPUT, targets }, 10, december(3), december(4))
  expect(second?.turnover).toBe(0)
  expect(second?.net).toBe(second?.gross)
})

test('before there are targets nothing is held, nothing earned; without prices a day is unknown', () => {
  const [first] = modelBacktest(INPUT, 10, december(2), december(2))
  expect(first).toMatchObject({ gross: 0, turnover: 0, net: 0, index: 100 })
  const [blind] = modelBacktest({ ...INPUT, closes: new Map() }, 10, december(3), december(3))
  expect(blind).toMatchObject({ gross: null, net: null, index: 100 })
})
