/** Makes a failing plan smaller while it still breaks the same rule: fewer faults, fewer wishes, shorter, a perfect network. */
import type { Bug, Plan } from './plan.ts'
import { runPlan } from './world.ts'

/** Bounds the search: each run costs some hundredths of a second. */
const RUNS_MAX = 300

export async function shrink(plan: Plan, bug: Bug | undefined, rule: string): Promise<Plan> {
  const stillFails = async (smaller: Plan): Promise<boolean> => {
    const { violations } = await runPlan(smaller, { bug })
    return violations.some((violation) => violation.rule === rule)
  }
  let smallest = plan
  for (let runs = 0; runs < RUNS_MAX; ) {
    const before = smallest
    for (const candidate of candidates(before)) {
      runs += 1
      if (!(await stillFails(candidate))) continue
      smallest = candidate
      break
    }
    if (smallest === before) break
  }
  return smallest
}

/** Plans that lack one thing of this one, the largest things first. */
function* candidates(plan: Plan): Generator<Plan> {
  if (plan.noise > 0) yield { ...plan, noise: 0 }
  for (const fault of plan.faults) {
    yield { ...plan, faults: plan.faults.filter((each) => each !== fault) }
  }
  for (const wish of plan.wishes) {
    yield { ...plan, wishes: plan.wishes.filter((each) => each !== wish) }
  }
  for (let one = 0; one < plan.faults.length; one++) {
    for (let other = 0; other < one; other++) {
      yield { ...plan, faults: plan.faults.filter((_, at) => at !== one && at !== other) }
    }
  }
  const sooner = { ...plan, ...earlier(plan) }
  if (JSON.stringify(sooner) !== JSON.stringify(plan)) yield sooner
  for (const fault of plan.faults) {
    const shorter = { ...fault, forMs: Math.round(fault.forMs / 2) }
    if (shorter.forMs > 100) {
      yield { ...plan, faults: plan.faults.map((each) => (each === fault ? shorter : each)) }
    }
  }
}

/** Everything closer to the start, where there is less to read. */
function earlier({ faults, wishes }: Plan): Pick<Plan, 'faults' | 'wishes'> {
  const pull = (atMs: number): number => (atMs > 7_000 ? Math.max(7_000, Math.round(atMs * 0.8)) : atMs)
  return {
    faults: faults.map((fault) => ({ ...fault, atMs: pull(fault.atMs) })),
    wishes: wishes.map((wish) => ({ ...wish, atMs: pull(wish.atMs) })),
  }
}
