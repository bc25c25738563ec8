/** Named queries behind the dashboard's pages: sessions and their rows, recorded streams, gaps. */
// Not here: the tables (clickhouse/tables/*). All times come as epoch ms, decimals as text.
import { z } from 'zod'
import { decimalText, defineQuery, wholeNumber } from '#clickhouse/query.ts'

export const QUERY_LIMITS = {
  sessions: 200,
  fills: 300,
  quotes: 600,
  decisions: 200,
  events: 200,
  gaps: 200,
} as const

const ofRun = z.object({ session_id: z.string(), run: z.number() })
const flag = z.union([z.boolean(), z.literal(0), z.literal(1)]).transform(Boolean)
const ms = (column: string): string => `toUnixTimestamp64Milli(${column})`

/** Newest run of each session. The first event tells its start, because the table keeps a run's latest state only. */
export const latestSessions = defineQuery({
  name: 'dashboard_latest_sessions',
  sql: `SELECT session_id, run, engine, mode, account, coins, state, ${ms('state_at')} AS state_ts, epoch, host, report,
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
    ORDER BY state_at DESC LIMIT ${QUERY_LIMITS.sessions}`,
  params: z.object({}),
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

/** Reads backwards along the sorting key: a few rows, however long the curve is. */
export const lastEquity = defineQuery({
  name: 'dashboard_last_equity',
  sql: `SELECT ${ms('ts')} AS equity_ts, equity_usd, net_pnl_usd, position FROM equity
    WHERE session_id = {session_id:String} AND run = {run:UInt32} ORDER BY ts DESC LIMIT 1`,
  params: ofRun,
  row: z.object({
    equity_ts: wholeNumber,
    equity_usd: decimalText,
    net_pnl_usd: decimalText,
    position: z.string(),
  }),
})

/** At most about 1,500 points: the last of each bucket, whose width is a power of two of seconds, so that it seldom changes. */
export const equityCurve = defineQuery({
  name: 'dashboard_equity_curve',
  sql: `WITH (
        SELECT toInt64(1000 * exp2(ceil(log2(greatest(1, (${ms('max(ts)')} - ${ms('min(ts)')}) / 1500000)))))
        FROM equity WHERE session_id = {session_id:String} AND run = {run:UInt32}
      ) AS width
    SELECT intDiv(${ms('ts')}, width) * width AS bucket, max(${ms('ts')}) AS at_ts,
      toFloat64(argMax(equity_usd, ts)) AS equity, toFloat64(argMax(net_pnl_usd, ts)) AS net
    FROM equity WHERE session_id = {session_id:String} AND run = {run:UInt32}
    GROUP BY bucket ORDER BY bucket`,
  params: ofRun,
  row: z.object({ bucket: wholeNumber, at_ts: wholeNumber, equity: z.number(), net: z.number() }),
})

/** Fills of one run: its orders carry the session's tag and the run in their ids. */
export const sessionFills = defineQuery({
  name: 'dashboard_session_fills',
  sql: `SELECT coin, ${ms('ts')} AS at_ts, tid, cloid, side, px, sz, direction, closed_pnl, fee, crossed FROM fills FINAL
    WHERE account = {account:String} AND startsWith(cloid, {tag:String}) AND substring(cloid, 23, 8) = {run_hex:String}
    ORDER BY ts DESC, tid DESC LIMIT ${QUERY_LIMITS.fills}`,
  params: z.object({ account: z.string(), tag: z.string(), run_hex: z.string() }),
  row: z.object({
    coin: z.string(),
    at_ts: wholeNumber,
    tid: z.union([z.string(), z.number()]).transform(String),
    cloid: z.string(),
    side: z.string(),
    px: decimalText,
    sz: decimalText,
    direction: z.string(),
    closed_pnl: decimalText,
    fee: decimalText,
    crossed: flag,
  }),
})

export const sessionQuotes = defineQuery({
  name: 'dashboard_session_quotes',
  sql: `SELECT ${ms('ts')} AS at_ts, coin, bid_px, bid_sz, ask_px, ask_sz, mid, position_sz FROM quotes FINAL
    WHERE session_id = {session_id:String} AND ts >= fromUnixTimestamp64Milli({since_ts:Int64})
    ORDER BY ts DESC LIMIT ${QUERY_LIMITS.quotes}`,
  params: z.object({ session_id: z.string(), since_ts: z.number() }),
  row: z.object({
    at_ts: wholeNumber,
    coin: z.string(),
    bid_px: decimalText,
    bid_sz: decimalText,
    ask_px: decimalText,
    ask_sz: decimalText,
    mid: decimalText,
    position_sz: decimalText,
  }),
})

/** Mid of one coin in buckets, as the equity curve has them. */
export const midCurve = defineQuery({
  name: 'dashboard_mid_curve',
  sql: `WITH (
        SELECT toInt64(1000 * exp2(ceil(log2(greatest(1, (${ms('max(ts)')} - ${ms('min(ts)')}) / 1500000)))))
        FROM mids WHERE coin = {coin:String} AND ts >= fromUnixTimestamp64Milli({since_ts:Int64})
      ) AS width
    SELECT intDiv(${ms('ts')}, width) * width AS bucket, max(${ms('ts')}) AS at_ts, toFloat64(argMax(mid, ts)) AS price
    FROM mids WHERE coin = {coin:String} AND ts >= fromUnixTimestamp64Milli({since_ts:Int64})
    GROUP BY bucket ORDER BY bucket`,
  params: z.object({ coin: z.string(), since_ts: z.number() }),
  row: z.object({ bucket: wholeNumber, at_ts: wholeNumber, price: z.number() }),
})

export const sessionDecisions = defineQuery({
  name: 'dashboard_session_decisions',
  sql: `SELECT decision_seq, ${ms('ts')} AS at_ts, epoch, coin, kind, reason, gate, inputs FROM decisions FINAL
    WHERE session_id = {session_id:String} AND run = {run:UInt32}
    ORDER BY ts DESC, decision_seq DESC LIMIT ${QUERY_LIMITS.decisions}`,
  params: ofRun,
  row: z.object({
    decision_seq: wholeNumber,
    at_ts: wholeNumber,
    epoch: wholeNumber,
    coin: z.string(),
    kind: z.string(),
    reason: z.string(),
    gate: z.string(),
    inputs: z.string(),
  }),
})

export const sessionEvents = defineQuery({
  name: 'dashboard_session_events',
  sql: `SELECT ${ms('ts')} AS at_ts, seq, kind, details FROM session_events FINAL
    WHERE session_id = {session_id:String} AND run = {run:UInt32}
    ORDER BY ts DESC, seq DESC LIMIT ${QUERY_LIMITS.events}`,
  params: ofRun,
  row: z.object({ at_ts: wholeNumber, seq: wholeNumber, kind: z.string(), details: z.string() }),
})

const stream = (table: string, columns: { coin?: string; ts?: string; received?: string } = {}): string =>
  `SELECT '${table}' AS stream, ${columns.coin ?? 'coin'} AS coin_name, count() AS row_count, ${ms(`min(${columns.ts ?? 'ts'})`)} AS first_ts,
    ${ms(`max(${columns.ts ?? 'ts'})`)} AS last_ts, ${ms(`max(${columns.received ?? 'received_ts'})`)} AS received_at
  FROM ${table} GROUP BY coin_name`

/** Rows as stored: a row that was sent twice counts twice until ClickHouse merges it away. */
export const recordedStreams = defineQuery({
  name: 'dashboard_recorded_streams',
  sql: [
    stream('trades'),
    stream('l2_snapshots'),
    stream('bbo'),
    stream('candles', { coin: "concat(coin, ' ', interval)", ts: 'open_ts' }),
    stream('asset_contexts', { received: 'ts' }),
    // One row for all coins: the venue names hundreds.
    stream('mids', { coin: "''", received: 'ts' }),
  ].join(' UNION ALL '),
  params: z.object({}),
  row: z.object({
    stream: z.string(),
    coin_name: z.string(),
    row_count: wholeNumber,
    first_ts: wholeNumber,
    last_ts: wholeNumber,
    received_at: wholeNumber,
  }),
})

export const knownGaps = defineQuery({
  name: 'dashboard_known_gaps',
  sql: `SELECT channel, coin, ${ms('opened_ts')} AS opened_at, ${ms('closed_ts')} AS closed_at, reason, rows_recovered, status
    FROM ingest_gaps FINAL ORDER BY opened_ts DESC LIMIT ${QUERY_LIMITS.gaps}`,
  params: z.object({}),
  row: z.object({
    channel: z.string(),
    coin: z.string(),
    opened_at: wholeNumber,
    closed_at: wholeNumber,
    reason: z.string(),
    rows_recovered: wholeNumber,
    status: z.string(),
  }),
})
