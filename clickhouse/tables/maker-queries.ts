/** Named queries over market making: quotes over the book, fills with markouts, minutes, budgets, cycles, changed knobs. */
// Not here: the tables (maker.ts, trading.ts). A fill belongs to the session whose tag its client order id carries.
import { z } from 'zod'
import { decimalText, defineQuery, wholeNumber } from '#clickhouse/query.ts'

const number = z.coerce.number()
const since = { session_id: z.string(), coin: z.string(), since_ts: z.int() }
const WHERE = `session_id = {session_id:String} AND coin = {coin:String} AND ts >= fromUnixTimestamp64Milli({since_ts:Int64})`

export const makerSessions = defineQuery({
  name: 'maker sessions',
  sql: `SELECT session_id, coin, toUnixTimestamp64Milli(max(ts)) AS last_ts
FROM maker_minutes FINAL WHERE ts >= fromUnixTimestamp64Milli({since_ts:Int64})
GROUP BY session_id, coin ORDER BY last_ts DESC, session_id, coin LIMIT 200`,
  params: z.object({ since_ts: z.int() }),
  row: z.object({ session_id: z.string(), coin: z.string(), last_ts: wholeNumber }),
})

export const makerQuotes = defineQuery({
  name: 'quotes of a maker',
  sql: `SELECT toUnixTimestamp64Milli(max(ts)) AS at_ts, toFloat64(argMax(bid_px, ts)) AS bid,
  toFloat64(argMax(ask_px, ts)) AS ask, toFloat64(argMax(mid, ts)) AS mid_px,
  toFloat64(argMax(position_sz, ts)) AS position
FROM quotes FINAL WHERE ${WHERE}
GROUP BY intDiv(toUnixTimestamp64Milli(ts), {bucket_ms:Int64}) ORDER BY at_ts LIMIT 2000`,
  params: z.object({ ...since, bucket_ms: z.int().min(1_000) }),
  row: z.object({ at_ts: wholeNumber, bid: number, ask: number, mid_px: number, position: number }),
})

/** Each fill with the mid of others 1, 10 and 60 seconds later; 0 where no book of that time is known yet. */
export const makerFills = defineQuery({
  name: 'fills of a maker with markouts',
  sql: `WITH own AS (
  SELECT coin, ts, tid, side, px, sz, fee, crossed FROM fills FINAL
  WHERE coin = {coin:String} AND ts >= fromUnixTimestamp64Milli({since_ts:Int64})
    AND (session_id = {session_id:String} OR substring(cloid, 3, 8) = {tag:String})
  ORDER BY ts DESC LIMIT 2000
), books AS (
  SELECT coin, ts AS seen_ts, (toFloat64(bid_px) + toFloat64(ask_px)) / 2 AS mid FROM bbo
  WHERE coin = {coin:String} AND bid_px > 0 AND ask_px > 0
    AND ts >= fromUnixTimestamp64Milli({since_ts:Int64})
), later AS (
  SELECT own.tid AS tid, own.ts AS ts, horizon, books.mid AS mid
  FROM (SELECT *, arrayJoin([1, 10, 60]) AS horizon, ts + toIntervalSecond(horizon) AS at FROM own) AS own
  ASOF INNER JOIN books ON own.coin = books.coin AND own.at >= books.seen_ts
  WHERE at <= (SELECT max(seen_ts) FROM books)
)
SELECT toUnixTimestamp64Milli(own.ts) AS at_ts, toString(own.tid) AS tid, toString(own.side) AS side,
  toString(own.px) AS px, toString(own.sz) AS sz, toString(own.fee) AS fee, own.crossed AS crossed,
  anyIf(later.mid, later.horizon = 1) AS mid_1s, anyIf(later.mid, later.horizon = 10) AS mid_10s,
  anyIf(later.mid, later.horizon = 60) AS mid_60s
FROM own LEFT JOIN later ON own.tid = later.tid AND own.ts = later.ts
GROUP BY own.ts, own.tid, own.side, own.px, own.sz, own.fee, own.crossed ORDER BY at_ts, tid`,
  params: z.object({ ...since, tag: z.string().regex(/^[0-9a-f]{8}$/) }),
  row: z.object({
    at_ts: wholeNumber,
    tid: z.string(),
    side: z.enum(['buy', 'sell']),
    px: decimalText,
    sz: decimalText,
    fee: decimalText,
    crossed: z.coerce.boolean(),
    mid_1s: number,
    mid_10s: number,
    mid_60s: number,
  }),
})

