/** Tests of the share of request weight that following traders may use. */
import { expect, it } from 'vitest'
import { LIMITS as VENUE } from '#exchange/client/weight-budget.ts'
import { createShareBudget, SHARES, weightOf } from '#streamers/traders-budget.ts'

function fakeClock() {
  const clock = {
    ms: 0,
    monotonicMs: () => clock.ms,
    async sleep(ms: number) {
      clock.ms += ms
    },
  }
  return clock
}

it('stays below two fifths of what the venue allows, both shares together', () => {
  expect(weightOf(SHARES.positions) + weightOf(SHARES.orders)).toBeLessThanOrEqual(
    0.4 * VENUE.weightPerMinuteMax,
  )
})

it('never gives more in a minute than its share and what was saved up', () => {
  const clock = fakeClock()
  const budget = createShareBudget(clock, 0.1)
  let given = 0
  for (; clock.ms < 60_000; clock.ms += 100) while (budget.tryTake(2, 'read')) given += 2
  expect(given).toBeLessThanOrEqual(120 + 20)
  expect(given).toBeGreaterThanOrEqual(118)
  expect(budget.spent()).toBe(given)
})

it('saves up for seconds only: a long pause does not end in a burst', () => {
  const clock = fakeClock()
  const budget = createShareBudget(clock, 0.1)
  clock.ms = 3_600_000
  let burst = 0
  while (budget.tryTake(1, 'read')) burst++
  expect(burst).toBe(20)
})

it('waits for its weight, pays debts of answers back, and heeds the venue', async () => {
  const clock = fakeClock()
  const budget = createShareBudget(clock, 0.1)
  budget.tryTake(20, 'read')
  expect(await budget.take(2, 'read', 2_000)).toBe(true)
  expect(clock.ms).toBeGreaterThanOrEqual(990)
  budget.tryTake(40, 'cancel') // an answer cost more than was left
  expect(await budget.take(2, 'read', 1_000)).toBe(false)
  budget.exhausted(30_000)
  expect(budget.left()).toBeLessThan(-20)
})
