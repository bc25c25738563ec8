/** Settings of accounting: which account follows which model, and what trading costs a model on paper. */
// Not here: the whole settings file (schema.ts).
import { z } from 'zod'

const Pair = z.strictObject({
  model: z.string().min(1).describe('name in model_targets'),
  account: z.string().min(1).describe('name under accounts'),
  lag_days: z
    .int()
    .min(0)
    .max(30)
    .default(2)
    .describe('weights dated D are meant to be held on D + this many days'),
  leverage: z
    .number()
    .positive()
    .max(50)
    .default(1)
    .describe('what target weights are multiplied with, when the account runs at another leverage'),
})

export const AccountingSettings = z.strictObject({
  tracking: z
    .array(Pair)
    .default([])
    .describe(
      'pairs whose tracking error is computed; empty: every model against the accounts of follower sessions, or all accounts when there is none',
    ),
  lookback_days: z
    .int()
    .min(1)
    .max(3_650)
    .default(60)
    .describe('days of tracking error that are looked at again'),
  cost_bps: z
    .number()
    .min(0)
    .max(1_000)
    .default(10)
    .describe("cost of trading in the models' own performance, basis points one way"),
})
export type AccountingSettings = z.output<typeof AccountingSettings>
