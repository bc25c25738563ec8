/** The parameters of the simple maker strategy `touch`. */
// Not here: the strategy (touch-maker.ts), the parameters of the others (domain/strategies/maker/params.ts).
import { z } from 'zod'

const Usd = z.number().positive()

/** One quote a side, relative to the touch, skewed by inventory. Engine maker. */
export const TouchParams = z.strictObject({
  strategy: z.literal('touch'),
  half_spread_bps: z
    .number()
    .min(0)
    .max(500)
    .default(2)
    .describe('distance of a quote to the mid, basis points; never inside the touch'),
  quote_usd: Usd.default(250).describe('notional of one quote, USD'),
  skew_bps: z
    .number()
    .min(0)
    .max(500)
    .default(4)
    .describe('shift of both quotes at full inventory, basis points'),
  cycle_ms: z
    .int()
    .min(100)
    .max(60_000)
    .default(500)
    .describe('shortest time between two quoting cycles, milliseconds'),
  replace_bps: z
    .number()
    .min(0)
    .max(500)
    .default(0.5)
    .describe('a quote is replaced when it is this far from where it should be, basis points'),
  stale_ms: z
    .int()
    .min(500)
    .max(60_000)
    .default(5_000)
    .describe('market data older than this pulls the quotes, milliseconds'),
})
export type TouchParams = z.infer<typeof TouchParams>
