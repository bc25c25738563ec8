/** Names of the original market maker's configuration that have no effect here, and what to use instead. */
// Source: spec 004 §3, keys marked † and ‡, and §16. Used where an unknown key is refused and where its files are imported.

/** Other names of knobs that exist: old → new. */
export const RENAMED: Readonly<Record<string, string>> = {
  improve_stale_ticks: 'improve_stale_loops',
  market_data_update_freq: 'quote_every_loops',
  housekeep_every_n: 'housekeep_every_loops',
  ss_ma_half_life_sec: 'ss_ma_half_life_s',
  target_inventory_usd_default: 'target_inventory_usd',
  inv_band_pct_default: 'inv_band_pct',
  bailout_partial_min_seconds: 'bailout_partial_min_s',
  bailout_full_max_seconds: 'bailout_full_max_s',
  bailout_pause_seconds: 'bailout_pause_s',
  bail_partial_mae_bps: 'bailout_partial_mae_bps',
  bail_full_mae_bps: 'bailout_full_mae_bps',
  bail_underwater_time_s: 'bailout_partial_min_s',
  bail_work_time_s: 'bailout_full_max_s',
  ioc_throttle_s: 'ioc_throttle_ms',
  bot_id: 'session_key',
  cycle_ms: 'loop_ms',
}

/** Names without a successor, and why. */
export const DEAD: Readonly<Record<string, string>> = {
  wallet_address: 'name an account of config/holdfast.yaml under `account`',
  name: 'the session key is the name',
  config_version: 'every change of parameters is a decision: `holdfast session history`',
  use_websocket: 'market data always comes by socket; exits ask by HTTP when it is silent',
  order_batch_size: 'had no effect; `batch_orders` sends a pass in one action',
  peg_frac_of_spread: 'had no effect',
  open_orders_refresh_s: 'own orders are followed as a stream',
  bias_enabled: '`bias_side: none` is off',
  bias_direction_cooldown_min: 'had no effect; `single_sided_flip_cooldown_loops` keeps sides apart',
  enhanced_take_profit_enabled: 'the ladder is `take_profit_enabled`',
  flatten_reduce_only: 'closing orders are always reduce-only',
  min_spread_guard_exclude: 'set `per_coin.COIN.min_spread_guard_enabled: false`',
  dynamic_min_spread_exclude: 'set `per_coin.COIN.dynamic_min_spread_enabled: false`',
  autotune_exclude: 'give those coins a session of their own with `autotune_enabled: false`',
  dynamic_min_spread_telemetry_every_loops: 'each minute is a row of maker_minutes',
  ss_market_aware_log_sample_s: 'each decision is a row of decisions',
  telemetry_enabled: 'rows are always written',
  telemetry_console: 'rows are always written',
  telemetry_db: 'rows are always written',
  fills_log_enabled: 'fills are always stored',
  lifecycle_log_enabled: 'orders are always stored',
  fc_probe_log: 'free collateral is in the account snapshots',
  taker_fee_bps: 'fees come from the account',
  maker_tier_bps: 'fees come from the account',
  portfolio_pnl_pause_pct: 'was reserved; use `portfolio_pause_threshold_pct`',
}

/** What to say of an unknown key; '' when nothing is known of it. */
export function adviceFor(key: string): string {
  const renamed = RENAMED[key]
  if (renamed !== undefined) return `${key} is now ${renamed}`
  return DEAD[key] === undefined ? '' : `${key}: ${DEAD[key]}`
}
