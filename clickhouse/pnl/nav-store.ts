/** What the reconciliation reads and writes: snapshots, days of the ledger, money movements; rows of `nav`. */
// Not here: the arithmetic (domain/pnl/reconcile.ts), which days are made again (activities/pnl-nav.ts).
import { z } from 'zod'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { insertRows } from '#clickhouse/pnl/insert-rows.ts'
import { decimalText, defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import { type NavRow, nav } from '#clickhouse/tables/pnl.ts'
import { parseFixed } from '#domain/fixed-point.ts'
import type { LedgerSums, NavSnapshot, ReconcileInput } from '#domain/pnl/reconcile.ts'
import type { EpochMs } from '#domain/time.ts'

const account = { account: z.string() }
const since = { ...account, from: z.int() }
const FROM = `fromUnixTimestamp64Milli({from:Int64}, 'UTC')`
const DAY = (ts: string): string =>
  `toUnixTimestamp64Milli(toDateTime64(toStartOfDay(${ts}, 'UTC'), 3, 'UTC'))`
/** Spot lies in another wallet than the account value of perpetuals: its days are in the ledger, not in this reconciliation. */
const PERPETUAL = `NOT startsWith(coin, '@') AND position(coin, '/') = 0`

const accounts = defineQuery({
  name: 'accounts with a ledger',
  sql: `SELECT DISTINCT account FROM (SELECT account FROM pnl_daily UNION ALL SELECT account FROM account_snapshots) ORDER BY account`,
  params: z.object({}),
  row: z.object({ account: z.string() }),
})

/** Where the stored days end, and whether they still hold all snapshots and flows. */
const stored = defineQuery({
  name: 'stored days of net asset value',
  sql: `
    SELECT
      (SELECT toUnixTimestamp64Milli(max(day)) FROM nav WHERE account = {account:String}) AS last_day,
      (SELECT countIf(nav_usd IS NOT NULL) FROM nav FINAL WHERE account = {account:String}) AS days_stored,
      (SELECT uniqExact(toStartOfDay(ts, 'UTC')) FROM account_snapshots WHERE account = {account:String}
        AND ts < addDays((SELECT max(day) FROM nav WHERE account = {account:String}), 1)) AS days_seen,
      (SELECT sum(flow_usd) FROM nav FINAL WHERE account = {account:String}) AS flows_stored,
      (SELECT sum(usd) FROM ledger_updates FINAL WHERE account = {account:String}
        AND ts <= (SELECT max(snapshot_ts) FROM nav FINAL WHERE account = {account:String})) AS flows_seen`,
  params: z.object(account),
  row: z.object({
    last_day: wholeNumber,
    days_stored: wholeNumber,
    days_seen: wholeNumber,
    flows_stored: decimalText,
    flows_seen: decimalText,
  }),
})

const snapshotBefore = defineQuery({
  name: 'last snapshot before a day',
  sql: `SELECT ${DAY('max(ts)')} AS day_ts FROM account_snapshots WHERE account = {account:String} AND ts < ${FROM}`,
  params: z.object(since),
  row: z.object({ day_ts: wholeNumber }),
})

const snapshots = defineQuery({
  name: 'last snapshot of each day',
  sql: `
    SELECT toUnixTimestamp64Milli(max(ts)) AS at, argMax(equity_usd, ts) AS nav, argMax(unrealized_pnl_usd, ts) AS unrealised
    FROM account_snapshots WHERE account = {account:String} AND ts >= ${FROM}
    GROUP BY toStartOfDay(ts, 'UTC') ORDER BY at`,
  params: z.object(since),
  row: z.object({ at: wholeNumber, nav: decimalText, unrealised: decimalText }),
})

const sumsRow = z.object({
  day_ts: wholeNumber,
  realised: decimalText,
  fees: decimalText,
  funding: decimalText,
})

const ledgerDays = defineQuery({
  name: 'days of the ledger',
  sql: `
    SELECT toUnixTimestamp64Milli(day) AS day_ts, sum(realized_usd) AS realised,
      sum(taker_fees_usd + maker_fees_usd + builder_fees_usd - rebates_usd) AS fees, sum(funding_usd) AS funding
    FROM pnl_daily FINAL WHERE account = {account:String} AND day >= ${FROM} AND ${PERPETUAL}
    GROUP BY day ORDER BY day`,
  params: z.object(since),
  row: sumsRow,
})

/** Realised by the venue's own figure: it only moves between two days that follow each other. */
const tails = defineQuery({
  name: 'ledger after the last snapshot of each day',
  sql: `
    WITH lasts AS (
      SELECT toStartOfDay(ts, 'UTC') AS d, max(ts) AS last FROM account_snapshots
      WHERE account = {account:String} AND ts >= ${FROM} GROUP BY d
    )
    SELECT day_ts, sum(a) AS realised, sum(b) AS fees, sum(c) AS funding
    FROM (
      SELECT ${DAY('f.ts')} AS day_ts, closed_pnl AS a, fee AS b, toDecimal128(0, 8) AS c
      FROM (SELECT ts, closed_pnl, fee FROM fills FINAL WHERE account = {account:String} AND ts >= ${FROM} AND ${PERPETUAL}) AS f
      INNER JOIN lasts ON lasts.d = toStartOfDay(f.ts, 'UTC') WHERE f.ts > lasts.last
      UNION ALL
      SELECT ${DAY('p.ts')} AS day_ts, toDecimal128(0, 8) AS a, toDecimal128(0, 8) AS b, usd AS c
      FROM (SELECT ts, usd FROM funding_payments FINAL WHERE account = {account:String} AND ts >= ${FROM}) AS p
      INNER JOIN lasts ON lasts.d = toStartOfDay(p.ts, 'UTC') WHERE p.ts > lasts.last
    )
    GROUP BY day_ts ORDER BY day_ts`,
  params: z.object(since),
  row: sumsRow,
})

const flows = defineQuery({
  name: 'money that came or went',
  sql: `SELECT toUnixTimestamp64Milli(ts) AS at, usd FROM ledger_updates FINAL
    WHERE account = {account:String} AND ts >= ${FROM} AND usd != 0 ORDER BY ts`,
  params: z.object(since),
  row: z.object({ at: wholeNumber, usd: decimalText }),
})

const toldAlerts = defineQuery({
  name: 'alerts that were told',
  sql: `SELECT toUnixTimestamp64Milli(day) AS day_ts, unexplained_usd FROM nav FINAL
    WHERE account = {account:String} AND day >= ${FROM} AND alert`,
  params: z.object(since),
  row: z.object({ day_ts: wholeNumber, unexplained_usd: decimalText.nullable() }),
})

/** The store as the activity asks for it. */
export interface NavStore {
  accounts(): Promise<string[]>
  /** First day that has to be made even when no fill changed: 0 when snapshots or flows came late, or nothing is stored. */
  dueFrom(account: string): Promise<EpochMs>
  /** Day of the last snapshot before a day, 0 when there is none. */
  baseBefore(account: string, day: EpochMs): Promise<EpochMs>
  input(account: string, from: EpochMs): Promise<ReconcileInput>
  /** Unexplained rests that are stored as alerts, by day: they were told already. */
  alerts(account: string, from: EpochMs): Promise<Map<EpochMs, string | null>>
  save(rows: readonly NavRow[]): Promise<void>
}

export const createNavStore = (client: ClickHouseClient): NavStore => ({
  accounts: async () => (await runQuery(client, accounts, {})).map(({ account: name }) => name),
  dueFrom: async (name) => {
    const [at] = await runQuery(client, stored, { account: name })
    const whole = at && at.days_stored === at.days_seen && at.flows_stored === at.flows_seen
    return whole ? at.last_day : 0
  },
  baseBefore: async (name, day) =>
    (await runQuery(client, snapshotBefore, { account: name, from: day }))[0]?.day_ts ?? 0,
  input: async (name, from) => {
    const params = { account: name, from }
    const [seen, days, after, moved] = await Promise.all([
      runQuery(client, snapshots, params),
      runQuery(client, ledgerDays, params),
      runQuery(client, tails, params),
      runQuery(client, flows, params),
    ])
    return {
      snapshots: seen.map(
        (row): NavSnapshot => ({
          ts: row.at,
          nav: parseFixed(row.nav),
          unrealised: parseFixed(row.unrealised),
        }),
      ),
      days: byDay(days),
      tails: byDay(after),
      flows: moved.map(({ at, usd }) => ({ ts: at, usd: parseFixed(usd) })),
    }
  },
  alerts: async (name, from) =>
    new Map(
      (await runQuery(client, toldAlerts, { account: name, from })).map((row) => [
        row.day_ts,
        row.unexplained_usd,
      ]),
    ),
  save: (rows) => insertRows(client, nav, rows),
})

const byDay = (rows: readonly z.output<typeof sumsRow>[]): Map<EpochMs, LedgerSums> =>
  new Map(
    rows.map(({ day_ts, realised, fees, funding }) => [
      day_ts,
      { realised: parseFixed(realised), fees: parseFixed(fees), funding: parseFixed(funding) },
    ]),
  )
