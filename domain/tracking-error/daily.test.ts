/** Daily tracking error: the recommended numbers of spec 000 §9.2, and what is unknown when something is missing. */
import { describe, expect, test } from 'vitest'
import { type DailyInput, summarise, trackDays } from '#domain/tracking-error/daily.ts'
import { CLOSES, december, FIRST, LAST, LIVE, TARGETS } from '#tests/support/tracking-example.ts'

const INPUT: DailyInput = { targets: TARGETS, closes: CLOSES, live: LIVE, lagDays: 2 }
const days = (change: Partial<DailyInput> = {}) => trackDays({ ...INPUT, ...change }, FIRST, LAST)
const at = (rows: ReturnType<typeof days>, day: number) => rows.find((row) => row.day === december(day))

describe('spec 000 §9.2, recommended', () => {
  test('the same ten paper returns, labelled 3 … 12 December', () => {
    const differences = [
      0.001253, 0.008328, -0.005036, 0.001651, 0.006422, -0.011633, -0.010961, 0.004627, 0.007699, -0.001638,
    ]
    expect(days().map(({ difference }) => difference)).toEqual([
      null,
      null,
      ...differences.map((value) => expect.closeTo(value, 5)),
    ])
    expect(at(days(), 3)?.paper).toBeCloseTo(-0.0063200174, 9)
  })

  test('mean, deviation, × √365', () => {
    const summary = summarise(days())
    expect(summary.days).toBe(10)
    expect(summary.mean_difference).toBeCloseTo(0.0000710799, 9)
    expect(summary.te_daily).toBeCloseTo(0.0072956624, 9)
    expect(summary.te_annualised).toBeCloseTo(0.1393834353, 8)
  })

  test('the deviation of seven days begins when five are known', () => {
    const rows = days()
    expect([1, 2, 3, 4, 5, 6].map((day) => at(rows, day)?.te7d)).toEqual([null, null, null, null, null, null])
    expect(at(rows, 7)?.te7d).toBeCloseTo(0.005206, 5)
    expect(at(rows, 8)?.te7d).toBeCloseTo(0.007422, 5)
    const last = [9, 10, 11, 12].map((day) => at(rows, day)?.te7d)
    expect(last).toEqual(
      [0.0079740414, 0.0082597296, 0.0081446427, 0.0079656257].map((value) => expect.closeTo(value, 9)),
    )
    expect(at(rows, 12)?.mean7d).toBeCloseTo(-0.000548, 5)
  })
})

test('history does not decay: a later window says the same of the days it shares', () => {
  const late = trackDays(INPUT, december(9), LAST)
  expect(late).toEqual(days().slice(8))
})

describe('unknown stays unknown', () => {
  const without = (coin: string, day: number) =>
    new Map(
      [...CLOSES].map(([name, closes]) => [
        name,
        name === coin ? new Map([...closes].filter(([ts]) => ts !== december(day))) : closes,
      ]),
    )

  test('a missing candle takes its coin from two days; below 95 % of the weight they are null', () => {
    const rows = days({ closes: without('LINK', 6) })
    expect(at(rows, 6)).toMatchObject({
      paper: null,
      difference: null,
      coverage: expect.closeTo(0.2 / 0.6, 9),
    })
    expect(at(rows, 7)?.paper).toBeNull()
    expect(at(rows, 8)?.paper).not.toBeNull()
  })

  test('a small weight without a candle is left out, with its coverage', () => {
    const targets = new Map(
      [...TARGETS].map(([day, weights]) => [day, new Map([...weights, ['DELISTED', 0.01]])]),
    )
    const row = at(days({ targets }), 12)
    expect(row?.coverage).toBeCloseTo(0.3 / 0.31, 9)
    expect(row?.paper).toBeCloseTo(at(days(), 12)?.paper ?? 0, 12)
  })

  test('a price of zero starts no return, but may end one', () => {
    const zero = new Map([
      [
        'AVAX',
        new Map([
          [december(2), 5],
          [december(3), 0],
          [december(4), 5],
        ]),
      ],
    ])
    const targets = new Map([1, 2].map((day) => [december(day), new Map([['AVAX', 0.5]])]))
    const rows = days({ closes: zero, targets })
    expect(at(rows, 3)?.paper).toBeCloseTo(-0.5, 12)
    expect(at(rows, 4)?.paper).toBeNull()
  })

  test('a day without targets, and one without a return of the account', () => {
    const rows = days({
      targets: new Map([...TARGETS].filter(([day]) => day !== december(4))),
      live: new Map([...LIVE, [december(9), null]]),
    })
    expect(at(rows, 6)).toMatchObject({ paper: null, coverage: null, difference: null })
    expect(at(rows, 9)).toMatchObject({ live: null, difference: null, paper: expect.any(Number) })
  })

  test('nothing at all', () => {
    const rows = days({ targets: new Map(), closes: new Map(), live: new Map() })
    expect(
      rows.every(({ difference, te7d, paper }) => difference === null && te7d === null && paper === null),
    ).toBe(true)
    expect(summarise(rows)).toMatchObject({ days: 0, te_daily: null, te_annualised: null })
  })
})

test('the lag and the leverage are parameters', () => {
  expect(at(days({ lagDays: 1 }), 2)?.paper).toBeCloseTo(0.3 * (13.42 / 13.1 - 1) - 0.2 * (12.3 / 12 - 1), 12)
  expect(at(days({ leverage: 3 }), 3)?.paper).toBeCloseTo(3 * -0.0063200174, 8)
})
