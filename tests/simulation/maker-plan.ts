/** Plans of maker sessions whose machines have hair triggers: every exit, pause and stop happens within virtual seconds. */
import type { SessionInput } from '#domain/session/input.ts'
import { MicropriceParams, SpreadParams } from '#domain/strategies/maker/params.ts'
import { type Plan, planOf } from './plan.ts'
import { createRandom, type Random } from './random.ts'

/** The faults and wishes of the seed, with a maker in their midst. */
export function makerPlanOf(seed: number): Plan {
  const plan = planOf(seed)
  const random = createRandom(seed, 'maker')
  const { coins, limits, session_key, mode, account, on_kill, on_stop, on_control_loss } = plan.input
  const common = { coins: [...coins], limits, session_key, mode, account, on_kill, on_stop, on_control_loss }
  const params = makerParams(random)
  const rejects = random.pick([0, 0, 0.05])
  return { ...plan, rejects, input: { engine: 'maker', ...common, params } }
}

type MakerParams = Extract<SessionInput, { engine: 'maker' }>['params']

export function makerParams(random: Random): MakerParams {
  const knobs = {
    loop_ms: 300,
    housekeep_every_loops: random.pick([10, 40]),
    quote_every_loops: random.pick([1, 1, 3]),
    batch_orders: random.chance(0.7),
    purge_on_start: random.chance(0.3),
    flatten_on_start: random.chance(0.3),
    size_notional_usd: 400,
    max_per_coin_notional: random.pick([900, 2_500]),
    max_gross_notional: 3_000,
    margin_cap_mode: random.pick(['off', 'auto', 'strict'] as const),
    min_spread_guard_enabled: false,
    dynamic_min_spread_enabled: random.chance(0.3),
    levels: random.pick([1, 1, 3]),
    min_replace_ms: random.pick([0, 600]),
    max_order_age_ms: random.pick([1_000, 30_000]),
    take_profit_min_bps: random.pick([1, 30]),
    take_profit_min_usd: random.pick([0, 0.05, 25]),
    bailout_partial_mae_bps: random.pick([1, 5]),
    bailout_partial_min_s: random.pick([0, 2]),
    bailout_full_mae_bps: random.pick([8, 20]),
    bailout_full_max_s: random.pick([4, 180]),
    bailout_pause_s: random.pick([1, 5]),
    portfolio_pause_threshold_pct: random.pick([0.1, 8]),
    portfolio_pause_s: random.pick([0, 3]),
    emergency_stop_loss_pct: 15,
    mode: random.pick(['off', 'auto', 'DEFENSIVE'] as const),
    mode_cycle_s: 30,
    level_size_decay_pct: random.pick([0, 0, 20]),
    touch_distance_bps: random.pick([0, 0, 1]),
    advisor_enabled: random.chance(0.3),
    drawdown_alert_pct: random.pick([0.05, 2]),
  }
  return random.chance(0.5)
    ? SpreadParams.parse({ strategy: 'spread', inventory_skew_ticks: random.pick([0, 2]), ...knobs })
    : MicropriceParams.parse({ strategy: 'microprice', min_half_spread_bps: random.pick([0, 1]), ...knobs })
}
