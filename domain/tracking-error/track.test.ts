/** An account against its model over days: causes come from the ledger and add up; books are compared by lag. */
import { expect, test } from 'vitest'
import { DAY_MS } from '#domain/time.ts'
import { PARTS } from '#domain/tracking-error/attribution.ts'
import {
  type HeldDay,
  partColumns,
  type TrackInput,
  trackAccount,
  trackLags,
} from '#domain/tracking-error/track.ts'

const day = (at: number): number => at * DAY_MS
const held = (at: number, sz: number, cost: number, more: Partial<HeldDay> = {}): HeldDay => ({
  ...{ coin: 'ETH', day: day(at), sz, cost, realized: 0, fees: 0, funding: 0, ...more },
})
const INPUT: TrackInput = {
  targets: new Map([
    [
      day(10),
      new Map([
        ['ETH', 0.5],
        ['BTC', -0.25],
      ]),
    ],
  ]),
  closes: new Map([
    [
      'ETH',
      new Map([
        [day(11), 100],
        [day(12), 110],
      ]),
    ],
    [
      'BTC',
      new Map([
        [day(11), 1000],
        [day(12), 980],
      ]),
    ],
  ]),
  live: new Map([[day(12), 0.035]]),
  lagDays: 2,
  navs: new Map([[day(11), 1000]]),
  held: [held(9, 4, 380), held(12, 5, 488, { fees: 2, funding: -1 })],
  slippage: new Map([[`ETH/${day(12)}`, -0.5]]),
}

test('the causes of a day, from its ledger, add up to the difference', () => {
  const [row] = trackAccount(INPUT, day(12), day(12))
  expect(row?.paper).toBeCloseTo(0.5 * 0.1 + 0.25 * 0.02, 12)
  const parts = row?.parts
  expect(parts?.sizing).toBeCloseTo((0.4 - 0.5) * 0.1, 12) // 4 ETH of 1000 USD held at the start, 0.5 wanted
  expect(parts?.missing).toBeCloseTo(0.25 * -0.02, 12)
  expect(parts?.fees).toBeCloseTo(-0.002, 12)
  expect(parts?.funding).toBeCloseTo(-0.001, 12)
  expect(parts?.slippage).toBeCloseTo(-0.0005, 12)
  expect(parts?.timing).toBeCloseTo((-108 + 110) / 1000 + 0.0005, 12) // one more bought for 108, worth 110 at the close
  expect(PARTS.reduce((sum, part) => sum + (parts?.[part] ?? 0), 0)).toBeCloseTo(row?.difference ?? 0, 12)
  expect(row?.coins.map(({ coin, mismatch, reason }) => [coin, mismatch, reason])).toEqual([
    ['BTC', 'missing', 'no_order_unknown'],
    ['ETH', 'mis_sized', ''],
  ])
})

test('a position that was closed and turned counts its cash', () => {
  const flipped = [held(11, 2, 180), held(12, -1, 120, { realized: 60 })] // sold 3 for 360
  const [row] = trackAccount({ ...INPUT, held: flipped, slippage: new Map() }, day(12), day(12))
  expect(row?.parts?.timing).toBeCloseTo((360 - 3 * 110) / 1000, 12)
})

test('a day of unknown return has no causes', () => {
  const [row] = trackAccount({ ...INPUT, live: new Map() }, day(12), day(12))
  expect(row).toMatchObject({ difference: null, parts: null, coins: [] })
  expect(Object.values(partColumns(null)).every((value) => value === null)).toBe(true)
})

test('books by lag: without a snapshot unknown, a flat book is not yesterday’s, the nearest lag is marked', () => {
  const a = new Map([['ETH', 1]])
  const b = new Map([
    ['ETH', 0.5],
    ['BTC', 0.5],
  ])
  const targets = new Map([
    [day(1), a],
    [day(2), b],
  ])
  const rows = trackLags(targets, new Map([[day(2), a]]), new Set([day(2), day(3)]), day(2), day(4))
  const of = (at: number) => rows.filter((row) => row.day === day(at))
  expect(of(2).map(({ lag, active_share, best }) => [lag, active_share, best])).toEqual([
    [0, 0.5, false],
    [1, 0, true],
    [2, null, false],
    [3, null, false],
  ])
  expect(
    of(3).map(({ active_share, mean_abs_diff, counts }) => [active_share, mean_abs_diff, counts.missing]),
  ).toEqual([
    [null, null, 0],
    [null, 0.5, 2],
    [null, 1, 1],
    [null, null, 0],
  ])
  expect(of(4).every(({ active_share, best }) => active_share === null && !best)).toBe(true)
})
