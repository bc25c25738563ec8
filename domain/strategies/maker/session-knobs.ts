/** Every knob of a maker that is one for the whole session: pace, gross caps, portfolio rules, autotune, modes. Source: spec 003 §4, 004 §3. */
// Not here: what may differ by coin (coin-knobs.ts, exit-knobs.ts).
import { z } from 'zod'
import { MODE_NAMES } from '#domain/session-pnl/mode-table.ts'
import { bps, knob, milliseconds, needs, passes, share, usd } from '#domain/strategies/maker/knob.ts'

const isTuned = needs('autotune_enabled')
const isAdvised = needs('advisor_enabled')
const hasMarginCap = needs('margin_cap_mode', (mode) => mode !== 'off')
const minutes = z.int().min(1).max(1_440)

export const SESSION_KNOBS = {
  loop_ms: knob(milliseconds(50, 60_000), 250, 'ms', 'shortest time from one pass to the next'),
  quote_every_loops: knob(passes(1, 100), 1, 'passes', 'quotes move in every n-th pass; exits run in each'),
  housekeep_every_loops: knob(
    passes(10, 100_000),
    1_000,
    'passes',
    'own orders at the venue are compared with ours, strays are cancelled',
  ),
  batch_orders: knob(z.boolean(), true, 'on/off', 'all orders of a pass in one action, else one action each'),
  purge_on_start: knob(
    z.boolean(),
    false,
    'on/off',
    'also cancels orders on its coins that are not of this session, once at start',
  ),
  flatten_on_start: knob(
    z.boolean(),
    false,
    'on/off',
    'closes the positions found at start before it quotes',
  ),
  max_gross_notional: knob(
    z.number().min(1).max(1e9),
    600,
    'USD',
    'sides that add are cut at this sum of position values over all coins',
  ),
  margin_cap_mode: knob(
    z.enum(['auto', 'off', 'strict']),
    'auto',
    'auto, off, strict',
    'quotes are cut to what free collateral carries; auto ignores an unknown collateral on paper and testnet',
  ),
  margin_cap_fraction: knob(share, 0.5, 'share', 'of the free collateral for resting orders', hasMarginCap),
  assumed_leverage: knob(z.number().min(1).max(50), 10, '×', 'notional per margin dollar', hasMarginCap),
  fc_hint_usd: knob(usd(1e9), 0, 'USD', 'free collateral while the account tells none', hasMarginCap),
  emergency_stop_loss_pct: knob(
    z.number().min(0.1).max(100),
    15,
    '% of start equity',
    'fall of the session’s PnL from its peak at which it kills itself and flattens',
  ),
  portfolio_pause_threshold_pct: knob(
    z.number().min(0.1).max(100),
    8,
    '% of start equity',
    'fall at which quotes are pulled; exits go on',
  ),
  portfolio_pause_s: knob(
    z.number().min(0).max(86_400),
    180,
    's',
    'time below the threshold before it quotes again',
  ),
  autotune_enabled: knob(
    z.boolean(),
    false,
    'on/off',
    'moves percentile and guard buffer by what the last minutes earned',
  ),
  autotune_window_minutes: knob(minutes, 5, 'min', 'minutes judged', isTuned),
  autotune_cooldown_minutes: knob(minutes, 2, 'min', 'fewest minutes between two changes of a coin', isTuned),
  autotune_min_maker_share: knob(
    share,
    0.7,
    'share',
    'loosening and tightening need this maker share',
    isTuned,
  ),
  autotune_neg_pnl_usd: knob(
    z.number().min(-1e6).max(1e6),
    0,
    'USD',
    'PnL of the window at or below which it tightens',
    isTuned,
  ),
  autotune_target_maker_fills_per_min: knob(
    z.number().min(0).max(10_000),
    2,
    'fills/min',
    'fewer, with a profit, loosen',
    isTuned,
  ),
  autotune_raise_percentile_step: knob(share, 0.05, '', 'step of the percentile when tightening', isTuned),
  autotune_lower_percentile_step: knob(share, 0.05, '', 'step of the percentile when loosening', isTuned),
  autotune_percentile_min: knob(share, 0.4, '', 'lowest percentile', isTuned),
  autotune_percentile_max: knob(share, 0.9, '', 'highest percentile', isTuned),
  autotune_raise_guard_buffer_bps: knob(
    bps(20),
    0.5,
    'bps',
    'step of the guard buffer when tightening',
    isTuned,
  ),
  autotune_lower_guard_buffer_bps: knob(
    bps(20),
    0.5,
    'bps',
    'step of the guard buffer when loosening',
    isTuned,
  ),
  autotune_guard_buffer_min_bps: knob(bps(100), 1.5, 'bps', 'lowest guard buffer', isTuned),
  autotune_guard_buffer_max_bps: knob(bps(100), 4, 'bps', 'highest guard buffer', isTuned),
  mode: knob(
    z.enum(['off', 'auto', ...MODE_NAMES]),
    'off',
    'off, auto or a mode',
    'distance and levels by session PnL: auto decides each cycle, a name holds that one, off leaves the knobs alone',
  ),
  mode_cycle_s: knob(
    z.int().min(30).max(3_600),
    300,
    's',
    'length of a cycle: PnL of the session is judged and stored',
  ),
  advisor_enabled: knob(
    z.boolean(),
    false,
    'on/off',
    'sizes, levels, distance and leverage follow drawdown, returns and volatility of the session, cycle by cycle',
  ),
  advisor_volatility_pct: knob(
    z.number().min(1).max(10_000),
    100,
    '% a year',
    'above it the advisor is defensive: 5 bps more spread, at most half of the leverage',
    isAdvised,
  ),
  session_loss_alert_usd: knob(
    usd(1e7),
    5,
    'USD',
    'a session loss beyond it is reported as an issue of the cycle, and as an alert',
  ),
  drawdown_alert_pct: knob(
    z.number().min(0.01).max(100),
    2,
    '% of the highest equity',
    'a fall of the session that reaches it is an alert',
  ),
  taker_share_alert: knob(
    share,
    0.3,
    'share',
    'fills that took liquidity, of all fills of the session, alert from here on',
  ),
  margin_use_alert: knob(
    share,
    0.8,
    'share',
    'equity of the account that is bound as margin alerts from here on',
  ),
  alert_cooldown_min: knob(
    z.number().min(1).max(10_080),
    30,
    'min',
    'an alert of the same kind is told again only after this',
  ),
  imbalance_alert_share: knob(
    share,
    0.8,
    'share',
    'an imbalance of bought and sold coins beyond it is reported',
  ),
} as const
