/** Options of a backtest, with units and defaults: money, fills, path within a bar, fees, time. */
// Not here: what they do (market-model.ts, account.ts, run.ts), parameters of the strategy.
import { z } from 'zod'

export const BacktestOptions = z.strictObject({
  equity_usd: z.number().positive().default(10_000).describe('equity at the start, USD'),
  fill: z
    .enum(['next_open', 'close'])
    .default('next_open')
    .describe(
      'orders are filled at the open of the bar after the decision, or at the close they were decided on',
    ),
  path: z
    .enum(['worst', 'adaptive'])
    .default('worst')
    .describe(
      'within a bar a resting stop is reached before a resting target (worst), or the nearer end of the bar is visited first (adaptive)',
    ),
  spread_bps: z.number().min(0).max(500).default(1).describe('distance of bid and ask, basis points'),
  slippage_bps: z
    .number()
    .min(0)
    .max(500)
    .default(1)
    .describe('how much worse than the touch an order is filled, basis points, up to its limit'),
  stop_slippage_bps: z
    .number()
    .min(0)
    .max(1_000)
    .default(5)
    .describe('how much worse than its trigger a stop is filled, basis points'),
  volume_14d_usd: z.number().min(0).default(0).describe('14-day volume that decides the fee tier, USD'),
  fee_discount_pct: z.number().min(0).max(100).default(0).describe('discount on the taker fee, percent'),
  from_ts: z.number().min(0).default(0).describe('first decision, epoch ms; earlier candles only warm up'),
  to_ts: z.number().min(0).nullable().default(null).describe('end, epoch ms; null for all there is'),
})
export type BacktestOptions = z.infer<typeof BacktestOptions>
