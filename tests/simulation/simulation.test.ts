/** The session core in seeded worlds: no rule breaks, two deliberate bugs are found, and one seed is always the same world. */
import { expect, test } from 'vitest'
import { BUGS, type Plan, planOf } from './plan.ts'
import { shrink } from './shrink.ts'
import { runPlan } from './world.ts'

const SEEDS = 200
/** Where a deliberate bug must have shown. */
const SEEDS_TO_FIND_A_BUG = 2_000

test(`${SEEDS} seeded worlds of faults and kills break no rule`, async () => {
  let orders = 0
  let epochs = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = await runPlan(planOf(seed))
    expect(result.violations, `seed ${seed}`).toEqual([])
    orders += result.orders
    epochs += result.epochs
  }
  // Worlds in which nothing happens would keep every rule.
  expect(orders).toBeGreaterThan(SEEDS * 5)
  expect(epochs).toBeGreaterThan(SEEDS * 1.05)
})

test.each(BUGS)('with the bug "%s" a world breaks a rule, and its smallest form still does', async (bug) => {
  let found: Plan | null = null
  let rule = ''
  for (let seed = 1; seed <= SEEDS_TO_FIND_A_BUG && !found; seed++) {
    const plan = planOf(seed)
    const { violations } = await runPlan(plan, { bug })
    if (violations[0]) {
      found = plan
      rule = violations[0].rule
    }
  }
  expect(found, `no seed up to ${SEEDS_TO_FIND_A_BUG} shows it`).not.toBeNull()
  if (!found) return
  const smallest = await shrink(found, bug, rule)
  const { violations, trace } = await runPlan(smallest, { bug, trace: true })
  expect(violations.map((violation) => violation.rule)).toContain(rule)
  expect(trace.length).toBeGreaterThan(0)
  expect(smallest.faults.length).toBeLessThanOrEqual(found.faults.length)
  // Without the bug the same small world keeps every rule: the rule breaks for the bug's sake.
  expect((await runPlan(smallest)).violations).toEqual([])
})

test('one seed is one world: the same trace, event by event', async () => {
  const first = await runPlan(planOf(17), { trace: true })
  const second = await runPlan(planOf(17), { trace: true })
  expect(second.trace).toEqual(first.trace)
  expect(second.events).toBe(first.events)
})
