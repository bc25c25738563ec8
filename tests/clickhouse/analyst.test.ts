/** The analyst's queries on a real engine: gates by how often they stopped, moves that followed, round trips with their reasons. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tripsOf } from '#cli/analyst.ts'
import { migrate } from '#clickhouse/migrate.ts'
import { runQuery } from '#clickhouse/query.ts'
import type { Row, Table } from '#clickhouse/table.ts'
import { gatesOfSession, minuteCloses, missedMoves } from '#clickhouse/tables/analyst-queries.ts'
import { candles } from '#clickhouse/tables/market.ts'
import { decisions, fills, orders } from '#clickhouse/tables/trading.ts'
import { decisionsOfSession, ofSession } from '#clickhouse/tables/trading-queries.ts'
import { createWriter } from '#clickhouse/writer/writer.ts'
import { systemClock } from '#config/clock.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'
import { type FrontProcess, startFrontProcess } from './front-process.ts'
import { silentLog } from './writer-process.ts'

const NOW = Date.UTC(2026, 10, 21, 12)
const MINUTE = 60_000
const SESSION = 'session/paper/analyst'
const RUN = 7
let front: FrontProcess
let client: ClickHouseClient
let spoolDir: string

const store = async <T extends Table>(table: T, rows: readonly Row<T>[]): Promise<void> => {
  const writer = createWriter({ client, spoolDir, clock: systemClock, log: silentLog })
  writer.write(table, rows)
  await writer.drain()
  await writer.close()
}
const decision = (
  seq: number,
  ts: number,
  change: Partial<Row<typeof decisions>> = {},
): Row<typeof decisions> => ({
  ...{ session_id: SESSION, run: RUN, decision_seq: seq, ts, epoch: 1, coin: 'BTC', kind: 'hold' },
  ...{
    reason: 'EMA_UP',
    gate: 'ADX_FLOOR',
    inputs: JSON.stringify({ close: 100, position_sz: 0 }),
    reasons: '',
    gates: '',
  },
  ...change,
})
const cloid = (seq: number): string => buildCloid({ tag: hash32(SESSION), epoch: 1, seq, run: RUN, leg: 0 })

beforeAll(async () => {
  front = await startFrontProcess()
  client = front.client('holdfast')
  spoolDir = mkdtempSync(join(tmpdir(), 'holdfast-spool-'))
  await migrate(client, silentLog)
  const minutes = Array.from({ length: 300 }, (_, at) => at)
  await store(
    candles,
    minutes.map((at) => ({
      ...{ coin: 'BTC', interval: '1m', open_ts: NOW + at * MINUTE, close_ts: NOW + (at + 1) * MINUTE - 1 },
      ...{ open: '100', high: '100', low: '100', volume: '1', trades: 1, received_ts: NOW },
      close: at >= 200 ? '110' : '100',
    })),
  )
  await store(decisions, [
    decision(0, NOW + MINUTE),
    decision(1, NOW + 2 * MINUTE),
    decision(2, NOW + 3 * MINUTE, { gate: 'RISK_GROSS', reason: 'ORDER_REFUSED', inputs: '{}' }),
    decision(3, NOW + 4 * MINUTE, {
      gate: '',
      kind: 'enter',
      gates: JSON.stringify([{ gate: 'ADX_FLOOR', ok: true, value: 31, limit: 22 }]),
      reasons: '["EMA_UP","MACD_ACCEL"]',
    }),
    decision(4, NOW + 5 * MINUTE, { inputs: JSON.stringify({ close: 100, position_sz: 2 }) }),
    decision(5, NOW + 9 * MINUTE, { gate: '', kind: 'exit', reason: 'EMA_CROSS_DOWN' }),
    decision(6, NOW - 90 * MINUTE, { gate: 'OLD' }),
  ])
  const order = {
    account: 'a',
    oid: 1,
    session_id: SESSION,
    epoch: 1,
    run: RUN,
    coin: 'BTC',
    px: '100',
    sz: '2',
    tif: 'ioc',
  }
  await store(
    orders,
    (['entry', 'exit'] as const).map((purpose, seq) => ({
      ...order,
      ...{
        cloid: cloid(seq),
        seq,
        side: seq === 0 ? ('buy' as const) : ('sell' as const),
        purpose,
        status: 'intent',
      },
      ...{
        reduce_only: seq === 1,
        trigger_px: '0',
        message: '',
        status_ts: NOW + (seq === 0 ? 4 : 9) * MINUTE,
      },
    })),
  )
  await store(
    fills,
    (
      [
        ['buy', 4, '100', '0'],
        ['sell', 9, '103', '2'],
      ] as const
    ).map(([side, minute, px, start_position], seq) => ({
      ...{
        account: 'a',
        coin: 'BTC',
        ts: NOW + minute * MINUTE + 100,
        tid: seq + 1,
        oid: 1,
        cloid: cloid(seq),
        session_id: '',
      },
      ...{
        side,
        px,
        sz: '2',
        start_position,
        direction: '',
        closed_pnl: '0',
        fee: '0.5',
        crossed: true,
        hash: '',
      },
      ...{ received_ts: NOW, builder_fee: '0', fee_token: '' },
    })),
  )
})
afterAll(async () => {
  await client.close()
  await front.remove()
  rmSync(spoolDir, { recursive: true, force: true })
})

test('gates are counted, the busiest first, those of before left out', async () => {
  const found = await runQuery(client, gatesOfSession, { session_id: SESSION, since_ts: NOW })
  expect(found.map(({ gate, times }) => [gate, times])).toEqual([
    ['ADX_FLOOR', 3],
    ['RISK_GROSS', 1],
  ])
})

test('a move after a decision that was stopped is missed, once an hour and gate; not where a position was held', async () => {
  const at = (horizon: number) =>
    runQuery(client, missedMoves, {
      session_id: SESSION,
      since_ts: NOW,
      horizon_ms: horizon * MINUTE,
      limit: 10,
    })
  expect(await at(240)).toMatchObject([
    { coin: 'BTC', gate: 'ADX_FLOOR', px: 100, later_px: 110, move_pct: expect.closeTo(10, 9) },
  ])
  expect(await at(60)).toMatchObject([{ move_pct: 0 }])
})

test('round trips carry entry and exit reasons', async () => {
  expect(await tripsOf(client, SESSION)).toMatchObject([
    { side: 'long', sz: '2', entry_reason: 'EMA_UP', exit_reason: 'EMA_CROSS_DOWN', net_pnl_usd: '5' },
  ])
})

test('decisions before a time, of one coin, with reasons and gates', async () => {
  const page = (coin: string) =>
    runQuery(client, decisionsOfSession, {
      ...ofSession(SESSION),
      before_ts: NOW + 4 * MINUTE + 1,
      coin,
      limit: 1,
    })
  const [row] = await page('BTC')
  expect(row).toMatchObject({ decision_seq: 3, reasons: '["EMA_UP","MACD_ACCEL"]' })
  expect(JSON.parse(row?.gates ?? '')).toMatchObject([{ gate: 'ADX_FLOOR', value: 31 }])
  expect(await page('ETH')).toEqual([])
})

test('minute closes come oldest first and end at the time asked for', async () => {
  const [btc] = await runQuery(client, minuteCloses, { until_ts: NOW + 210 * MINUTE, minutes: 20 })
  expect(btc?.closes).toHaveLength(20)
  expect([btc?.closes[0], btc?.closes.at(-1)]).toEqual([100, 110])
})
