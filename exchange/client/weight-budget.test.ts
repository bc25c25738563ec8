/** Waiting for weight: in the order of asking, by kind, and never what cancels need. */
import { expect, test } from 'vitest'
import { virtualClock } from '#tests/support/virtual-clock.ts'
import { createWeightBudget, LIMITS } from './weight-budget.ts'

/** A bucket with `left` to spend, all of it spent in this minute. */
function setUp(left: number) {
  const time = virtualClock()
  const budget = createWeightBudget(time.clock)
  budget.tryTake(LIMITS.weightPerMinuteMax - left, 'cancel')
  return { ...time, budget }
}

test('a large question that waits is not overtaken by small ones that would fit in at once', async () => {
  const { advance, budget, drive } = setUp(LIMITS.cancelReserve + 50)
  const order: string[] = []
  const take = async (name: string, weight: number): Promise<void> => {
    await budget.take(weight, 'urgent', 120_000)
    order.push(name)
  }
  const large = take('large', 120)
  const small = [take('small', 20), take('small', 20)]
  await advance(30_000)
  expect(order).toEqual([]) // the small ones would have fitted in
  await drive(Promise.all([large, ...small]))
  expect(order).toEqual(['large', 'small', 'small'])
})

test('who waits too long leaves the line, and the next one has its turn', async () => {
  const { budget, drive } = setUp(LIMITS.cancelReserve + 50)
  const large = budget.take(120, 'urgent', 1_000)
  const small = budget.take(20, 'urgent', 5_000)
  expect(await drive(large)).toBe(false)
  expect(await drive(small)).toBe(true)
})

test('kinds do not wait for each other, and a cancel waits for nobody', async () => {
  const { budget, drive } = setUp(LIMITS.cancelReserve + 50)
  const large = budget.take(120, 'urgent', 90_000)
  expect(budget.tryTake(20, 'order')).toBe(true)
  expect(await budget.take(300, 'cancel', 0)).toBe(true)
  expect(await drive(large)).toBe(true)
})
