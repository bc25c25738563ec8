/** Named queries over recorded market data for the jobs that heal and check it. */
// Not here: streams and gaps for people (operations-queries.ts), storage (storage-queries.ts).
import { z } from 'zod'
import { decimalText, defineQuery, wholeNumber } from '#clickhouse/query.ts'

const ms = (column: string, name: string): string => `toUnixTimestamp64Milli(${column}) AS ${name}`
const at = (param: string): string => `fromUnixTimestamp64Milli({${param}:Int64})`
const span = { from_ts: z.int().min(0), until_ts: z.int().min(0) }

/** Gaps that ended and were not asked for yet, the latest first; noted at least a moment ago, so that the rows around them have arrived. */
export const unhealedGaps = defineQuery({
  name: 'unhealed gaps',
  sql: `
    SELECT channel, coin, reason, status, rows_recovered, version,
      ${ms('opened_ts', 'opened')}, ${ms('closed_ts', 'closed')}
    FROM ingest_gaps FINAL
    WHERE (status = 'closed' AND version <= {noted_before:UInt64})
       OR (status = 'open' AND {include_open:Bool})
    ORDER BY version DESC
    LIMIT {limit:UInt32}`,
  params: z.object({
    noted_before: z.int().min(0),
    include_open: z.boolean(),
    limit: z.int().min(1).max(100_000),
  }),
  row: z.object({
    channel: z.string(),
    coin: z.string(),
    reason: z.string(),
    status: z.string(),
    rows_recovered: wholeNumber,
    version: wholeNumber,
    opened: wholeNumber,
    closed: wholeNumber,
  }),
})

/** Stored candles that open in [from_ts, until_ts), ascending. */
export const storedCandles = defineQuery({
  name: 'stored candles',
  sql: `
    SELECT ${ms('open_ts', 'open_ms')}, open, high, low, close, volume, trades
    FROM candles FINAL
    WHERE coin = {coin:String} AND interval = {interval:String}
      AND open_ts >= ${at('from_ts')} AND open_ts < ${at('until_ts')}
    ORDER BY open_ts`,
  params: z.object({ coin: z.string(), interval: z.string(), ...span }),
  row: z.object({
    open_ms: wholeNumber,
    open: decimalText,
    high: decimalText,
    low: decimalText,
    close: decimalText,
    volume: decimalText,
    trades: wholeNumber,
  }),
})

/** Candle series that are recorded: coin and interval with the first and the last opening time since `since_ts`. */
export const recordedSeries = defineQuery({
  name: 'recorded series',
  sql: `
    SELECT coin, interval, ${ms('min(open_ts)', 'first_ms')}, ${ms('max(open_ts)', 'last_ms')}
    FROM candles
    WHERE received_ts >= ${at('since_ts')}
    GROUP BY coin, interval
    ORDER BY coin, interval`,
  params: z.object({ since_ts: z.int().min(0) }),
  row: z.object({ coin: z.string(), interval: z.string(), first_ms: wholeNumber, last_ms: wholeNumber }),
})

/** Ids of stored trades in [from_ts, until_ts]. */
export const storedTradeIds = defineQuery({
  name: 'stored trade ids',
  sql: `
    SELECT DISTINCT ${ms('ts', 'at')}, tid
    FROM trades
    WHERE coin = {coin:String} AND ts >= ${at('from_ts')} AND ts <= ${at('until_ts')}`,
  params: z.object({ coin: z.string(), ...span }),
  row: z.object({ at: wholeNumber, tid: wholeNumber }),
})

/** How an account's rows of one kind are named, to tell which fetched ones are new. */
const accountKeys = (name: string, table: string, ts: string, key: string) =>
  defineQuery({
    name,
    sql: `
      SELECT DISTINCT ${key} AS id
      FROM ${table}
      WHERE account = {account:String} AND ${ts} >= ${at('from_ts')} AND ${ts} <= ${at('until_ts')}`,
    params: z.object({ account: z.string(), ...span }),
    row: z.object({ id: z.string() }),
  })

const text = (...parts: string[]): string => `concat(${parts.join(", ' ', ")})`
const millis = (column: string): string => `toString(toUnixTimestamp64Milli(${column}))`

/** Keys as `accountKey` of activities/backfill.ts writes them. */
export const STORED_ACCOUNT_KEYS = {
  fill: accountKeys('stored fill keys', 'fills', 'ts', text(millis('ts'), 'coin', 'toString(tid)')),
  order: accountKeys(
    'stored order keys',
    'orders',
    'status_ts',
    text(millis('status_ts'), 'toString(oid)', 'status'),
  ),
  funding_payment: accountKeys('stored funding keys', 'funding_payments', 'ts', text(millis('ts'), 'coin')),
  ledger: accountKeys('stored ledger keys', 'ledger_updates', 'ts', text(millis('ts'), 'hash', 'kind')),
} as const

/** Session ids, to name the session of an order that only the venue told of. */
export const storedSessionIds = defineQuery({
  name: 'stored session ids',
  sql: 'SELECT DISTINCT session_id FROM sessions',
  params: z.object({}),
  row: z.object({ session_id: z.string() }),
})
