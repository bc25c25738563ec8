/** Plans of follower sessions whose targets turn every few virtual seconds: each rebalance has slices under way when something happens. */
import type { SessionInput } from '#domain/session/input.ts'
import { FollowParams } from '#domain/strategies/follow-params.ts'
import type { TargetSet } from '#domain/strategies/follow-targets.ts'
import { COIN } from './market.ts'
import type { Plan } from './plan.ts'
import { createRandom, type Random } from './random.ts'

const TURN_MS = 6_000
const WEIGHTS = [0.2, -0.2, 0, 0.05, 0.3, -0.1] as const

/** The same at the same time, whatever happened before. */
export function targetsAt(nowMs: number): TargetSet {
  const turn = Math.floor(nowMs / TURN_MS)
  return {
    ts: turn * TURN_MS,
    weights: { [COIN]: WEIGHTS[turn % WEIGHTS.length] ?? 0 },
    source: 'simulation',
  }
}

/** The faults and wishes of a plan, with a follower in their midst. */
export function asFollower(plan: Plan): Plan {
  const random = createRandom(plan.seed, 'follower')
  const { coins, limits, session_key, mode, account, on_kill, on_stop, on_control_loss } = plan.input
  const common = { coins: [...coins], limits, session_key, mode, account, on_kill, on_stop, on_control_loss }
  const input: SessionInput = { engine: 'follower', ...common, params: followParams(random) }
  return { ...plan, input }
}

const followParams = (random: Random): FollowParams =>
  FollowParams.parse({
    ...{ strategy: 'follow_targets', source: 'signals', capital_usd: 8_000 },
    every_ms: random.pick([1_000, 3_000, 10_000]),
    passive_ms: random.pick([0, 300, 2_000]),
    slice_usd: random.pick([300, 1_000, 2_400]),
    threshold: random.pick([0, 0.02, 0.1]),
    turnover_max: random.pick([0.1, 1]),
    slices_max: random.pick([2, 20]),
  })
