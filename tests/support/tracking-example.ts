/** The worked example of spec 000 §9.2, shared by the tests that check its numbers: twelve days, two coins. */

import { DAY_MS } from '#domain/time.ts'
import type { MatrixRow } from '#domain/tracking-error/original.ts'
import type { Weights } from '#domain/tracking-error/weights.ts'

const AVAX = [13.1, 13.42, 13.05, 13.61, 13.58, 13.2, 12.94, 13.33, 13.7, 13.66, 13.91, 14.02]
const LINK = [12, 12.3, 12.18, 12.66, 13.02, 12.71, 12.8, 12.55, 12.91, 13.3, 13.18, 13.45]
const AVAX_WEIGHT = [0.3, 0.25, -0.1, -0.2, 0.15, 0.35, 0.4, 0.1, -0.05, 0.2, 0.25, 0.3]
const LINK_WEIGHT = [-0.2, -0.25, 0.3, 0.4, 0.25, -0.1, -0.15, 0.2, 0.35, 0.1, -0.2, -0.25]
export const NAV = [5000, 5012.5, 4987.1, 5033, 5051.7, 5040.2, 5066.6, 5071, 5049.9, 5102.3, 5120.8, 5131]

/** First millisecond of the n-th of December. */
export const december = (day: number): number => Date.UTC(2025, 11, day)
const name = (at: number): string => `2025-12-${String(at + 1).padStart(2, '0')}`
const rows = (avax: readonly number[], link: readonly number[]): MatrixRow[] =>
  avax.map((value, at) => ({
    date: name(at),
    values: new Map([
      ['AVAX', value],
      ['LINK', link[at] as number],
    ]),
  }))

export const CLOSE_ROWS = rows(AVAX, LINK)
export const TARGET_ROWS = rows(AVAX_WEIGHT, LINK_WEIGHT)
export const NAV_ROWS = NAV.map((value, at) => ({ date: name(at), value }))

const byDay = <T>(values: readonly T[]): Map<number, T> =>
  new Map(values.map((value, at) => [december(at + 1), value]))
export const CLOSES = new Map([
  ['AVAX', byDay(AVAX)],
  ['LINK', byDay(LINK)],
])
export const TARGETS: ReadonlyMap<number, Weights> = byDay(TARGET_ROWS.map(({ values }) => values))
export const LIVE: ReadonlyMap<number, number | null> = new Map(
  NAV.slice(1).map((value, at) => [december(at + 2), value / (NAV[at] as number) - 1]),
)
export const FIRST = december(1)
export const LAST = december(1) + 11 * DAY_MS
