/** Makers in seeded worlds: no rule breaks through faults and kills, and session PnL is the venue's money to the cent in every run. */
import { expect, test } from 'vitest'
import { makerPlanOf } from './maker-plan.ts'
import { runPlan } from './world.ts'

const SEEDS = 200

test(`session PnL equals the venue's ledger to the cent, and nothing is left open, in ${SEEDS} worlds`, async () => {
  let fills = 0
  let taken = 0
  let exits = 0
  const modifies = { done: 0, gone: 0, refused: 0, unanswered: 0 }
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violations, ...world } = await runPlan(makerPlanOf(seed), { trace: true })
    expect(violations, `seed ${seed}`).toEqual([])
    fills += world.fills
    taken += world.orders
    for (const fate of ['done', 'gone', 'refused', 'unanswered'] as const)
      modifies[fate] += world.modifies[fate]
    exits += world.trace.filter((line) => line.includes(' reduce EXIT_')).length
  }
  // Worlds in which nothing trades would prove nothing.
  expect(fills).toBeGreaterThan(SEEDS)
  expect(taken).toBeGreaterThan(SEEDS)
  expect(exits).toBeGreaterThan(SEEDS)
  expect(modifies.done).toBeGreaterThan(SEEDS)
  for (const fate of ['gone', 'refused', 'unanswered'] as const)
    expect(modifies[fate], fate).toBeGreaterThan(0)
}, 120_000)
