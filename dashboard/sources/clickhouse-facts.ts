/** The facts of the pages from ClickHouse: named queries, mapped to the rows the page knows. */
// Not here: the SQL (dashboard/queries.ts).
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { runQuery } from '#clickhouse/query.ts'
import * as queries from '#dashboard/queries.ts'
import type { FactStore, StoredSession } from '#dashboard/services.ts'
import { readObject } from '#dashboard/topics/session-rows.ts'
import { hash32 } from '#domain/ids.ts'

const hex8 = (value: number): string => value.toString(16).padStart(8, '0')

export function createFacts(client: ClickHouseClient): FactStore {
  return {
    sessions: () => readSessions(client),
    async equity({ session_id, run }) {
      const rows = await runQuery(client, queries.equityCurve, { session_id, run })
      return rows.map(({ bucket, at_ts, equity, net }) => ({
        key: String(bucket),
        ts: at_ts,
        equity_usd: equity,
        net_pnl_usd: net,
      }))
    },
    async fills({ session_id, run, account }) {
      const tag = `0x${hex8(hash32(session_id))}`
      const rows = await runQuery(client, queries.sessionFills, { account, tag, run_hex: hex8(run) })
      return rows.map(({ at_ts, tid, ...row }) => ({ key: `${row.coin} ${at_ts} ${tid}`, ts: at_ts, ...row }))
    },
    async quotes({ session_id, started_ts }) {
      const rows = await runQuery(client, queries.sessionQuotes, { session_id, since_ts: started_ts })
      return rows.map(({ at_ts, ...row }) => ({ key: `${row.coin} ${at_ts}`, ts: at_ts, ...row }))
    },
    async mids({ coins: [coin = ''], started_ts }) {
      const rows = await runQuery(client, queries.midCurve, { coin, since_ts: started_ts })
      return rows.map(({ bucket, at_ts, price }) => ({ key: String(bucket), ts: at_ts, mid: price }))
    },
    async decisions({ session_id, run }) {
      const rows = await runQuery(client, queries.sessionDecisions, { session_id, run })
      return rows.map(({ decision_seq, at_ts, inputs, ...row }) => ({
        key: `${at_ts} ${decision_seq}`,
        seq: decision_seq,
        ts: at_ts,
        inputs: readObject(inputs),
        ...row,
      }))
    },
    async events({ session_id, run }) {
      const rows = await runQuery(client, queries.sessionEvents, { session_id, run })
      return rows.map(({ at_ts, seq, kind, details }) => ({
        key: `${at_ts} ${String(seq).padStart(6, '0')} ${kind}`,
        ts: at_ts,
        kind,
        details: readObject(details),
      }))
    },
    async streams() {
      const rows = await runQuery(client, queries.recordedStreams, {})
      return rows.map(({ stream, coin_name, row_count, first_ts, last_ts, received_at }) => ({
        key: `${stream} ${coin_name}`,
        stream,
        coin: coin_name,
        rows: row_count,
        first_ts,
        last_ts,
        received_ts: received_at,
      }))
    },
    async gaps() {
      const rows = await runQuery(client, queries.knownGaps, {})
      return rows.map(({ opened_at, closed_at, ...row }) => ({
        key: `${row.channel} ${row.coin} ${opened_at}`,
        opened_ts: opened_at,
        closed_ts: closed_at,
        ...row,
      }))
    },
  }
}

/** A session that has ended tells its result in its report; one that runs, in its last equity row. */
async function readSessions(client: ClickHouseClient): Promise<StoredSession[]> {
  const rows = await runQuery(client, queries.latestSessions, {})
  return Promise.all(
    rows.map(async (row): Promise<StoredSession> => {
      const { net_pnl_usd } = readObject(row.report)
      const last = row.report === '' ? (await runQuery(client, queries.lastEquity, row))[0] : undefined
      return {
        ...row,
        equity_usd: last?.equity_usd ?? null,
        net_pnl_usd: last?.net_pnl_usd ?? (typeof net_pnl_usd === 'string' ? net_pnl_usd : null),
        equity_ts: last?.equity_ts ?? (row.report === '' ? null : row.state_ts),
        position: last?.position ?? '',
      }
    }),
  )
}
