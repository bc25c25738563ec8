/** What the follower of traders reads from the database when it starts and while it runs, and the tables it writes. */
// Not here: following (streamers/traders-follower.ts), the queries (traders-queries.ts).
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { runQuery } from '#clickhouse/query.ts'
import * as tables from '#clickhouse/tables/traders.ts'
import { openOrdersOfTraders, tapeSince, trackedNow } from '#clickhouse/tables/traders-queries.ts'
import type { TradeEvent } from '#domain/events.ts'
import type { EpochMs } from '#domain/time.ts'
import type { TraderOrder } from '#domain/traders/open-orders.ts'

/** Trades read at once when an earlier tape is read again. */
const PAGE = 50_000
const ORDERS_MAX = 100_000

export interface TradersStore {
  tables: typeof tables
  /** Best first. */
  tracked(limit: number): Promise<{ address: string; score: number }[]>
  openOrders(): Promise<(TraderOrder & { address: string })[]>
  /** Stored trades after a moment, oldest first, in pages. */
  tape(sinceTs: EpochMs): AsyncGenerator<readonly TradeEvent[]>
}

export const createTradersStore = (client: ClickHouseClient): TradersStore => ({
  tables,
  tracked: async (limit) =>
    (await runQuery(client, trackedNow, { limit })).map(({ address, score }) => ({ address, score })),
  openOrders: async () =>
    (await runQuery(client, openOrdersOfTraders, { address: '', limit: ORDERS_MAX })).map((order) => ({
      address: order.address,
      oid: order.oid,
      coin: order.coin,
      side: order.side,
      px: order.px,
      sz: order.sz,
      originalSz: order.original_sz,
      reduceOnly: order.reduce_only,
      openedTs: order.opened_at,
    })),
  tape: (sinceTs) => pages(client, sinceTs),
})

async function* pages(client: ClickHouseClient, sinceTs: EpochMs): AsyncGenerator<readonly TradeEvent[]> {
  let from = { ts: sinceTs, tid: 0 }
  for (;;) {
    const rows = await runQuery(client, tapeSince, { since: from.ts, tid: from.tid, limit: PAGE })
    yield rows.map(
      ({ coin, at: ts, tid, side, px, sz, buyer, seller }): TradeEvent => ({
        ...{ kind: 'trade', coin, ts, tid, side, px, sz, buyer, seller },
        hash: '',
        receivedTs: ts,
      }),
    )
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) return
    from = { ts: last.at, tid: last.tid }
  }
}
