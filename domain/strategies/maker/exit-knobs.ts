/** Every knob of a maker's exits that may differ by coin: take profit, bailout, flatten. Source: spec 004 §3, §11, §12, with §16. */
// Not here: the machines (domain/strategies/maker/exits), portfolio rules (session-knobs.ts).
import { z } from 'zod'
import { bps, knob, milliseconds, needs, share, usd } from '#domain/strategies/maker/knob.ts'

const hasTakeProfit = needs('take_profit_enabled')
const hasBailout = needs('bailout_enabled')
const hasEmergency = needs('emergency_take_profit_enabled')
const seconds = z.number().min(0).max(86_400)

export const EXIT_KNOBS = {
  take_profit_enabled: knob(z.boolean(), true, 'on/off', 'closes a position whose profit is large enough'),
  take_profit_min_bps: knob(bps(10_000), 30, 'bps of entry', 'smallest move from the entry', hasTakeProfit),
  take_profit_min_usd: knob(
    usd(1e7),
    25,
    'USD',
    'smallest profit, after the fee of the closing order',
    hasTakeProfit,
  ),
  emergency_take_profit_enabled: knob(
    z.boolean(),
    false,
    'on/off',
    'closes at this profit in one order, without the ladder',
  ),
  emergency_take_profit_min_usd: knob(usd(1e7), 100, 'USD', 'profit that fires it', hasEmergency),
  bailout_enabled: knob(z.boolean(), true, 'on/off', 'reduces a position that moves against the entry'),
  bailout_partial_mae_bps: knob(
    bps(10_000),
    30,
    'bps of entry',
    'adverse move from which a share is closed',
    hasBailout,
  ),
  bailout_partial_min_s: knob(seconds, 90, 's', 'shortest time under water before that', hasBailout),
  bailout_partial_reduce_fraction: knob(share, 0.33, 'share', 'closed each time', hasBailout),
  bailout_full_mae_bps: knob(
    bps(10_000),
    60,
    'bps of entry',
    'adverse move from which all is closed',
    hasBailout,
  ),
  bailout_full_max_s: knob(seconds, 180, 's', 'time under water after which all is closed', hasBailout),
  bailout_full_slippage_bps: knob(bps(500), 6, 'bps', 'what a bailout may pay beyond the touch', hasBailout),
  bailout_pause_s: knob(seconds, 30, 's', 'no quotes after a full bailout', hasBailout),
  flatten_max_spread_bps: knob(
    bps(10_000),
    15,
    'bps of mid',
    'no flattening at start or above the cap while the spread is wider',
  ),
  flatten_max_slippage_bps: knob(bps(1_000), 10, 'bps of mid', 'what flattening may pay beyond the mid'),
  flatten_chunk_usd: knob(z.number().min(10).max(1e7), 1_000, 'USD', 'largest order of a flattening'),
  ioc_throttle_ms: knob(
    milliseconds(0, 60_000),
    500,
    'ms',
    'shortest time between two orders of a bailout or flattening',
  ),
} as const
