/** The pace of quotes: what the coming minute can bear, and many sessions that share one bucket without knowing of each other. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { budgetTier } from '#domain/strategies/maker/budget.ts'
import { createQuotePace, lastingRate, LIMITS as PACE } from '#exchange/client/quote-pace.ts'
import { createWeightBudget, LIMITS } from '#exchange/client/weight-budget.ts'

const MAX: number = LIMITS.weightPerMinuteMax

test('an untouched minute bears its weight above the floor, evenly', () => {
  const minute = { perMinute: MAX, left: MAX, spent: new Map(), nowMs: 0 }
  expect(lastingRate(minute, 324)).toBeCloseTo((MAX - 324) / 61, 9)
})

test.each([
  [0, 176 / 62], // just spent: what is left must do for the whole minute
  [40_000, 176 / 22],
  [62_000, 876 / 61], // it came back
])('700 spent at once, %i ms later: %f a second', (nowMs, is) => {
  const minute = { perMinute: MAX, left: MAX - 700, spent: new Map([[0, 700]]), nowMs }
  expect(lastingRate(minute, 324)).toBeCloseTo(is, 9)
})

test('at the floor and below it nothing may be spent', () => {
  const spent = new Map([[0, 900]])
  expect(lastingRate({ perMinute: MAX, left: 324, spent, nowMs: 0 }, 324)).toBe(0)
  expect(lastingRate({ perMinute: MAX, left: -100, spent, nowMs: 0 }, 324)).toBe(0)
})

test('whoever keeps to the rate that lasts never finds less than the floor', () => {
  const burst = fc.record({ at: fc.integer({ min: 0, max: 59 }), weight: fc.integer({ min: 1, max: 300 }) })
  fc.assert(
    fc.property(fc.array(burst, { maxLength: 10 }), (bursts) => {
      const spent = new Map<number, number>()
      for (const { at, weight } of bursts.toSorted((a, b) => a.at - b.at))
        spent.set(at, (spent.get(at) ?? 0) + weight)
      const sum = (): number => [...spent.values()].reduce((total, weight) => total + weight, 0)
      fc.pre(sum() <= MAX - 324) // what starts below the floor has nothing to keep to
      for (let second = 60; second < 200; second++) {
        for (const past of spent.keys()) if (past + PACE.returnsAfterS <= second) spent.delete(past)
        const left = MAX - sum()
        spent.set(second, lastingRate({ perMinute: MAX, left, spent, nowMs: second * 1_000 }, 324))
        expect(MAX - sum()).toBeGreaterThanOrEqual(324 - 1e-6)
      }
    }),
  )
})

test('what is saved up is spent once, and comes back at the rate that lasts', () => {
  const pace = createQuotePace(MAX, LIMITS.cancelReserve)
  const minute = { perMinute: MAX, left: MAX, spent: new Map<number, number>(), nowMs: 0 }
  expect(pace.left(minute)).toBe(1)
  pace.spend(100)
  expect(pace.left(minute)).toBeCloseTo(0.5, 9)
  const later = pace.left({ ...minute, nowMs: 1_000 })
  expect(later - 0.5).toBeCloseTo((MAX - 324) / 61 / 200, 9)
})

test.each([
  [324, 1],
  [294, 0.5],
  [264, 0],
])(
  'what was saved up does not lead below a fifth of the minute: at %i left %f of it may be spent',
  (left, is) => {
    const pace = createQuotePace(MAX, LIMITS.cancelReserve)
    expect(pace.left({ perMinute: MAX, left, spent: new Map(), nowMs: 0 })).toBeCloseTo(is, 9)
  },
)

/** Sessions that would move their quotes in every pass: a cancel and an order each time they may. */
function shareBucket(sessions: number, loopMs: number, minutes: number) {
  const at = { ms: 0 }
  const clock = { monotonicMs: () => at.ms, sleep: async () => {} }
  const budget = createWeightBudget(clock)
  const placedMs = Array.from({ length: sessions }, () => Number.NEGATIVE_INFINITY)
  const found = { spent: 0, passes: 0, allowed: 0, refused: 0, leastLeft: MAX, longestMs: 0 }
  for (at.ms = 0; at.ms < minutes * 60_000; at.ms += loopMs) {
    for (let session = 0; session < sessions; session++) {
      const facts = { weightLeft: budget.left(), weightMax: MAX, wsLeft: null, actionsLeft: null }
      const tier = budgetTier({ ...facts, paceLeft: budget.paceLeft?.() ?? 0 })
      found.passes += 1
      if (tier.mayQuote) found.allowed += 1
      const sinceMs = at.ms - (placedMs[session] as number)
      if (!tier.mayQuote || sinceMs < tier.paceMs) continue
      if (at.ms > 120_000) found.longestMs = Math.max(found.longestMs, sinceMs)
      budget.tryTake(1, 'cancel')
      if (!budget.tryTake(1, 'order')) found.refused += 1
      if (at.ms >= 60_000) found.spent += 2
      placedMs[session] = at.ms
    }
    found.leastLeft = Math.min(found.leastLeft, budget.left())
  }
  return { ...found, used: found.spent / ((minutes - 1) * MAX) }
}

test.each([
  { sessions: 1, loopMs: 50, longestMs: 1_000 },
  { sessions: 5, loopMs: 250, longestMs: 2_000 },
  { sessions: 20, loopMs: 250, longestMs: 5_000 },
  { sessions: 100, loopMs: 250, longestMs: 20_000 },
])(
  '$sessions sessions share a bucket for ten minutes: always allowed, none refused, the refill used, none waits $longestMs ms',
  ({ sessions, loopMs, longestMs }) => {
    const found = shareBucket(sessions, loopMs, 10)
    expect(found.allowed / found.passes).toBeGreaterThanOrEqual(0.95)
    expect(found.refused).toBe(0)
    expect(found.leastLeft).toBeGreaterThan(LIMITS.cancelReserve)
    expect(found.used).toBeGreaterThanOrEqual(0.7)
    expect(found.longestMs).toBeLessThan(longestMs)
  },
)
