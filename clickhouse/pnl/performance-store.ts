/** Equity curve, closed trades, exposure and benchmark of one account: what a performance report is made from. */
// Not here: the report (domain/performance.ts).
import { z } from 'zod'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { readMarks } from '#clickhouse/pnl/report-store.ts'
import { decimalText, defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import { toNumber } from '#domain/fixed-point.ts'
import type { PerformanceInput } from '#domain/performance.ts'
import { DAYS_PER_YEAR } from '#domain/performance-returns.ts'
import type { EpochMs } from '#domain/time.ts'

const TRADES_MAX = 1_000_000
const at = (name: string): string => `fromUnixTimestamp64Milli({${name}:Int64}, 'UTC')`
const window = z.object({ account: z.string(), from: z.int(), to: z.int() })

/** Days with a known value; a day's flow is that since the one before. */
export const navCurve = defineQuery({
  name: 'net asset value by day',
  sql: `
    SELECT toUnixTimestamp64Milli(day) AS day_ts, toUnixTimestamp64Milli(snapshot_ts) AS snapshot_at, nav_usd, flow_usd,
      realized_usd, fees_usd, funding_usd, unrealized_usd, change_usd, explained_usd, unexplained_usd, bound_usd, alert
    FROM nav FINAL WHERE account = {account:String} AND day >= ${at('from')} AND day < ${at('to')} ORDER BY nav.day`,
  params: window,
  row: z.object({
    day_ts: wholeNumber,
    snapshot_at: wholeNumber,
    nav_usd: decimalText.nullable(),
    flow_usd: decimalText,
    realized_usd: decimalText,
    fees_usd: decimalText,
    funding_usd: decimalText,
    unrealized_usd: decimalText.nullable(),
    change_usd: decimalText.nullable(),
    explained_usd: decimalText.nullable(),
    unexplained_usd: decimalText.nullable(),
    bound_usd: decimalText,
    alert: z.boolean(),
  }),
})
export type NavPoint = z.output<typeof navCurve.row>

const closedTrades = defineQuery({
  name: 'closing fills',
  sql: `SELECT toUnixTimestamp64Milli(ts) AS at_ts, toFloat64(closed_pnl) AS pnl, toFloat64(fee) AS fees FROM fills FINAL
    WHERE account = {account:String} AND ts >= ${at('from')} AND ts < ${at('to')} AND closed_pnl != 0 ORDER BY ts LIMIT ${TRADES_MAX}`,
  params: window,
  row: z.object({ at_ts: wholeNumber, pnl: z.number(), fees: z.number() }),
})

const volume = defineQuery({
  name: 'volume of an account',
  sql: `SELECT toFloat64(sum(volume_usd)) AS usd FROM pnl_daily FINAL
    WHERE account = {account:String} AND day >= ${at('from')} AND day < ${at('to')}`,
  params: window,
  row: z.object({ usd: z.number().nullable() }),
})

/** Exposure at the hour: the last snapshot of each. */
const exposure = defineQuery({
  name: 'exposure by the hour',
  sql: `
    SELECT toUnixTimestamp64Milli(s.seen) AS at_ts, toFloat64(s.notional) AS gross, toFloat64(sum(p.notional_usd)) AS net
    FROM (
      SELECT max(ts) AS seen, argMax(notional_usd, ts) AS notional FROM account_snapshots
      WHERE account = {account:String} AND ts >= ${at('from')} AND ts < ${at('to')} GROUP BY toStartOfHour(ts)
    ) AS s
    LEFT JOIN (
      SELECT ts, notional_usd FROM position_snapshots FINAL
      WHERE account = {account:String} AND ts >= ${at('from')} AND ts < ${at('to')}
    ) AS p ON p.ts = s.seen
    GROUP BY at_ts, gross ORDER BY at_ts`,
  params: window,
  row: z.object({ at_ts: wholeNumber, gross: z.number(), net: z.number().nullable() }),
})

export interface PerformanceRange {
  account: string
  from: EpochMs
  to: EpochMs
}

/** @param benchmark coin that could have been held instead */
export async function readPerformanceInput(
  client: ClickHouseClient,
  range: PerformanceRange,
  benchmark: string,
): Promise<{ input: PerformanceInput; nav: NavPoint[] }> {
  const [curve, trades, traded, held, marks] = await Promise.all([
    runQuery(client, navCurve, range),
    runQuery(client, closedTrades, range),
    runQuery(client, volume, range),
    runQuery(client, exposure, range),
    readMarks(client, [benchmark], range.to),
  ])
  const known = curve.filter(({ nav_usd }) => nav_usd !== null)
  const ends = [known[0], known.at(-1)].flatMap((point) => {
    const px = point ? marks.mark(benchmark, point.day_ts) : null
    return point && px !== null ? [{ ts: point.snapshot_at, px: toNumber(px) }] : []
  })
  const input: PerformanceInput = {
    equity: known.map((point) => ({
      ts: point.snapshot_at,
      equity: Number(point.nav_usd),
      flow: Number(point.flow_usd),
    })),
    trades: trades.map(({ at_ts, pnl, fees }) => ({ ts: at_ts, pnl_usd: pnl, fees_usd: fees })),
    exposure: held.map(({ at_ts, gross, net }) => ({ ts: at_ts, gross_usd: gross, net_usd: net ?? 0 })),
    volume_usd: traded[0]?.usd ?? 0,
    benchmark: ends,
    periods_per_year: DAYS_PER_YEAR,
  }
  return { input, nav: curve }
}
