/** Named queries about our own trading: sessions, their events, decisions, orders, fills. */
// Not here: what a page draws of a run (run-queries.ts). Rows are found by session id, or by the tag that every client order id carries.
import { z } from 'zod'
import { decimalText, defineQuery, wholeNumber } from '#clickhouse/query.ts'
import { hash32 } from '#domain/ids.ts'

const ms = (column: string): string => `toUnixTimestamp64Milli(${column})`
const limit = z.int().min(1).max(10_000)
const run = { session_id: z.string(), run: z.int().min(0) }

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

/** Newest run of each session, newest first. The first event tells its start: the table keeps a run's latest state only. */
export const latestSessions = defineQuery({
  name: 'latest sessions',
  sql: `
    SELECT session_id, run, engine, mode, account, coins, state, ${ms('state_at')} AS state_ts, epoch, host, report,
      ${ms('if(started.first_at = 0, state_at, started.first_at)')} AS started_ts
    FROM (
      SELECT session_id, tupleElement(newest, 1) AS run, tupleElement(newest, 2) AS engine, tupleElement(newest, 3) AS mode,
        tupleElement(newest, 4) AS account, tupleElement(newest, 5) AS coins, tupleElement(newest, 6) AS state,
        max_state_ts AS state_at, tupleElement(newest, 7) AS epoch, tupleElement(newest, 8) AS host, tupleElement(newest, 9) AS report
      FROM (
        SELECT session_id, max(state_ts) AS max_state_ts,
          argMax(tuple(run, engine, mode, account, coins, state, epoch, host, report), state_ts) AS newest
        FROM sessions GROUP BY session_id
      )
    ) AS latest
    LEFT JOIN (SELECT session_id, run, min(ts) AS first_at FROM session_events GROUP BY session_id, run) AS started
      USING (session_id, run)
    ORDER BY state_at DESC, session_id
    LIMIT {limit:UInt32}`,
  params: z.object({ limit }),
  row: z.object({
    session_id: z.string(),
    run: wholeNumber,
    engine: z.string(),
    mode: z.string(),
    account: z.string(),
    coins: z.array(z.string()),
    state: z.string(),
    state_ts: wholeNumber,
    epoch: wholeNumber,
    host: z.string(),
    report: z.string(),
    started_ts: wholeNumber,
  }),
})

/** What happened to one run, newest first. */
export const eventsOfRun = defineQuery({
  name: 'events of run',
  sql: `
    SELECT ${ms('ts')} AS at, seq, kind, details FROM session_events FINAL
    WHERE session_id = {session_id:String} AND run = {run:UInt32}
    ORDER BY ts DESC, seq DESC
    LIMIT {limit:UInt32}`,
  params: z.object({ ...run, limit }),
  row: z.object({ at: wholeNumber, seq: wholeNumber, kind: z.string(), details: z.string() }),
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
    limit,
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
