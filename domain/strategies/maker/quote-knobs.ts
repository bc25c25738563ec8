/** Knobs of a maker's quotes that may differ by coin: sizes, levels, distances, and when a quote is replaced. */
// Source: spec 004 §3. Not here: gates and sides (coin-knobs.ts), exits (exit-knobs.ts), what a knob is (knob.ts).
import { z } from 'zod'
import { bps, type Knob, knob, milliseconds, needs, passes } from '#domain/strategies/maker/knob.ts'

/** A mode of session PnL may bring levels of its own. */
const hasLadder: Knob['idle'] = ({ levels, mode }) =>
  Number(levels) > 1 || (mode ?? 'off') !== 'off' ? null : `levels is ${JSON.stringify(levels)}`
const isSpread = needs('strategy', (name) => name === 'spread')

export const QUOTE_KNOBS = {
  size_notional_usd: knob(z.number().min(1).max(1e7), 100, 'USD', 'wanted value of one quote'),
  levels: knob(z.int().min(1).max(10), 1, 'quotes a side', 'how many quotes lie on each side'),
  level_step_ticks: knob(
    passes(1, 1_000),
    1,
    'ticks',
    'distance from one quote of a side to the next one out',
    hasLadder,
  ),
  level_size_decay_pct: knob(
    z.number().min(0).max(50),
    0,
    '%',
    'each quote of a side is smaller than the one before it by this share of the first, down to the least order',
    hasLadder,
  ),
  touch_distance_bps: knob(bps(500), 0, 'bps of mid', 'keeps every quote this far behind the touch'),
  max_per_coin_notional: knob(
    z.number().min(1).max(1e8),
    300,
    'USD',
    'the side that adds is cut at this position value; above 1.2 × it the position is flattened',
  ),
  exchange_min_order_usd: knob(
    z.number().min(10).max(1e6),
    10,
    'USD',
    'smaller quotes are raised to it, or left out where a cap forbids that',
  ),
  px_decimals_override: knob(
    z.int().min(0).max(8).nullable(),
    null,
    'decimals',
    'quotes on ticks of 10^-n where that is coarser than the venue’s own tick',
  ),
  move_threshold_ticks: knob(
    z.int().min(1).max(10_000),
    1,
    'ticks',
    'a quote is replaced once it lies this far from where it belongs',
  ),
  min_replace_ms: knob(
    milliseconds(0, 600_000),
    100,
    'ms',
    'shortest time between two replacements of one quote',
  ),
  max_order_age_ms: knob(
    milliseconds(1_000, 3_600_000),
    30_000,
    'ms',
    'a quote of this age that is not at the front is renewed',
  ),
  replace_size_pct: knob(
    z.number().min(1).max(100),
    20,
    '%',
    'a quote is replaced when its size differs by more from the wanted one',
  ),
  improve_touch: knob(
    z.boolean(),
    true,
    'on/off',
    'quotes one tick inside the touch where the spread has room',
    isSpread,
  ),
  improve_one_tick: knob(
    z.boolean(),
    true,
    'on/off',
    'one tick further in when the touch has gone stale',
    isSpread,
  ),
  improve_stale_loops: knob(
    passes(1, 10_000),
    6,
    'passes',
    'passes without a change after which a touch counts as stale',
    (knobs) => isSpread?.(knobs) ?? needs('improve_one_tick')?.(knobs) ?? null,
  ),
  inventory_skew_ticks: knob(
    z.int().min(0).max(1_000),
    0,
    'ticks',
    'moves the side that adds inventory away',
    isSpread,
  ),
  stale_ms: knob(milliseconds(200, 60_000), 3_000, 'ms', 'market data older than this pulls the quotes'),
} as const