export const makerMinutesOf = defineQuery({
  name: 'minutes of a maker',
  sql: `SELECT toUnixTimestamp64Milli(ts) AS at_ts, maker_fills, taker_fills, toFloat64(volume_usd) AS volume,
  toFloat64(fees_usd) AS fees, toFloat64(pnl_usd) AS pnl, toFloat64(position_sz) AS position,
  toFloat64(mark_px) AS mark, toFloat64(avg_spread_bps) AS spread, passes, bid_passes, ask_passes, placed, cancelled
FROM maker_minutes FINAL WHERE ${WHERE} ORDER BY ts LIMIT 3000`,
  params: z.object(since),
  row: z.object({
    ...{
      at_ts: wholeNumber,
      maker_fills: wholeNumber,
      taker_fills: wholeNumber,
      volume: number,
      fees: number,
    },
    ...{ pnl: number, position: number, mark: number, spread: number, passes: wholeNumber },
    ...{ bid_passes: wholeNumber, ask_passes: wholeNumber, placed: wholeNumber, cancelled: wholeNumber },
  }),
})

export const makerLimitsOf = defineQuery({
  name: 'budgets of a maker',
  sql: `SELECT toUnixTimestamp64Milli(ts) AS at_ts, toFloat64(weight_left) AS weight, toFloat64(weight_max) AS weight_full,
  toFloat64(actions_left) AS actions, toFloat64(ws_left) AS messages, tier, passes, skipped, toFloat64(loop_p50_ms) AS p50, toFloat64(loop_p99_ms) AS p99
FROM maker_limits FINAL WHERE session_id = {session_id:String} AND ts >= fromUnixTimestamp64Milli({since_ts:Int64})
ORDER BY ts LIMIT 3000`,
  params: z.object({ session_id: z.string(), since_ts: z.int() }),
  row: z.object({
    ...{ at_ts: wholeNumber, weight: number, weight_full: number, actions: number, tier: z.string() },
    messages: number,
    ...{ passes: wholeNumber, skipped: wholeNumber, p50: number, p99: number },
  }),
})

export const makerCyclesOf = defineQuery({
  name: 'cycles of a maker',
  sql: `SELECT toUnixTimestamp64Milli(ts) AS at_ts, fills, toString(trade_usd) AS trade, toString(exact_usd) AS exact,
  toString(inventory_usd) AS inventory, toString(carry_in_usd) AS carry_in, toString(funding_usd) AS funding,
  toString(fees_usd) AS fees, toFloat64(spread_bps) AS spread, toFloat64(spread30_bps) AS spread30,
  toFloat64(imbalance_share) AS imbalance, adverse_buckets, issues
FROM maker_cycles FINAL WHERE ${WHERE} ORDER BY ts DESC LIMIT 100`,
  params: z.object(since),
  row: z.object({
    ...{
      at_ts: wholeNumber,
      fills: wholeNumber,
      trade: decimalText,
      exact: decimalText,
      inventory: decimalText,
    },
    ...{ carry_in: decimalText, funding: decimalText, fees: decimalText, spread: number, spread30: number },
    ...{ imbalance: number, adverse_buckets: wholeNumber, issues: z.array(z.string()) },
  }),
})

/** Knobs that autotune moved, modes that the workflow took, and advice that it follows. */
export const makerChangesOf = defineQuery({
  name: 'changes of a maker',
  sql: `SELECT at_ts, coin, what, was, now, cause AS reason FROM (
  SELECT toUnixTimestamp64Milli(ts) AS at_ts, coin, knob AS what, was, now, reason AS cause
  FROM maker_changes FINAL WHERE session_id = {session_id:String}
  UNION ALL
  SELECT toUnixTimestamp64Milli(ts) AS at_ts, coin, if(startsWith(reason, 'MODE_'), 'mode', 'advisor') AS what,
    JSONExtractString(inputs, 'was') AS was, JSONExtractString(inputs, 'mode') AS now, JSONExtractString(inputs, 'why') AS cause
  FROM decisions FINAL WHERE session_id = {session_id:String} AND kind = 'params'
    AND (startsWith(reason, 'MODE_') OR startsWith(reason, 'ADVISOR_'))
) ORDER BY at_ts DESC, coin, what LIMIT 200`,
  params: z.object({ session_id: z.string() }),
  row: z.object({
    at_ts: wholeNumber,
    ...{ coin: z.string(), what: z.string(), was: z.string(), now: z.string(), reason: z.string() },
  }),
})
