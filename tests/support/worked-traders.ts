/** Seven leaderboard rows whose scores, tags, guesses and selection are known. */
import { type LeaderboardRow, readRows } from '#domain/traders/leaderboard.ts'

type Figures = [pnl: number, roi: number, vlm: number]

/** Address made of one digit. */
export const exampleAddress = (index: number): string => `0x${String(index).repeat(40)}`

function row(
  index: number,
  value: number,
  figures: { day?: Figures; week: number; month: [number, number]; allTime: number },
): unknown {
  const window = ([pnl, roi, vlm]: Figures) => ({ pnl: String(pnl), roi: String(roi), vlm: String(vlm) })
  return {
    ethAddress: exampleAddress(index),
    accountValue: String(value),
    displayName: null,
    windowPerformances: [
      ...(figures.day ? [['day', window(figures.day)]] : []),
      ['week', window([0, figures.week, 0])],
      ['month', window([0, figures.month[0], figures.month[1]])],
      ['allTime', window([0, figures.allTime, 0])],
    ],
  }
}

export const EXAMPLE_ROWS: readonly unknown[] = [
  row(1, 2_345_678.9, {
    day: [7271, 0.0031, 410_000],
    week: 0.0415,
    month: [0.1273, 61_200_000],
    allTime: 0.8421,
  }),
  row(2, 640_000, { day: [-12_800, -0.02, 90_000], week: -0.31, month: [-0.22, 3_300_000], allTime: 2.7 }),
  row(3, 11_250_000, { day: [0, 0, 250_000], week: 0.08, month: [0.61, 730_000_000], allTime: 0.47 }),
  row(4, 5_150_000, { day: [-6180, 0.00009, 40_000], week: 0.12, month: [0.33, 18_500_000], allTime: 1.9 }),
  row(5, 1_310_000, { day: [90, 0.00005, 99_000], week: 0.165, month: [0.44, 52_000_000], allTime: 0.77 }),
  row(6, 87_500, { day: [1, 0.4, 1], week: 0.6, month: [0.9, 1_200_000], allTime: 3.3 }),
  row(7, 7_700_000, { week: 0.035, month: [0.52, 64_000_000], allTime: -0.4 }),
]

export const exampleRows = (): LeaderboardRow[] => readRows(EXAMPLE_ROWS).rows
