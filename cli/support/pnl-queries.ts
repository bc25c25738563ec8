/** What `holdfast pnl` reads: own fills, the sessions that exist, and the latest price of each coin. */
// Not here: adding it up (domain/pnl.ts).
import { z } from 'zod'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { decimalText, defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import type { OwnedFill } from '#domain/pnl.ts'

/** Amounts are cut to the places that exact arithmetic here has; the columns hold no more. */
const fillsSince = defineQuery({
  name: 'own_fills_since',
  sql: `
    SELECT account, coin, toUnixTimestamp64Milli(ts) AS at, tid, oid, cloid, session_id, side,
           toString(px) AS px, toString(sz) AS sz, toString(start_position) AS start_position, direction,
           toString(closed_pnl) AS closed_pnl, toString(fee) AS fee, crossed
    FROM fills FINAL
    WHERE ts >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
    ORDER BY account, coin, ts, tid`,
  params: z.object({ since: z.int().min(0) }),
  row: z.object({
    account: z.string(),
    coin: z.string(),
    at: wholeNumber,
    tid: wholeNumber,
    oid: wholeNumber,
    cloid: z.string(),
    session_id: z.string(),
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

const knownSessions = defineQuery({
  name: 'known_sessions',
  sql: 'SELECT DISTINCT session_id FROM sessions',
  params: z.object({}),
  row: z.object({ session_id: z.string() }),
})

/** Mark price where it is recorded, else the last trade. */
const latestPrices = defineQuery({
  name: 'latest_prices',
  sql: `
    SELECT coin, toString(argMax(px, at)) AS px
    FROM (
      SELECT coin, argMax(mark_px, ts) AS px, toUInt8(2) AS at FROM asset_contexts WHERE coin IN {coins:Array(String)} GROUP BY coin
      UNION ALL
      SELECT coin, argMax(px, ts) AS px, toUInt8(1) AS at FROM trades WHERE coin IN {coins:Array(String)} GROUP BY coin
    )
    GROUP BY coin`,
  params: z.object({ coins: z.array(z.string()) }),
  row: z.object({ coin: z.string(), px: decimalText }),
})

export async function readFills(client: ClickHouseClient, since: number): Promise<OwnedFill[]> {
  const rows = await runQuery(client, fillsSince, { since })
  return rows.map((row) => ({
    kind: 'fill',
    account: row.account,
    coin: row.coin,
    ts: row.at,
    tid: row.tid,
    oid: row.oid,
    cloid: row.cloid,
    side: row.side,
    px: row.px,
    sz: row.sz,
    startPosition: row.start_position,
    direction: row.direction,
    closedPnl: row.closed_pnl,
    fee: row.fee,
    crossed: row.crossed,
    hash: '',
    snapshot: false,
    receivedTs: row.at,
    sessionId: row.session_id,
  }))
}

export const readSessionIds = async (client: ClickHouseClient): Promise<string[]> =>
  (await runQuery(client, knownSessions, {})).map(({ session_id }) => session_id)

export async function readMarks(
  client: ClickHouseClient,
  coins: readonly string[],
): Promise<Map<string, string>> {
  if (coins.length === 0) return new Map()
  const rows = await runQuery(client, latestPrices, { coins: [...coins] })
  return new Map(rows.map(({ coin, px }) => [coin, px]))
}
