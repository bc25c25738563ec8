/** What PnL reports read: days of the ledger in a window, marks at the end of days, strategies of sessions. */
// Not here: grouping and adding up (domain/pnl/report.ts).
import { z } from 'zod'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { decimalText, defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import { type FixedE8, parseFixed } from '#domain/fixed-point.ts'
import type { LedgerDay } from '#domain/pnl/report.ts'
import { DAY_MS, type EpochMs } from '#domain/time.ts'

const at = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`

const days = (table: 'pnl_daily' | 'pnl_sessions', session: string): string => `
  SELECT toString(account) AS account_name, ${session} AS session_name, toString(coin) AS coin_name,
    toUnixTimestamp64Milli(day) AS day_ts, fills, disputed_fills, volume_usd, realized_usd, taker_fees_usd, maker_fees_usd,
    builder_fees_usd, rebates_usd, funding_usd, position_sz, cost_usd
  FROM ${table} FINAL
  WHERE ({account:String} = '' OR account = {account:String}) AND day < ${at('to')} AND (day >= ${at('from')}
    OR (account, ${session}, coin, day) IN (
      SELECT account, ${session}, coin, max(day) FROM ${table} WHERE day < ${at('from')} GROUP BY account, ${session}, coin))`

const ledgerDays = defineQuery({
  name: 'days of the ledger in a window',
  sql: `SELECT * FROM (${days('pnl_daily', "''")} UNION ALL ${days('pnl_sessions', 'toString(session_id)')})
    ORDER BY account_name, session_name, coin_name, day_ts`,
  params: z.object({ account: z.string(), from: z.int(), to: z.int() }),
  row: z.object({
    account_name: z.string(),
    session_name: z.string(),
    coin_name: z.string(),
    day_ts: wholeNumber,
    fills: wholeNumber,
    disputed_fills: wholeNumber,
    volume_usd: decimalText,
    realized_usd: decimalText,
    taker_fees_usd: decimalText,
    maker_fees_usd: decimalText,
    builder_fees_usd: decimalText,
    rebates_usd: decimalText,
    funding_usd: decimalText,
    position_sz: decimalText,
    cost_usd: decimalText,
  }),
})

/** Of every trade there is only what the last days need: candles and contexts tell the rest. */
const TRADES_DAYS = 3

/** Mark of the venue where it is recorded; else the close of the day's candle, the last trade, the last own fill. */
const marks = defineQuery({
  name: 'marks at the end of days',
  sql: `
    SELECT coin_name, day_ts, argMax(px, rank) AS mark
    FROM (
      SELECT toString(coin) AS coin_name, toUnixTimestamp64Milli(toDateTime64(toStartOfDay(ts, 'UTC'), 3, 'UTC')) AS day_ts,
        argMax(mark_px, ts) AS px, 4 AS rank
      FROM asset_contexts WHERE coin IN {coins:Array(String)} AND ts >= ${at('from')} AND ts < ${at('to')} GROUP BY coin_name, day_ts
      UNION ALL
      SELECT toString(coin), toUnixTimestamp64Milli(open_ts), close, 3 FROM candles FINAL
      WHERE coin IN {coins:Array(String)} AND interval = '1d' AND open_ts < ${at('to')}
      UNION ALL
      SELECT toString(coin), toUnixTimestamp64Milli(toDateTime64(toStartOfDay(ts, 'UTC'), 3, 'UTC')) AS d, argMax(px, ts), 2
      FROM trades WHERE coin IN {coins:Array(String)} AND ts >= ${at('to')} - INTERVAL ${TRADES_DAYS} DAY AND ts < ${at('to')} GROUP BY coin, d
      UNION ALL
      SELECT toString(coin), toUnixTimestamp64Milli(toDateTime64(toStartOfDay(ts, 'UTC'), 3, 'UTC')) AS d, argMax(px, ts), 1
      FROM fills WHERE coin IN {coins:Array(String)} AND ts < ${at('to')} GROUP BY coin, d
    )
    GROUP BY coin_name, day_ts ORDER BY coin_name, day_ts`,
  params: z.object({ coins: z.array(z.string()), from: z.int(), to: z.int() }),
  row: z.object({ coin_name: z.string(), day_ts: wholeNumber, mark: decimalText }),
})

const engines = defineQuery({
  name: 'engines of sessions',
  sql: 'SELECT toString(session_id) AS session_name, argMax(engine, state_ts) AS strategy FROM sessions GROUP BY session_name',
  params: z.object({}),
  row: z.object({ session_name: z.string(), strategy: z.string() }),
})

/** Days [from, to) of one account, or of all for ''. */
export async function readLedgerDays(
  client: ClickHouseClient,
  params: { account: string; from: EpochMs; to: EpochMs },
): Promise<LedgerDay[]> {
  const rows = await runQuery(client, ledgerDays, params)
  return rows.map((row) => {
    const sz = parseFixed(row.position_sz)
    const cost = parseFixed(row.cost_usd)
    return {
      account: row.account_name,
      session: row.session_name,
      coin: row.coin_name,
      day: row.day_ts,
      fills: row.fills,
      disputed: row.disputed_fills,
      volume: parseFixed(row.volume_usd),
      realised: parseFixed(row.realized_usd),
      takerFees: parseFixed(row.taker_fees_usd),
      makerFees: parseFixed(row.maker_fees_usd),
      builderFees: parseFixed(row.builder_fees_usd),
      rebates: parseFixed(row.rebates_usd),
      funding: parseFixed(row.funding_usd),
      sz,
      signedCost: sz < 0n ? -cost : cost,
    }
  })
}

/** Looks up the newest price at or before the end of a day. @param from venue marks older than this are not read */
export async function readMarks(
  client: ClickHouseClient,
  coins: readonly string[],
  to: EpochMs,
  from: EpochMs = 0,
): Promise<{ mark(coin: string, day: EpochMs): FixedE8 | null; latest: Record<string, string> }> {
  const rows = coins.length === 0 ? [] : await runQuery(client, marks, { coins: [...coins], from, to })
  const byCoin = Map.groupBy(rows, ({ coin_name }) => coin_name)
  const prices = new Map(
    [...byCoin].map(([coin, list]) => [
      coin,
      list.map(({ day_ts, mark }) => ({ day: day_ts, px: parseFixed(mark) })),
    ]),
  )
  return {
    mark: (coin, day) => newest(prices.get(coin) ?? [], day + DAY_MS - 1),
    latest: Object.fromEntries([...byCoin].map(([coin, list]) => [coin, list.at(-1)?.mark ?? ''])),
  }
}

/** Binary search: reports ask for every day of every coin. */
function newest(prices: readonly { day: EpochMs; px: FixedE8 }[], until: EpochMs): FixedE8 | null {
  let [low, high] = [0, prices.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((prices[middle]?.day ?? 0) <= until) low = middle + 1
    else high = middle
  }
  return prices[low - 1]?.px ?? null
}

/** Strategy of each session: its engine. */
export const readStrategies = async (client: ClickHouseClient): Promise<Map<string, string>> =>
  new Map((await runQuery(client, engines, {})).map(({ session_name, strategy }) => [session_name, strategy]))
