/** Knobs of a maker that may differ by coin: gates, sides, and what only `microprice` reads. Source: spec 004 §3, with §16. */
// Not here: quotes (quote-knobs.ts), exits (exit-knobs.ts), what is one for the whole session (session-knobs.ts), what a knob is (knob.ts).
import { z } from 'zod'
import { bps, knob, needs, passes, share, usd } from '#domain/strategies/maker/knob.ts'

const isAuto = needs('single_sided_mode', (mode) => mode === 'auto')
const isMarketAware = (knobs: Readonly<Record<string, unknown>>): string | null =>
  isAuto?.(knobs) ?? needs('single_sided_market_aware')?.(knobs) ?? null
const isGuarded = needs('min_spread_guard_enabled')
const isDynamic = needs('dynamic_min_spread_enabled')
const isBiased = needs('bias_side', (side) => side !== 'none')
const isMicro = needs('strategy', (name) => name === 'microprice')

export const GATE_KNOBS = {
  min_spread_bps: knob(bps(1_000), 0, 'bps of mid', 'no quotes while the market’s spread is narrower'),
  min_spread_guard_enabled: knob(
    z.boolean(),
    true,
    'on/off',
    'raises min_spread_bps to what two maker fees of the account cost, and the buffer',
  ),
  min_spread_guard_buffer_bps: knob(bps(100), 2, 'bps', 'kept above the break-even by the guard', isGuarded),
  dynamic_min_spread_enabled: knob(
    z.boolean(),
    true,
    'on/off',
    'no quotes while the spread is below a percentile of its own recent past',
  ),
  dynamic_min_spread_percentile: knob(share, 0.6, '0–1', 'which percentile of the recent spreads', isDynamic),
  dynamic_min_spread_lookback_loops: knob(
    passes(10, 5_000),
    300,
    'passes',
    'how many spreads are remembered',
    isDynamic,
  ),
  dynamic_min_spread_update_every_loops: knob(
    passes(1, 1_000),
    20,
    'passes',
    'how often the floor is computed',
    isDynamic,
  ),
  dynamic_min_spread_hysteresis_bps: knob(
    bps(100),
    0.5,
    'bps',
    'smaller changes of the floor are ignored',
    isDynamic,
  ),
} as const

export const SIDE_KNOBS = {
  single_sided_mode: knob(
    z.enum(['off', 'bid', 'ask', 'auto']),
    'off',
    'off, bid, ask, auto',
    'quotes both sides, one, or the one that momentum, inventory and flow choose',
  ),
  single_sided_flip_cooldown_loops: knob(
    passes(0, 100_000),
    50,
    'passes',
    'fewest passes between two changes of side',
    isAuto,
  ),
  single_sided_market_aware: knob(
    z.boolean(),
    true,
    'on/off',
    'own fills and the spread may overrule the vote',
    isAuto,
  ),
  ss_ma_half_life_s: knob(
    z.number().min(0).max(86_400),
    30,
    's',
    'half-life of the counted fills; 0 forgets at once',
    isMarketAware,
  ),
  ss_ma_spread_excess_floor_bps: knob(
    bps(100),
    0.5,
    'bps',
    'spread needed above the dynamic floor before a tight market quotes',
    (knobs) => isMarketAware(knobs) ?? needs('ss_ma_no_quote_when_tight')?.(knobs) ?? null,
  ),
  ss_ma_no_quote_when_tight: knob(
    z.boolean(),
    true,
    'on/off',
    'pauses while the spread is tight',
    isMarketAware,
  ),
  ss_ma_min_maker_share: knob(
    share,
    0.55,
    'share',
    'pauses while fewer of the own fills were maker’s; judged from 10 fills on',
    isMarketAware,
  ),
  ss_ma_side_bias_ratio: knob(
    z.number().min(1).max(100),
    1.15,
    '×',
    'flow advantage that picks a side',
    isAuto,
  ),
  bias_side: knob(
    z.enum(['none', 'long', 'short']),
    'none',
    'none, long, short',
    'accumulates towards a target position on one side',
    isAuto,
  ),
  target_inventory_usd: knob(
    usd(1e8),
    0,
    'USD',
    'position value that the bias works towards; 0 leaves what is held',
    isBiased,
  ),
  inv_band_pct: knob(z.number().min(0).max(100), 25, '%', 'accumulates below target × (1 − this)', isBiased),
} as const

export const MICRO_KNOBS = {
  risk_aversion: knob(
    z.number().min(0).max(100),
    0.5,
    'per USD of variance',
    'leans quotes against inventory, the more the wilder the market',
    isMicro,
  ),
  horizon_s: knob(
    z.number().min(0.1).max(86_400),
    30,
    's',
    'how long inventory is expected to be held',
    isMicro,
  ),
  fill_decay_per_bps: knob(
    z.number().min(0.01).max(10),
    1,
    '1/bps',
    'how fast fills get rarer with distance; a smaller one quotes wider',
    isMicro,
  ),
  vol_half_life_s: knob(
    z.number().min(1).max(86_400),
    60,
    's',
    'half-life of the volatility estimate',
    isMicro,
  ),
  min_half_spread_bps: knob(
    bps(500),
    1,
    'bps of mid',
    'quotes never lie nearer to the reservation price',
    isMicro,
  ),
  max_half_spread_bps: knob(
    bps(5_000),
    50,
    'bps of mid',
    'quotes never lie further from the reservation price',
    isMicro,
  ),
  book_pressure_weight: knob(
    share,
    1,
    '0–1',
    'how far the fair price leans to where the book is thin; 0 is the mid',
    isMicro,
  ),
} as const
