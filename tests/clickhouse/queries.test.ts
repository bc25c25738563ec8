/** Named queries on a real engine: what they find, what they leave out, and in which order. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { migrate } from '#clickhouse/migrate.ts'
import { defineQuery, runQuery, wholeNumber } from '#clickhouse/query.ts'
import type { Row, Table } from '#clickhouse/table.ts'
import { candles, trades } from '#clickhouse/tables/market.ts'
import { health, ingestGaps } from '#clickhouse/tables/operations.ts'
import { latestGaps, latestHealth, recordedStreams } from '#clickhouse/tables/operations-queries.ts'
import { tableSizes } from '#clickhouse/tables/storage-queries.ts'
import {
  decisions,
  type FillRow,
  fills,
  type OrderRow,
  orders,
  sessions,
} from '#clickhouse/tables/trading.ts'
import {
  decisionsOfSession,
  fillsOfSession,
  latestSessions,
  ofSession,
  ordersOfSession,
} from '#clickhouse/tables/trading-queries.ts'
import { createWriter } from '#clickhouse/writer/writer.ts'
import { systemClock } from '#config/clock.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'
import { type FrontProcess, startFrontProcess } from './front-process.ts'
import { silentLog } from './writer-process.ts'

const NOW = Date.UTC(2026, 10, 21, 12)
const SESSION = 'session/paper/maker-eth'
const RUN = 0x0000_00ab // leading zeros must not matter
const NEXT_RUN = 0xfeed_0001

let front: FrontProcess
let client: ClickHouseClient
let spoolDir: string

beforeAll(async () => {
  front = await startFrontProcess()
  client = front.client('holdfast')
  spoolDir = mkdtempSync(join(tmpdir(), 'holdfast-spool-'))
  await migrate(client, silentLog)
})

afterAll(async () => {
  await client.close()
  await front.remove()
  rmSync(spoolDir, { recursive: true, force: true })
})

async function store<T extends Table>(table: T, rows: readonly Row<T>[]): Promise<void> {
  const writer = createWriter({ client, spoolDir, clock: systemClock, log: silentLog })
  writer.write(table, rows)
  await writer.drain()
  expect(writer.stats().rowsQuarantined).toBe(0)
  await writer.close()
}

const cloid = (session: string, run: number, seq: number) =>
  buildCloid({ tag: hash32(session), epoch: 1, seq, run, leg: 0 })

const fill = (over: Partial<FillRow>): FillRow => ({
  account: 'paper-maker',
  coin: 'ETH',
  ts: NOW,
  tid: 1,
  oid: 1,
  cloid: '',
  session_id: '',
  side: 'buy',
  px: '2000.1',
  sz: '0.3',
  start_position: '0',
  direction: 'Open Long',
  closed_pnl: '0',
  fee: '0.1',
  crossed: false,
  hash: '',
  received_ts: NOW,
  builder_fee: '0',
  fee_token: 'USDC',
  ...over,
})

test('fills belong to a session by their client order id, or by its name; other sessions and runs stay out', async () => {
  const own = cloid(SESSION, RUN, 1)
  await store(fills, [
    fill({ tid: 1, cloid: own }),
    fill({
      tid: 2,
      cloid: own,
      session_id: SESSION,
      ts: NOW + 1,
      side: 'sell',
      sz: '0.1',
      closed_pnl: '1.00000001',
      fee: '-0.00000001',
    }),
    fill({ tid: 3, cloid: cloid(SESSION, NEXT_RUN, 1), ts: NOW + 2 }),
    fill({ tid: 4, cloid: cloid('session/paper/other', RUN, 1), ts: NOW + 3 }),
    fill({ tid: 5, cloid: '', ts: NOW + 4 }),
    fill({ tid: 1, cloid: own }), // sent twice by the venue
  ])
  const tids = async (run?: number) =>
    (await runQuery(client, fillsOfSession, { ...ofSession(SESSION, run), limit: 100 })).map(({ tid }) => tid)
  expect(await tids()).toEqual([1, 2, 3])
  expect(await tids(RUN)).toEqual([1, 2])
  expect(await tids(NEXT_RUN)).toEqual([3])
})

const order = (over: Partial<OrderRow>): OrderRow => ({
  account: 'paper-maker',
  cloid: '',
  oid: 0,
  session_id: '',
  epoch: 1,
  run: RUN,
  seq: 1,
  coin: 'ETH',
  side: 'buy',
  px: '2000',
  sz: '1',
  tif: 'alo',
  reduce_only: false,
  trigger_px: '0',
  purpose: 'quote',
  status: 'intent',
  message: '',
  status_ts: NOW,
  ...over,
})

test('an order shows every state that it went through, each once, in order', async () => {
  const session = 'session/paper/orders'
  const id = cloid(session, RUN, 1)
  const states = [
    order({ cloid: id, session_id: session }),
    order({ cloid: id, session_id: session, status: 'open', oid: 77, status_ts: NOW + 5 }),
    order({ cloid: id, status: 'filled', oid: 77, status_ts: NOW + 9 }), // from the account feed, which knows no session
  ]
  await store(orders, [...states, ...states])
  const found = await runQuery(client, ordersOfSession, { ...ofSession(session), limit: 10 })
  expect(found.map(({ status, oid, at }) => [status, oid, at - NOW])).toEqual([
    ['intent', 0, 0],
    ['open', 77, 5],
    ['filled', 77, 9],
  ])
})

test('decisions are read in pages, newest first, without gap or repetition', async () => {
  const session = 'session/paper/pages'
  await store(
    decisions,
    Array.from({ length: 25 }, (_, i) => ({
      session_id: session,
      run: RUN,
      decision_seq: i,
      ts: NOW + Math.floor(i / 3), // three of one millisecond
      epoch: 1,
      coin: 'ETH',
      kind: 'hold',
      reason: 'WARMING_UP',
      gate: '',
      inputs: '{}',
      reasons: '',
      gates: '',
    })),
  )
  const seen: number[] = []
  let before: { before_ts?: number; before_seq?: number } = {}
  for (;;) {
    const page = await runQuery(client, decisionsOfSession, { ...ofSession(session), ...before, limit: 10 })
    seen.push(...page.map(({ decision_seq }) => decision_seq))
    const last = page.at(-1)
    if (!last) break
    before = { before_ts: last.at, before_seq: last.decision_seq }
  }
  expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => 24 - i))
})

test('of a session only the newest state of its newest run is shown', async () => {
  const row = {
    engine: 'maker',
    mode: 'paper',
    account: 'paper-maker',
    coins: ['ETH'],
    epoch: 1,
    host: 'h',
    report: '',
  }
  const state = (run: number, word: string, after: number) => ({
    ...row,
    session_id: SESSION,
    run,
    state: word,
    state_ts: NOW + after,
  })
  await store(sessions, [
    state(1, 'STARTING', 0),
    state(1, 'CLOSED', 9),
    state(2, 'RUNNING', 10),
    state(1, 'RUNNING', 3),
  ])
  const found = await runQuery(client, latestSessions, { limit: 10 })
  expect(found.map(({ run, state: word }) => [run, word])).toEqual([[2, 'RUNNING']])
  expect(found[0]?.coins).toEqual(['ETH'])
})

test('streams, gaps and health say what there is', async () => {
  const trade = {
    coin: 'BTC',
    ts: NOW,
    tid: 1,
    side: 'buy' as const,
    px: '1',
    sz: '1',
    hash: '',
    buyer: '',
    seller: '',
    received_ts: NOW,
  }
  await store(trades, [trade, { ...trade, tid: 2, ts: NOW + 5 }, { ...trade, tid: 3, ts: NOW - 1 }])
  const candle = {
    coin: 'BTC',
    interval: '1m',
    open_ts: NOW,
    close_ts: NOW + 59_999,
    open: '1',
    high: '2',
    low: '1',
    close: '2',
    volume: '3',
    trades: 4,
    received_ts: NOW,
  }
  await store(candles, [candle, { ...candle, close: '1.5', received_ts: NOW + 1 }])
  const streams = await runQuery(client, recordedStreams, {})
  expect(streams.find(({ stream }) => stream === 'trades')).toEqual({
    stream: 'trades',
    coin_name: 'BTC',
    row_count: 3,
    first_ts: NOW - 1,
    last_ts: NOW + 5,
    received_at: NOW,
  })
  expect(streams.find(({ stream }) => stream === 'candles')).toMatchObject({ coin_name: 'BTC 1m' })
  const gap = {
    channel: 'trades',
    coin: 'BTC',
    opened_ts: NOW,
    closed_ts: 0,
    reason: 'stale',
    rows_recovered: 0,
    status: 'open',
    version: 1,
    healed_ts: 0,
    remains: '',
  }
  await store(ingestGaps, [gap, { ...gap, closed_ts: NOW + 7, status: 'closed', version: 2 }])
  expect(await runQuery(client, latestGaps, { limit: 10 })).toEqual([
    {
      channel: 'trades',
      coin: 'BTC',
      reason: 'stale',
      status: 'closed',
      rows_recovered: 0,
      opened_at: NOW,
      closed_at: NOW + 7,
    },
  ])
  await store(health, [{ service: 's', ts: NOW, kind: 'ok', details: '{}' }])
  expect(await runQuery(client, latestHealth, { since_ts: NOW, limit: 10 })).toEqual([
    { service: 's', kind: 'ok', details: '{}', at: NOW },
  ])
  const storage = await runQuery(client, tableSizes, {})
  expect(storage.find(({ table }) => table === 'trades')).toMatchObject({
    partitions: 1,
    rows: expect.any(Number),
  })
})

const one = (sql: string) =>
  defineQuery({ name: 'one', sql, params: z.object({}), row: z.object({ x: wholeNumber }) })

test.each([
  ['9007199254740991', 9_007_199_254_740_991],
  ['0', 0],
])('a whole number up to 2^53 is exact: %s', async (text, value) => {
  expect(await runQuery(client, one(`SELECT toUInt64(${text}) AS x`), {})).toEqual([{ x: value }])
})

test('a wider number, another shape and a broken statement are errors with a name, never wrong values', async () => {
  await expect(runQuery(client, one('SELECT toUInt64(9007199254740993) AS x'), {})).rejects.toMatchObject({
    code: 'QUERY_SHAPE',
  })
  await expect(runQuery(client, one('SELECT 1 AS y'), {})).rejects.toMatchObject({
    code: 'QUERY_SHAPE',
    details: { query: 'one' },
  })
  await expect(runQuery(client, one('SELECT x FROM nosuch'), {})).rejects.toMatchObject({
    code: 'QUERY_FAILED',
    details: { clickhouse_code: '60' },
  })
  await expect(runQuery(client, latestSessions, { limit: 0 })).rejects.toMatchObject({ code: 'QUERY_SHAPE' })
})
