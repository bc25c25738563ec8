/** Named queries about our own trading: sessions, decisions, orders, fills, equity, PnL. */
// Not here: profit with marks and position (domain/pnl.ts). Rows are found by session id, or by the tag that every client order id carries.
import { z } from 'zod'
import { decimalText, defineQuery, wholeNumber } from '#clickhouse/query.ts'
import { hash32 } from '#domain/ids.ts'

/** Parameters that find the rows of one session. */
const session = {
  session_id: z.string().min(1),
  /** Its eight hex digits in client order ids: see `ofSession`. */
  tag: z.string().regex(/^[0-9a-f]{8}$/),
  /** hash32 of the first run id; 0 takes all runs. */
  run: z.int().min(0),
}

/** What the queries of one session take: rows that name it, and rows whose client order id carries its tag. */
export const ofSession = (sessionId: string, run = 0): { session_id: string; tag: string; run: number } => ({
  session_id: sessionId,
  tag: hash32(sessionId).toString(16).padStart(8, '0'),
  run,
})

/** 2100-01-01. */
const LATER_THAN_ALL_TS = 4_102_444_800_000
const OF_RUN = '({run:UInt32} = 0 OR run = {run:UInt32})'
/** Digits of tag and run within a client order id: domain/ids.ts. */
const OF_SESSION = `(session_id = {session_id:String} OR substring(cloid, 3, 8) = {tag:String})
      AND ({run:UInt32} = 0 OR substring(cloid, 23, 8) = leftPad(lower(hex({run:UInt32})), 8, '0'))`

/** Newest first, one row a run. */
export const latestSessions = defineQuery({
  name: 'latest sessions',
  sql: `
    SELECT session_id, run, engine, mode, account, coins, state, toUnixTimestamp64Milli(state_ts) AS at, epoch, host, report
    FROM sessions FINAL
    ORDER BY state_ts DESC, session_id, run
    LIMIT {limit:UInt32}`,
  params: z.object({ limit: z.int().min(1).max(10_000) }),
  row: z.object({
    session_id: z.string(),
    run: wholeNumber,
    engine: z.string(),
    mode: z.string(),
    account: z.string(),
    coins: z.array(z.string()),
    state: z.string(),
    at: wholeNumber,
    epoch: wholeNumber,
    host: z.string(),
    report: z.string(),
  }),
})

/** A page of decisions, newest first: those before (`before_ts`, `before_seq`). */
export const decisionsOfSession = defineQuery({
  name: 'decisions of session',
  sql: `
    SELECT run, decision_seq, toUnixTimestamp64Milli(ts) AS at, epoch, coin, kind, reason, gate, inputs, reasons, gates
    FROM decisions FINAL
    WHERE session_id = {session_id:String} AND ${OF_RUN}
      AND ({coin:String} = '' OR coin = {coin:String})
      AND (ts, decision_seq) < (fromUnixTimestamp64Milli({before_ts:Int64}), {before_seq:UInt32})
    ORDER BY ts DESC, decision_seq DESC
    LIMIT {limit:UInt32}`,
  params: z.object({
    ...session,
    before_ts: z.int().min(0).default(LATER_THAN_ALL_TS),
    before_seq: z.int().min(0).default(0),
    /** Empty takes all coins. */
    coin: z.string().default(''),
    limit: z.int().min(1).max(10_000),
  }),
  row: z.object({
    run: wholeNumber,
    decision_seq: wholeNumber,
    at: wholeNumber,
    epoch: wholeNumber,
    coin: z.string(),
    kind: z.string(),
    reason: z.string(),
    gate: z.string(),
    inputs: z.string(),
    /** JSON, or empty. */
    reasons: z.string(),
    gates: z.string(),
  }),
})

