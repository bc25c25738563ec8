/** Named queries behind "how right are we": what tape, leaderboard and venue said of the same traders. */
// Not here: comparing them (domain/traders/accuracy.ts, activities/trader-reconcile.ts).
import { z } from 'zod'
import { decimalText, defineQuery, wholeNumber } from '#clickhouse/query.ts'

const at = (column: string, name: string): string => `toUnixTimestamp64Milli(${column}) AS ${name}`

/** Readings of a day in which something was known before: the test of the tape. */
export const readingsOfDay = defineQuery({
  name: 'readings of a day',
  sql: `
    SELECT address, ${at('ts', 'at')}, coin, believed_sz, true_sz, corrected, is_first
    FROM trader_reconciliations FINAL
    WHERE ts >= fromUnixTimestamp64Milli({from:Int64}) AND ts < fromUnixTimestamp64Milli({until:Int64})
    ORDER BY address, ts, coin`,
  params: z.object({ from: z.int().min(0), until: z.int().min(0) }),
  row: z.object({
    address: z.string(),
    at: wholeNumber,
    coin: z.string(),
    believed_sz: decimalText,
    true_sz: decimalText,
    corrected: z.boolean(),
    is_first: z.boolean(),
  }),
})

/** What the leaderboard alone said of the tracked on a day. */
export const guessesOfDay = defineQuery({
  name: 'guesses of a day',
  sql: `
    SELECT address, likely
    FROM trader_scores FINAL
    WHERE day = fromUnixTimestamp64Milli({day:Int64})
      AND received_ts IN (SELECT document_ts FROM trader_selections FINAL WHERE day = fromUnixTimestamp64Milli({day:Int64}) AND status = 'used')`,
  params: z.object({ day: z.int().min(0) }),
  row: z.object({ address: z.string(), likely: z.boolean() }),
})

export const accuracyByDay = defineQuery({
  name: 'accuracy by day',
  sql: `
    SELECT ${at('day', 'day_ts')}, method, samples, true_positive, false_positive, false_negative, true_negative,
      precision, recall, accuracy, sign_accuracy, size_within_5pct
    FROM trader_accuracy FINAL
    ORDER BY day DESC, method
    LIMIT {limit:UInt32}`,
  params: z.object({ limit: z.int().min(1).max(1_000) }),
  row: z.object({
    day_ts: wholeNumber,
    method: z.string(),
    samples: wholeNumber,
    true_positive: wholeNumber,
    false_positive: wholeNumber,
    false_negative: wholeNumber,
    true_negative: wholeNumber,
    precision: z.number(),
    recall: z.number(),
    accuracy: z.number(),
    sign_accuracy: z.number(),
    size_within_5pct: z.number(),
  }),
})
