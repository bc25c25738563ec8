/** Ten minutes of makers that would move their quotes in every pass, on one request budget, in virtual time: quotes rest, the budget lasts and is used. */
import { expect, test } from 'vitest'
import type { SegmentPorts } from '#domain/session/ports.ts'
import { budgetTier } from '#domain/strategies/maker/budget.ts'
import { actionWeight, createWeightBudget, LIMITS, type Spending } from '#exchange/client/weight-budget.ts'
import { createRandom } from '#tests/simulation/random.ts'
import { type MakerStage, makerStage } from '#tests/support/maker-stage.ts'

const RUN_MS = 600_000
/** The bucket starts full: what the first minute uses of it is no refill. */
const WARM_MS = 120_000

/** The budget of one address, and what went through it. */
function sharedBudget() {
  const at = { ms: 0 }
  const budget = createWeightBudget({ monotonicMs: () => at.ms, sleep: async () => {} })
  const spent: { ms: number; weight: number }[] = []
  let leastAfterOrder: number = LIMITS.weightPerMinuteMax
  const take = (weight: number, kind: Spending): boolean => {
    const went = budget.tryTake(weight, kind)
    if (went) spent.push({ ms: at.ms, weight })
    if (went && kind === 'order') leastAfterOrder = Math.min(leastAfterOrder, budget.left())
    return went
  }
  return {
    ...{ at, budget, spent, take },
    leastAfterOrder: () => leastAfterOrder,
    facts: () => ({
      ...{ weightLeft: budget.left(), weightMax: LIMITS.weightPerMinuteMax, wsLeft: null, actionsLeft: null },
      paceLeft: budget.paceLeft?.() ?? 0,
    }),
  }
}
type Shared = ReturnType<typeof sharedBudget>

const SPENT = 'own count: the request weight of this minute is spent'

/** Every call of the stage's venue costs what it costs at the real one. */
function meter({ ports, scheduler }: MakerStage, shared: Shared): void {
  const venue = { ...ports.venue }
  const sync = (): void => {
    shared.at.ms = Math.max(shared.at.ms, scheduler.nowMs)
  }
  const pay = (weight: number, kind: Spending): boolean => {
    sync()
    return shared.take(weight, kind)
  }
  const metered: Partial<SegmentPorts['venue']> = {
    budget: () => {
      sync()
      return shared.facts()
    },
    placeOrders: async (orders, options) =>
      pay(actionWeight(orders.length), 'order')
        ? venue.placeOrders(orders, options)
        : orders.map(({ cloid }) => ({ cloid, status: 'rejected' as const, message: SPENT })),
    cancelOrders(orders, options) {
      pay(actionWeight(orders.length), 'cancel')
      return venue.cancelOrders(orders, options)
    },
    openOrders() {
      pay(20, 'urgent')
      return venue.openOrders()
    },
    fillsSince(ts) {
      pay(20, 'urgent')
      return venue.fillsSince(ts)
    },
    account() {
      pay(2, 'urgent')
      return venue.account()
    },
  }
  const { modifyOrders } = venue
  if (modifyOrders) {
    metered.modifyOrders = async (modifies, options) =>
      pay(actionWeight(modifies.length), 'order')
        ? modifyOrders(modifies, options)
        : modifies.map(({ order }) => ({ cloid: order.cloid, status: 'rejected' as const, message: SPENT }))
  }
  Object.assign(ports.venue, metered)
}

async function runMakers(sessions: number, loopMs: number) {
  const shared = sharedBudget()
  const random = createRandom(1, 'pace')
  const stages: MakerStage[] = []
  for (let at = 0; at < sessions; at++) {
    const params = { loop_ms: loopMs, min_replace_ms: 0, size_notional_usd: 50 }
    const input = { audit_every_ms: 240_000 + at * 6_000 } // they started one after the other
    stages.push(await makerStage(params, { input, runMs: 0, before: (stage) => meter(stage, shared) }))
  }
  const found = { looks: 0, allowed: 0, resting: 0 }
  let [mid, step] = [10_000, 1]
  const startMs = stages[0]?.scheduler.nowMs ?? 0
  for (let ms = 0; ms < RUN_MS; ms += loopMs) {
    if (random.chance(0.1)) step = -step // it goes on in one direction: what was left behind stays wrong
    mid += step
    for (const stage of stages) {
      stage.trade(mid - 8, mid + 8)
      await stage.advance(loopMs)
      if (ms < WARM_MS) continue
      found.looks += 1
      if (budgetTier(shared.facts()).mayQuote) found.allowed += 1
      if (stage.venue.open().length > 0) found.resting += 1
    }
  }
  return { ...found, shared, startMs }
}

/** The most that went out in any minute. */
function worstMinute(spent: readonly { ms: number; weight: number }[]): number {
  let [from, sum, worst] = [0, 0, 0]
  for (const { ms, weight } of spent) {
    sum += weight
    while ((spent[from]?.ms ?? ms) <= ms - 60_000) sum -= spent[from++]?.weight ?? 0
    worst = Math.max(worst, sum)
  }
  return worst
}

test.each([
  { sessions: 1, loopMs: 50, usedMin: 0.5 }, // the market lets it rest now and then; see quote-pace.test.ts
  { sessions: 20, loopMs: 500, usedMin: 0.68 },
])(
  '$sessions sessions with a loop of $loopMs ms on one budget: quotes are allowed and rest, no minute is overspent, the refill is used',
  async ({ sessions, loopMs, usedMin }) => {
    const { looks, allowed, resting, shared, startMs } = await runMakers(sessions, loopMs)
    const late = shared.spent.filter(({ ms }) => ms >= startMs + WARM_MS)
    const used = late.reduce((sum, { weight }) => sum + weight, 0) / ((RUN_MS - WARM_MS) / 60_000)
    expect(allowed / looks).toBeGreaterThanOrEqual(0.95)
    expect(resting / looks).toBeGreaterThanOrEqual(0.95)
    expect(worstMinute(shared.spent)).toBeLessThanOrEqual(LIMITS.weightPerMinuteMax)
    expect(shared.leastAfterOrder()).toBeGreaterThanOrEqual(LIMITS.cancelReserve)
    expect(used).toBeGreaterThanOrEqual(usedMin * LIMITS.weightPerMinuteMax)
  },
)
