/** Parameters of ema_cross: EMA cross with ATR stop. Engine candles. */
// Not here: the strategy itself (ema-cross.ts).
import { z } from 'zod'

/** Candle lengths that a session can decide on. */
export const SessionInterval = z.enum(['1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '8h', '12h', '1d'])

/** Candle lengths of entries and exits, for every candle strategy. What they do: cadence.ts. */
export const CADENCE = {
  entry_interval: SessionInterval.optional().describe(
    'entries and adds go out at closes of this length, one a candle of interval; divides interval; unset: interval',
  ),
  exit_interval: SessionInterval.optional().describe(
    'positions are left at closes of this length; divides interval; unset: interval',
  ),
} as const

export const EmaCrossParams = z.strictObject({
  strategy: z.literal('ema_cross'),
  interval: SessionInterval.default('1m').describe('candle length'),
  ...CADENCE,
  fast_bars: z.int().min(1).max(500).default(3).describe('period of the fast EMA, candles'),
  slow_bars: z
    .int()
    .min(2)
    .max(1_000)
    .default(8)
    .describe('period of the slow EMA, candles; larger than fast_bars'),
  atr_bars: z.int().min(2).max(500).default(14).describe('period of the ATR, candles'),
  stop_atr: z.number().positive().max(50).default(2).describe('distance of the protective stop, ATRs'),
  order_usd: z.number().positive().default(1_000).describe('notional of an entry, USD'),
  slippage_bps_max: z
    .number()
    .positive()
    .max(500)
    .default(20)
    .describe('bound of an aggressive order to the touch, basis points'),
  cooldown_bars: z.int().min(0).max(1_000).default(1).describe('candles without entry after an exit'),
})
export type EmaCrossParams = z.infer<typeof EmaCrossParams>
