/** Parameters of the follower engine: whose weights, how much of them, when to trade, and how. */
// Not here: what is made of them (follow-targets.ts, target-weights.ts).
import { z } from 'zod'

const Address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'an address')
  .transform((text) => text.toLowerCase())

export const FollowParams = z.strictObject({
  strategy: z.literal('follow_targets'),
  source: z
    .enum(['model', 'signals', 'traders'])
    .default('model')
    .describe(
      'model: rows of model_targets; signals: what all tracked traders hold; traders: the ones named here',
    ),
  model: z
    .string()
    .min(1)
    .max(80)
    .optional()
    .describe('whose rows of model_targets to follow; needed with source model'),
  traders: z
    .array(Address)
    .min(1)
    .max(50)
    .optional()
    .describe('one trader or a basket, by address; needed with source traders; each counts the same'),
  gross_max: z
    .number()
    .positive()
    .max(10)
    .default(1)
    .describe('largest sum of absolute weights, fraction of the capital'),
  weight_max: z
    .number()
    .positive()
    .max(10)
    .default(0.5)
    .describe('largest absolute weight of one coin, fraction'),
  capital_usd: z
    .number()
    .positive()
    .optional()
    .describe('what weights are fractions of, USD; unset: the equity of the account'),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.02)
    .describe('a coin is traded when its weight is off by at least this, fraction of the capital'),
  turnover_max: z
    .number()
    .positive()
    .max(20)
    .default(1)
    .describe('most that one rebalance trades, fraction of the capital; larger ones are done in part'),
  every_ms: z
    .int()
    .min(1_000)
    .max(86_400_000)
    .default(300_000)
    .describe('time between two rebalances, milliseconds'),
  target_age_ms_max: z
    .int()
    .min(1_000)
    .default(3_600_000)
    .describe('older targets are not followed: what is held stays, milliseconds'),
  passive_ms: z
    .int()
    .min(0)
    .max(60_000)
    .default(5_000)
    .describe(
      'how long each slice rests at the touch before the rest is taken; 0 takes at once, milliseconds',
    ),
  slice_usd: z.number().min(20).default(1_000).describe('largest notional of one order, USD'),
  slices_max: z.int().min(1).max(200).default(20).describe('most rounds of orders in one rebalance'),
  slippage_bps_max: z
    .number()
    .positive()
    .max(500)
    .default(20)
    .describe('bound of an aggressive order to the touch, basis points'),
})
export type FollowParams = z.infer<typeof FollowParams>

/** What the schema of single fields cannot say. */
export function followFaults(params: FollowParams): { path: string[]; message: string }[] {
  if (params.source === 'model' && params.model === undefined)
    return [{ path: ['params', 'model'], message: 'a model, since source is model' }]
  if (params.source === 'traders' && params.traders === undefined)
    return [{ path: ['params', 'traders'], message: 'at least one address, since source is traders' }]
  return []
}
