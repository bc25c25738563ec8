/** The facts of the pages from ClickHouse: named queries, mapped to the rows the page knows. */
// Not here: the SQL (clickhouse/tables/*-queries.ts).
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { runQuery } from '#clickhouse/query.ts'
import { latestGaps, recordedStreams } from '#clickhouse/tables/operations-queries.ts'
import {
  equityCurve,
  lastEquity,
  midCurve,
  newestFills,
  newestQuotes,
} from '#clickhouse/tables/run-queries.ts'
import {
  decisionsOfSession,
  eventsOfRun,
  latestSessions,
  ofSession,
} from '#clickhouse/tables/trading-queries.ts'
import type { FactStore, StoredSession } from '#dashboard/services.ts'
import { readObject } from '#dashboard/topics/session-rows.ts'
import { hash32 } from '#domain/ids.ts'

/** Rows that a page shows of each kind. */
const LIMITS = { sessions: 200, fills: 300, quotes: 600, decisions: 200, events: 200, gaps: 200 } as const

const hex8 = (value: number): string => value.toString(16).padStart(8, '0')

export function createFacts(client: ClickHouseClient): FactStore {
  return {
    sessions: () => readSessions(client),
    async equity({ session_id, run }) {
      const rows = await runQuery(client, equityCurve, { session_id, run })
      return rows.map(({ bucket, at_ts, equity, net }) => ({
        key: String(bucket),
        ts: at_ts,
        equity_usd: equity,
        net_pnl_usd: net,
      }))
    },
    async fills({ session_id, run, account }) {
      const tag = `0x${hex8(hash32(session_id))}`
      const which = { account, tag, run_hex: hex8(run), limit: LIMITS.fills }
      const rows = await runQuery(client, newestFills, which)
      return rows.map(({ at_ts, tid, ...row }) => ({ key: `${row.coin} ${at_ts} ${tid}`, ts: at_ts, ...row }))
    },
    async quotes({ session_id, started_ts }) {
      const which = { session_id, since_ts: started_ts, limit: LIMITS.quotes }
      const rows = await runQuery(client, newestQuotes, which)
      return rows.map(({ at_ts, ...row }) => ({ key: `${row.coin} ${at_ts}`, ts: at_ts, ...row }))
    },
    async mids({ coins: [coin = ''], started_ts }) {
      const rows = await runQuery(client, midCurve, { coin, since_ts: started_ts })
      return rows.map(({ bucket, at_ts, price }) => ({ key: String(bucket), ts: at_ts, mid: price }))
    },
    async decisions({ session_id, run }) {
      const which = { ...ofSession(session_id, run), limit: LIMITS.decisions }
      const rows = await runQuery(client, decisionsOfSession, which)
      return rows.map(({ decision_seq, at, epoch, coin, kind, reason, gate, inputs }) => ({
        key: `${at} ${decision_seq}`,
        seq: decision_seq,
        ts: at,
        inputs: readObject(inputs),
        epoch,
        coin,
        kind,
        reason,
        gate,
      }))
    },
    async events({ session_id, run }) {
      const rows = await runQuery(client, eventsOfRun, { session_id, run, limit: LIMITS.events })
      return rows.map(({ at, seq, kind, details }) => ({
        key: `${at} ${String(seq).padStart(6, '0')} ${kind}`,
        ts: at,
        kind,
        details: readObject(details),
      }))
    },
    async streams() {
      const rows = await runQuery(client, recordedStreams, {})
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
      const rows = await runQuery(client, latestGaps, { limit: LIMITS.gaps })
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
  const rows = await runQuery(client, latestSessions, { limit: LIMITS.sessions })
  return Promise.all(
    rows.map(async (row): Promise<StoredSession> => {
      const { net_pnl_usd } = readObject(row.report)
      const last = row.report === '' ? (await runQuery(client, lastEquity, row))[0] : undefined
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
