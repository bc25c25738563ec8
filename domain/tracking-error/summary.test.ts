/** The summary of a pair: causes add up over days, unknown days are counted, alarms look both ways. */
import { expect, test } from 'vitest'
import { PARTS } from '#domain/tracking-error/attribution.ts'
import { isAlarming, type SummaryDay, summarisePair } from '#domain/tracking-error/summary.ts'

const day = (live: number | null, paper: number | null, fees: number | null): SummaryDay => {
  const difference = live === null || paper === null ? null : live - paper
  const parts = Object.fromEntries(PARTS.map((part) => [part, difference === null ? null : 0]))
  const rest = difference === null || fees === null ? null : difference - fees
  return { live_return: live, paper_return: paper, difference, ...parts, fees, rest } as SummaryDay
}

test('causes and difference add up', () => {
  const summary = summarisePair(
    [day(0.02, 0.01, -0.002), day(-0.01, 0, -0.001), day(null, 0.01, null)],
    [0.01, null, 0.02],
  )
  expect(summary.difference).toBeCloseTo(0, 12)
  expect(PARTS.reduce((sum, part) => sum + summary.causes[part], 0)).toBeCloseTo(summary.difference, 12)
  expect(summary.causes.fees).toBeCloseTo(-0.003, 12)
  expect(summary).toMatchObject({ days: 2, unknown_days: 1, model_return: expect.closeTo(0.0302, 12) })
  expect(summary.live_return).toBeCloseTo(1.02 * 0.99 - 1, 12)
})

test('nothing known', () => {
  expect(summarisePair([], [])).toMatchObject({
    days: 0,
    te_daily: null,
    live_return: null,
    difference: 0,
    unknown_days: 0,
  })
})

test('an alarm does not care for the sign', () => {
  expect(isAlarming({ difference: -0.11, te_7d: null })).toBe(true)
  expect(isAlarming({ difference: 0.1, te_7d: 0.05 })).toBe(false)
  expect(isAlarming({ difference: null, te_7d: 0.051 })).toBe(true)
})