/** Every state of every order, oldest first. */
export const ordersOfSession = defineQuery({
  name: 'orders of session',
  sql: `
    SELECT
      account, cloid, oid, epoch, run, seq, coin, side, px, sz, tif, reduce_only, trigger_px, purpose, status, message,
      toUnixTimestamp64Milli(status_ts) AS at
    FROM orders FINAL
    WHERE ${OF_SESSION}
    ORDER BY status_ts, seq, oid
    LIMIT {limit:UInt32}`,
  params: z.object({ ...session, limit: z.int().min(1).max(1_000_000) }),
  row: z.object({
    account: z.string(),
    cloid: z.string(),
    oid: wholeNumber,
    epoch: wholeNumber,
    run: wholeNumber,
    seq: wholeNumber,
    coin: z.string(),
    side: z.enum(['buy', 'sell']),
    px: decimalText,
    sz: decimalText,
    tif: z.string(),
    reduce_only: z.boolean(),
    trigger_px: decimalText,
    purpose: z.string(),
    status: z.string(),
    message: z.string(),
    at: wholeNumber,
  }),
})

/** Oldest first. Sort fills of one millisecond by the `start_position` chain, not by tid. */
export const fillsOfSession = defineQuery({
  name: 'fills of session',
  sql: `
    SELECT
      account, coin, toUnixTimestamp64Milli(ts) AS at, tid, oid, cloid, side, px, sz, start_position, direction,
      closed_pnl, fee, crossed
    FROM fills FINAL
    WHERE ${OF_SESSION}
    ORDER BY ts, tid
    LIMIT {limit:UInt32}`,
  params: z.object({ ...session, limit: z.int().min(1).max(1_000_000) }),
  row: z.object({
    account: z.string(),
    coin: z.string(),
    at: wholeNumber,
    tid: wholeNumber,
    oid: wholeNumber,
    cloid: z.string(),
    side: z.enum(['buy', 'sell']),
    px: decimalText,
    sz: decimalText,
    start_position: decimalText,
    direction: z.string(),
    closed_pnl: decimalText,
    fee: decimalText,
    crossed: z.boolean(),
  }),
})

/** At most about `points` points: the last of each interval, oldest first; the newest point is always among them. */
export const equityOfSession = defineQuery({
  name: 'equity of session',
  sql: `
    WITH bounds AS (
      SELECT toUnixTimestamp64Milli(min(ts)) AS first, toUnixTimestamp64Milli(max(ts)) AS last
      FROM equity WHERE session_id = {session_id:String} AND ${OF_RUN}
    )
    SELECT
      toUnixTimestamp64Milli(max(ts)) AS at,
      argMax(equity_usd, ts) AS equity_usd,
      argMax(net_pnl_usd, ts) AS net_pnl_usd,
      argMax(position, ts) AS position
    FROM equity FINAL
    WHERE session_id = {session_id:String} AND ${OF_RUN}
    GROUP BY intDiv(
      toUnixTimestamp64Milli(ts) - (SELECT first FROM bounds),
      greatest(1, intDiv((SELECT last - first FROM bounds), {points:UInt32})))
    ORDER BY at`,
  params: z.object({ ...session, points: z.int().min(2).max(100_000) }),
  row: z.object({
    at: wholeNumber,
    equity_usd: decimalText,
    net_pnl_usd: decimalText,
    position: z.string(),
  }),
})

/** Exact sums per coin over all fills of a session: what its ledger must agree with. */
export const pnlOfSession = defineQuery({
  name: 'pnl of session',
  sql: `
    SELECT
      coin,
      count() AS fills,
      sum(closed_pnl) AS closed_pnl_usd,
      sum(fee) AS fees_usd,
      sum(closed_pnl) - sum(fee) AS net_pnl_usd,
      sum(if(side = 'buy', sz, -sz)) AS position_sz,
      sum(toDecimal256(px, 8) * toDecimal256(sz, 8)) AS volume_usd
    FROM fills FINAL
    WHERE ${OF_SESSION}
    GROUP BY coin
    ORDER BY coin`,
  params: z.object(session),
  row: z.object({
    coin: z.string(),
    fills: wholeNumber,
    closed_pnl_usd: decimalText,
    fees_usd: decimalText,
    net_pnl_usd: decimalText,
    /** Signed coins that the fills leave. */
    position_sz: decimalText,
    /** Up to 16 decimals. */
    volume_usd: decimalText,
  }),
})
