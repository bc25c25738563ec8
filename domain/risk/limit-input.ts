/** The limits of a session as people write them: unit, range, default and meaning of each. */
// Not here: judging an order by them (limits.ts, manager.ts), the session's other input (domain/session/input.ts).
import { z } from 'zod'

const Usd = z.number().positive()

/** What holds for a limit that is left out, and is not off then. */
export const LIMIT_DEFAULTS = {
  staleMs: 30_000,
  slippageBps: 500,
  oracleBandBps: 1_000,
  ordersPerMinute: 1_200,
  windowS: 60,
  lossStreakPauseMin: 60,
} as const

export const SessionLimits = z.strictObject({
  order_usd_max: Usd.describe('largest notional of one order, USD'),
  position_usd_max: Usd.describe('largest absolute position notional per coin, USD'),
  open_orders_max: z.int().min(1).max(1_000).default(20).describe('most orders resting at once'),
  loss_usd_max: Usd.default(1_000).describe('net loss of the session at which it kills itself, USD'),
  gross_usd_max: Usd.optional().describe('largest sum of all positions of the session, USD; unset: none'),
  account_usd_max: Usd.optional().describe(
    'largest sum of all positions of the account, other sessions and manual ones included, USD; unset: none',
  ),
  coins_held_max: z
    .int()
    .min(1)
    .max(500)
    .optional()
    .describe('most coins with a position at once; unset: none'),
  daily_loss_usd_max: Usd.optional().describe(
    'net loss of a UTC day at which nothing is opened until the next, USD; unset: none',
  ),
  drawdown_pct_max: z
    .number()
    .positive()
    .max(100)
    .optional()
    .describe('fall from the highest equity at which the session kills itself, per cent; unset: none'),
  loss_streak_max: z
    .int()
    .min(1)
    .max(1_000)
    .optional()
    .describe('round trips lost in a row at which nothing is opened for a while; unset: none'),
  loss_streak_pause_min: z
    .number()
    .positive()
    .max(10_080)
    .optional()
    .describe(`how long after the last of them, minutes; unset: ${LIMIT_DEFAULTS.lossStreakPauseMin}`),
  orders_per_min_max: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe(`opening orders a minute; unset: ${LIMIT_DEFAULTS.ordersPerMinute}`),
  coin_orders_per_min_max: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe('opening orders of one coin within a minute; unset: none'),
  window_usd_max: Usd.optional().describe(
    'largest notional of all opening orders within window_s, USD; unset: none',
  ),
  window_s: z
    .number()
    .min(10)
    .max(86_400)
    .optional()
    .describe(`length of that window, seconds; unset: ${LIMIT_DEFAULTS.windowS}`),
  order_gap_ms_min: z
    .int()
    .min(1)
    .max(600_000)
    .optional()
    .describe(
      'smallest gap after an opening order before the next, milliseconds; refuses the second of a pair, so not for makers; unset: none',
    ),
  slippage_bps_max: z
    .number()
    .positive()
    .max(2_000)
    .optional()
    .describe(
      `how far beyond the touch an opening order may pay, basis points; unset: ${LIMIT_DEFAULTS.slippageBps}`,
    ),
  stale_ms_max: z
    .int()
    .min(500)
    .max(600_000)
    .optional()
    .describe(`market data older than this opens nothing, milliseconds; unset: ${LIMIT_DEFAULTS.staleMs}`),
  oracle_band_bps: z
    .number()
    .positive()
    .max(9_500)
    .optional()
    .describe(
      `how far from the oracle price an opening order may lie, basis points; unset: ${LIMIT_DEFAULTS.oracleBandBps}`,
    ),
})
export type SessionLimits = z.infer<typeof SessionLimits>
