/** What the ledger of days reads and writes: which days changed, what was held before them, fills, payments, and the rows made of them. */
// Not here: when and in which order (activities/pnl.ts), the stream of fills (fill-reader.ts).
import { z } from 'zod'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { type FillRange, readFillBatches } from '#clickhouse/pnl/fill-reader.ts'
import { insertRows } from '#clickhouse/pnl/insert-rows.ts'
import { fillHash, type KnownSessions, PAYMENT_HASH, sessionParams } from '#clickhouse/pnl/ledger-sql.ts'
import { decimalText, defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import {
  type PnlDailyRow,
  type PnlInputRow,
  type PnlSessionRow,
  pnlDaily,
  pnlInputs,
  pnlSessions,
} from '#clickhouse/tables/pnl.ts'
import { type Decimal, parseFixed } from '#domain/fixed-point.ts'
import { hash32 } from '#domain/ids.ts'
import type { FillBatch } from '#domain/pnl/types.ts'

const flag = z.union([z.boolean(), z.literal(0), z.literal(1)]).transform(Boolean)
const strings = z.array(z.string())

/** Keys hold the time that cuts partitions: the rows of one fact lie in one partition, and FINAL need not look across. */
const ONE_PARTITION_A_KEY = 'SETTINGS do_not_merge_across_partitions_select_final = 1'

const knownSessions = defineQuery({
  name: 'known sessions',
  sql: 'SELECT DISTINCT session_id FROM sessions ORDER BY session_id',
  params: z.object({}),
  row: z.object({ session_id: z.string() }),
})

/** Days whose fills or payments are not those that the ledger was made from. */
const changedDays = (known: KnownSessions) =>
  defineQuery({
    name: 'changed days of the ledger',
    sql: `
    SELECT account, coin, toUnixTimestamp64Milli(now.day) AS day_ts, now.digest AS digest
    FROM (
      SELECT account, coin, day, toString(sum(part)) AS digest
      FROM (
        SELECT account, coin, toDateTime64(toStartOfDay(ts, 'UTC'), 3, 'UTC') AS day, sum(${fillHash(known)}) AS part
        FROM fills FINAL WHERE {account:String} = '' OR account = {account:String} GROUP BY account, coin, day
        UNION ALL
        SELECT account, coin, toDateTime64(toStartOfDay(ts, 'UTC'), 3, 'UTC') AS day, sum(${PAYMENT_HASH}) AS part
        FROM funding_payments FINAL WHERE {account:String} = '' OR account = {account:String} GROUP BY account, coin, day
      )
      GROUP BY account, coin, day
    ) AS now
    LEFT JOIN pnl_inputs AS made FINAL ON made.account = now.account AND made.coin = now.coin AND made.day = now.day
    WHERE made.digest != now.digest
    ORDER BY account, coin, day_ts
    ${ONE_PARTITION_A_KEY}`,
    params: z.object({
      account: z.string(),
      session_ids: strings.optional(),
      session_tags: z.array(z.number()).optional(),
    }),
    row: z.object({ account: z.string(), coin: z.string(), day_ts: wholeNumber, digest: z.string() }),
  })

const range = z.object({ account: z.string(), coins: strings, from: z.int() })
const BEFORE = `account = {account:String} AND coin IN {coins:Array(String)} AND day < fromUnixTimestamp64Milli({from:Int64}, 'UTC')`
const heldRow = z.object({
  coin: z.string(),
  session_id: z.string(),
  sz: decimalText,
  cost: decimalText,
  anchored: flag,
})
const HELD =
  'argMax(position_sz, day) AS sz, argMax(cost_usd, day) AS cost, argMax(anchored, day) AS anchored'

const heldBefore = defineQuery({
  name: 'held before a day',
  sql: `
    SELECT coin, '' AS session_id, ${HELD} FROM pnl_daily FINAL WHERE ${BEFORE} GROUP BY coin
    UNION ALL
    SELECT coin, toString(session_id) AS session_id, ${HELD} FROM pnl_sessions FINAL WHERE ${BEFORE} GROUP BY coin, session_id`,
  params: range,
  row: heldRow,
})

const paymentsFrom = defineQuery({
  name: 'funding payments of the ledger',
  sql: `
    SELECT coin, toUnixTimestamp64Milli(ts) AS at, usd, position_sz FROM funding_payments FINAL
    WHERE account = {account:String} AND coin IN {coins:Array(String)} AND ts >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
    ORDER BY coin, ts`,
  params: range,
  row: z.object({ coin: z.string(), at: wholeNumber, usd: decimalText, position_sz: decimalText }),
})

/** A day of the ledger to be made again, with the digest of what it will be made from. */
export interface ChangedDay {
  account: string
  coin: string
  day_ts: number
  digest: string
}

export interface HeldBefore {
  coin: string
  /** '' for the account's own lane. */
  session_id: string
  sz: Decimal
  cost: Decimal
  anchored: boolean
}

/** The store as the activity asks for it. */
export interface LedgerStore {
  sessions(): Promise<KnownSessions>
  /** @param account '' for all */
  changed(account: string, known: KnownSessions): Promise<ChangedDay[]>
  heldBefore(range: FillRange): Promise<HeldBefore[]>
  payments(range: FillRange): Promise<{ coin: string; ts: number; usd: bigint; sz: bigint }[]>
  fills(range: FillRange, known: KnownSessions): AsyncIterable<FillBatch>
  saveDays(rows: readonly PnlDailyRow[]): Promise<void>
  saveSessions(rows: readonly PnlSessionRow[]): Promise<void>
  /** Last: from then on the days count as made. */
  saveInputs(rows: readonly PnlInputRow[]): Promise<void>
}

export const createLedgerStore = (client: ClickHouseClient): LedgerStore => ({
  sessions: async () => {
    const ids = (await runQuery(client, knownSessions, {})).map(({ session_id }) => session_id)
    return { ids, tags: ids.map(hash32) }
  },
  changed: (account, known) => runQuery(client, changedDays(known), { account, ...sessionParams(known) }),
  heldBefore: ({ account, coins, fromTs }) =>
    runQuery(client, heldBefore, { account, coins: [...coins], from: fromTs }),
  payments: async ({ account, coins, fromTs }) => {
    const rows = await runQuery(client, paymentsFrom, { account, coins: [...coins], from: fromTs })
    return rows.map(({ coin, at, usd, position_sz }) => ({
      coin,
      ts: at,
      usd: parseFixed(usd),
      sz: parseFixed(position_sz),
    }))
  },
  fills: (wanted, known) => readFillBatches(client, wanted, known),
  saveDays: (rows) => insertRows(client, pnlDaily, rows),
  saveSessions: (rows) => insertRows(client, pnlSessions, rows),
  saveInputs: (rows) => insertRows(client, pnlInputs, rows),
})
