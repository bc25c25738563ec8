/** The part of a session input that only candle sessions have: which coins, how entries are executed, what manual positions mean. */
// Not here: the whole input (input.ts), parameters of strategies (domain/strategies).
import { z } from 'zod'

const Coin = z.string().min(1).max(20)

/** The venue's own spelling counts: kPEPE is not KPEPE. */
export const CandleCoins = z
  .array(Coin)
  .max(100)
  .refine((coins) => new Set(coins).size === coins.length, 'each coin once')
  .default([])
  .describe('coins to trade; with a watchlist it may be left out')

export const Watchlist = z.strictObject({
  top_n: z.int().min(1).max(100).default(50).describe('how many coins, by 24 h notional volume'),
  exclude: z.array(Coin).max(500).default([]).describe('coins that are never traded'),
  min_day_usd: z.number().min(0).default(0).describe('least 24 h notional volume of a coin, USD'),
  refresh: z
    .boolean()
    .default(true)
    .describe('follow the ranking by the schedule watchlist; false keeps the coins of the start'),
  fallen: z
    .enum(['hold', 'close'])
    .default('hold')
    .describe(
      'a position in a coin that falls out: hold waits for the strategy’s exit, close closes it at once',
    ),
})
export type Watchlist = z.infer<typeof Watchlist>

export const Execution = z.strictObject({
  style: z
    .enum(['ioc', 'post_only'])
    .default('ioc')
    .describe('ioc takes at once within the slippage bound; post_only waits at the touch and follows it'),
  chase_ms: z
    .int()
    .min(500)
    .max(60_000)
    .default(10_000)
    .describe('how long a post_only entry follows the touch, milliseconds; the rest is given up'),
})
export type Execution = z.infer<typeof Execution>

/** What a position or trade that is not the session's own means to it. */
export const ManualPositions = z
  .enum(['adopt', 'ignore', 'refuse'])
  .optional()
  .describe(
    'positions made by hand; unset: adopt. adopt manages them as its own, ignore keeps them apart and trades beside them, refuse does not start with one',
  )
export type ManualPositions = z.infer<typeof ManualPositions>

/** Fields of the candle engine, to be spread into its input. */
export const candleFields = {
  coins: CandleCoins,
  watchlist: Watchlist.optional().describe('choose coins by volume instead of a fixed list'),
  execution: Execution.optional().describe('how entries are brought to the venue; exits always take'),
  manual_positions: ManualPositions,
}
