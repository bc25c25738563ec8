/** Named queries of the follower: the newest targets of a model, and what the traders of a basket are worth and hold. */
import { z } from 'zod'
import { decimalText, defineQuery, wholeNumber } from '#clickhouse/query.ts'

/** The newest set of a model at or before `now`: all rows of one time. */
export const newestTargets = defineQuery({
  name: 'newest targets of a model',
  sql: `
    SELECT coin, toUnixTimestamp64Milli(ts) AS at, weight
    FROM model_targets FINAL
    WHERE model = {model:String} AND ts = (
      SELECT max(ts) FROM model_targets WHERE model = {model:String} AND ts <= fromUnixTimestamp64Milli({now:Int64})
    )
    ORDER BY coin`,
  params: z.object({ model: z.string().min(1), now: z.int().min(0) }),
  row: z.object({ coin: z.string(), at: wholeNumber, weight: z.number() }),
})

/** Newest account value of each address on the leaderboard. */
export const accountValues = defineQuery({
  name: 'account values of traders',
  sql: `
    SELECT address, argMax(account_value, day) AS account_value
    FROM leaderboard FINAL
    WHERE address IN {addresses:Array(String)}
    GROUP BY address`,
  params: z.object({ addresses: z.array(z.string()).max(1_000) }),
  row: z.object({ address: z.string(), account_value: z.number() }),
})

/** What is known of these traders; the row with coin '' says when the account was read. */
export const statesOfTraders = defineQuery({
  name: 'states of traders',
  sql: `
    SELECT address, coin, status, sz, confidence, toUnixTimestamp64Milli(base_ts) AS base_at
    FROM trader_states FINAL
    WHERE address IN {addresses:Array(String)}`,
  params: z.object({ addresses: z.array(z.string()).max(1_000) }),
  row: z.object({
    address: z.string(),
    coin: z.string(),
    status: z.string(),
    sz: decimalText,
    confidence: z.number(),
    base_at: wholeNumber,
  }),
})
