/** Hours as sums by class: the worked rows of spec 000 §9.5 as one book, and what an unknown hour leaves. */
import { expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '#domain/time.ts'
import { HOUR_CLASSES, hourFigures, type SeenHour, sumHours } from '#domain/tracking-error/hours.ts'

const DAY = 20_000 * DAY_MS
const HOUR = DAY + 2 * HOUR_MS
/** Coin, position, price, target to be held, target a day younger. */
const BOOK: [string, number, number, number | null, number | null][] = [
  ['A', 10, 5, 0.049, 0.02],
  ['B', 10, 5, 0.0799, 0.05],
  ['C', -4, 12, 0.03, -0.045],
  ['D', 0, 9, 0.001, null],
  ['E', 0.05, 15, 0.0005, 0],
  ['F', 3, 7, null, 0.02],
  ['G', 0.01, 8, 0.0009, 0.1],
]
const weights = (at: 3 | 4): Map<string, number> =>
  new Map(BOOK.flatMap((row) => (row[at] === null ? [] : [[row[0], row[at]] as const])))
const hour: SeenHour = {
  ...{ ts: HOUR, equity: 1000 },
  held: new Map(BOOK.filter((row) => row[1] !== 0).map((row) => [row[0], { sz: row[1], markPx: row[2] }])),
}
const INPUT = {
  ...{ hours: [hour], lagDays: 2, leverage: 1 },
  targets: new Map([[DAY - 2 * DAY_MS, weights(3)]]),
  younger: new Map([[DAY - DAY_MS, weights(4)]]),
  closes: new Map([['D', new Map([[HOUR, 9]])]]),
}

test('each coin is in the class of its worked row; every class has a row, the empty ones too', () => {
  const sums = sumHours(INPUT)
  expect(sums.map(({ kind }) => kind)).toEqual([...HOUR_CLASSES])
  expect(Object.fromEntries(sums.map(({ kind, coins }) => [kind, coins]))).toEqual({
    ...{ MATCHED: 1, MATCHED_ZERO: 2, MAGNITUDE_ERROR: 1 },
    ...{ WRONG_DIRECTION: 1, MISSING_POSITION: 1, EXTRA_POSITION: 1 },
  })
  const of = (kind: string) => sums.find((row) => row.kind === kind)
  expect(of('MAGNITUDE_ERROR')).toMatchObject({
    squared_error: expect.closeTo(0.00089401, 10),
    flip_error: expect.closeTo(0.00089401, 10),
    younger_error: expect.closeTo(0, 10),
  })
  expect(of('WRONG_DIRECTION')?.squared_error).toBeCloseTo(0.006084, 10)
  // A coin that the known set lacks counts 0 there: the extra has an error, unlike in the original.
  expect(of('EXTRA_POSITION')?.squared_error).toBeCloseTo(0.021 ** 2, 10)
})

test('shares add up to 1, flips are parts of their class, both errors are means over coins', () => {
  const { classes, rmse, rmse_younger } = hourFigures(sumHours(INPUT))
  expect(classes.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12)
  expect(classes.find(({ kind }) => kind === 'WRONG_DIRECTION')?.flip).toBe(1)
  expect(classes.find(({ kind }) => kind === 'MATCHED')?.flip).toBe(0)
  const mean = (errors: number[]) =>
    Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length)
  expect(rmse).toBeCloseTo(mean([0.001, -0.0299, -0.078, -0.001, 0.00025, 0.021, -0.00082]), 12)
  expect(rmse_younger).toBeCloseTo(mean([0.03, 0, -0.003, 0, 0.00075, 0.001, -0.09992]), 12)
  expect(hourFigures([])).toMatchObject({ rmse: null, rmse_younger: null })
})

test('no targets of the day, no value: no rows; no price: the coin is left out; no younger targets: no flip', () => {
  expect(sumHours({ ...INPUT, targets: new Map() })).toEqual([])
  expect(sumHours({ ...INPUT, hours: [{ ...hour, equity: 0 }] })).toEqual([])
  const unpriced = sumHours({ ...INPUT, closes: new Map() })
  expect(unpriced.find(({ kind }) => kind === 'MISSING_POSITION')?.coins).toBe(0)
  const alone = sumHours({ ...INPUT, younger: new Map() })
  expect(alone.map((row) => row.flip_error + row.younger_coins)).toEqual([0, 0, 0, 0, 0, 0])
  expect(hourFigures(alone)).toMatchObject({ rmse: hourFigures(sumHours(INPUT)).rmse, rmse_younger: null })
})

test('a flat account is missing what it should hold; leverage multiplies both targets', () => {
  const flat = sumHours({ ...INPUT, hours: [{ ...hour, held: new Map() }] })
  expect(flat.find(({ kind }) => kind === 'MISSING_POSITION')?.coins).toBe(1)
  const twice = sumHours({ ...INPUT, leverage: 2 })
  expect(twice.find(({ kind }) => kind === 'MAGNITUDE_ERROR')?.coins).toBe(2)
})
