/** Followers in seeded worlds of faults and kills: no rule breaks, and they do trade. */
import { expect, test } from 'vitest'
import { asFollower } from './follower-plan.ts'
import { planOf } from './plan.ts'
import { runPlan } from './world.ts'

const SEEDS = 120

test(`${SEEDS} seeded worlds with a follower break no rule`, async () => {
  let orders = 0
  let fills = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = await runPlan(asFollower(planOf(seed)))
    expect(result.violations, `seed ${seed}`).toEqual([])
    orders += result.orders
    fills += result.fills
  }
  // Worlds in which nothing happens would keep every rule.
  expect(orders).toBeGreaterThan(SEEDS * 2)
  expect(fills).toBeGreaterThan(SEEDS)
})
