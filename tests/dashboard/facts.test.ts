/** The dashboard's named queries against the embedded ClickHouse: newest runs, own rows only, exact figures, bounded curves. */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ClickHouseClient, createClickHouse } from '#clickhouse/client.ts'
import { planMigrations } from '#clickhouse/migrate.ts'
import { TABLES } from '#clickhouse/tables/index.ts'
import { loadEnvironment, PROJECT_ROOT } from '#config/environment.ts'
import type { ReadyMessage } from '#config/process.ts'
import type { FactStore } from '#dashboard/services.ts'
import { createFacts } from '#dashboard/sources/clickhouse-facts.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'

const home = mkdtempSync(join(tmpdir(), 'holdfast-facts-'))
const ID = 'session/paper/maker-eth'
const START = Date.UTC(2026, 10, 21, 12)
const RUN = 0x0abc_def1
const OLD_RUN = 0x0000_0007
let server: ChildProcess
let client: ClickHouseClient
let facts: FactStore

const time = (ts: number): string => new Date(ts).toISOString().replace('T', ' ').replace('Z', '')
const insert = (table: string, values: readonly Record<string, unknown>[]) =>
  client.insert({ table, values, format: 'JSONEachRow' })

beforeAll(async () => {
  server = fork(join(PROJECT_ROOT, 'clickhouse/front/server.ts'), {
    env: { ...process.env, HOLDFAST_HOME: home, HOLDFAST_PORT_CLICKHOUSE: '0', HOLDFAST_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ready = await new Promise<ReadyMessage>((resolve, reject) => {
    server.once('message', (message) => resolve(message as ReadyMessage))
    server.once('exit', (code) => reject(new TypeError(`ClickHouse ended with ${code}`)))
  })
  const environment = loadEnvironment({ HOLDFAST_HOME: home, CLICKHOUSE_URL: ready.url })
  const admin = createClickHouse(environment, 'default')
  await admin.command({ query: 'CREATE DATABASE IF NOT EXISTS holdfast' })
  await admin.close()
  client = createClickHouse(environment)
  for (const { statements } of planMigrations(TABLES))
    for (const query of statements) await client.command({ query })
  facts = createFacts(client)
  await fill()
}, 60_000)

afterAll(async () => {
  await client?.close()
  const ended = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGTERM')
  await ended
  rmSync(home, { recursive: true, force: true })
})

async function fill(): Promise<void> {
  const session = {
    session_id: ID,
    engine: 'maker',
    mode: 'paper',
    account: 'paper-maker',
    coins: ['ETH'],
    host: 'box-1',
  }
  await insert('sessions', [
    {
      ...session,
      run: OLD_RUN,
      state: 'CLOSED',
      state_ts: time(START - 9_000),
      epoch: 4,
      report: '{"net_pnl_usd":"5"}',
    },
    { ...session, run: RUN, state: 'STARTING', state_ts: time(START), epoch: 0, report: '' },
    { ...session, run: RUN, state: 'RUNNING', state_ts: time(START + 500), epoch: 1, report: '' },
    {
      ...session,
      session_id: 'session/paper/done',
      run: 9,
      state: 'CLOSED',
      state_ts: time(START - 50),
      epoch: 1,
      report: JSON.stringify({ net_pnl_usd: '-7.31', residual: { open_orders: 0, positions: {} } }),
    },
  ])
  const event = { session_id: ID, run: RUN, seq: 0, details: '{"epoch":1}' }
  await insert('session_events', [
    { ...event, ts: time(START + 100), kind: 'started' },
    { ...event, ts: time(START + 600), kind: 'segment' },
    { ...event, run: OLD_RUN, ts: time(START - 90_000), kind: 'old' },
  ])
  await insert(
    'equity',
    Array.from({ length: 4_000 }, (_, at) => ({
      session_id: ID,
      run: RUN,
      ts: time(START + 1_000 * at),
      equity_usd: `${10_000 + at}.5`,
      net_pnl_usd: `${at}.25`,
      position: '{"ETH":"-0.4"}',
    })),
  )
  const order = (owner: string, run: number, seq: number): string =>
    buildCloid({ tag: hash32(owner), epoch: 1, seq, run, leg: 0 })
  const trade = {
    account: 'paper-maker',
    coin: 'ETH',
    oid: 1,
    session_id: ID,
    side: 'buy',
    px: '3120.4',
    sz: '0.08',
    start_position: '0',
    direction: 'Open Long',
    closed_pnl: '-0.123456',
    fee: '0.03744',
    crossed: false,
    hash: '',
  }
  const fillAt = (ts: number, tid: string, cloid: string) => ({
    ...trade,
    ts: time(ts),
    received_ts: time(ts),
    tid,
    cloid,
  })
  await insert('fills', [
    fillAt(START + 1_000, '9007199254740993', order(ID, RUN, 1)),
    fillAt(START + 1_000, '2', order(ID, RUN, 2)),
    fillAt(START + 3_000, '3', order(ID, OLD_RUN, 3)),
    fillAt(START + 3_000, '4', order('session/paper/other', RUN, 4)),
    fillAt(START + 3_000, '5', ''),
  ])
  await insert('fills', [fillAt(START + 1_000, '2', order(ID, RUN, 2))])
  const quote = {
    session_id: ID,
    coin: 'ETH',
    bid_px: '0',
    bid_sz: '0',
    ask_px: '3121.5',
    ask_sz: '0.08',
    mid: '3121',
    position_sz: '-0.4',
  }
  await insert('quotes', [
    { ...quote, ts: time(START - 1) },
    { ...quote, ts: time(START + 2_000) },
  ])
  const decision = {
    session_id: ID,
    run: RUN,
    epoch: 1,
    coin: 'ETH',
    kind: 'hold',
    reason: 'NO_CROSS',
    gate: '',
  }
  await insert('decisions', [
    { ...decision, decision_seq: 1, ts: time(START + 10), inputs: '{"close":3120.5,"warm":true}' },
    { ...decision, decision_seq: 2, ts: time(START + 10), inputs: 'broken' },
  ])
  const seen = { hash: '', buyer: '', seller: '', received_ts: time(START + 5_000) }
  await insert('trades', [
    { coin: 'ETH', ts: time(START), tid: 1, side: 'buy', px: '1', sz: '1', ...seen },
    { coin: 'ETH', ts: time(START + 4_000), tid: 2, side: 'sell', px: '1', sz: '1', ...seen },
    { coin: 'BTC', ts: time(START), tid: 1, side: 'buy', px: '1', sz: '1', ...seen },
  ])
  await insert('mids', [
    { coin: 'ETH', ts: time(START), mid: '3120' },
    { coin: 'ETH', ts: time(START + 2_000), mid: '3121.5' },
    { coin: 'ETH', ts: time(START + 9_000), mid: '3122' },
    { coin: 'BTC', ts: time(START + 2_000), mid: '64000' },
  ])
  const gap = {
    channel: 'trades',
    coin: 'ETH',
    opened_ts: time(START),
    reason: 'disconnect',
    rows_recovered: 0,
  }
  await insert('ingest_gaps', [
    { ...gap, closed_ts: '1970-01-01 00:00:00.000', status: 'open', version: 1 },
    { ...gap, closed_ts: time(START + 900), status: 'closed', version: 2 },
    {
      ...gap,
      opened_ts: time(START + 5_000),
      closed_ts: '1970-01-01 00:00:00.000',
      status: 'open',
      version: 1,
    },
  ])
}

const of = {
  session_id: ID,
  run: RUN,
  engine: 'maker',
  account: 'paper-maker',
  coins: ['ETH'],
  started_ts: START + 100,
}

test('of each session the newest run is shown, with its last state and last figures', async () => {
  const sessions = await facts.sessions()
  expect(sessions).toHaveLength(2)
  expect(sessions[0]).toMatchObject({
    session_id: ID,
    run: RUN,
    coins: ['ETH'],
    state: 'RUNNING',
    state_ts: START + 500,
    started_ts: START + 100,
    epoch: 1,
    equity_usd: '13999.5',
    net_pnl_usd: '3999.25',
    equity_ts: START + 3_999_000,
    position: '{"ETH":"-0.4"}',
  })
})

test('a session that has ended shows the result of its report, and its state as time where no event is stored', async () => {
  const ended = (await facts.sessions()).find((row) => row.session_id === 'session/paper/done')
  expect(ended).toMatchObject({
    net_pnl_usd: '-7.31',
    equity_usd: null,
    equity_ts: START - 50,
    started_ts: START - 50,
  })
})

test('a long curve is thinned to whole buckets, ends with the last point, and a repeat gives the same keys', async () => {
  const curve = await facts.equity(of)
  expect(curve.length).toBeGreaterThan(900)
  expect(curve.length).toBeLessThanOrEqual(1_501)
  expect(curve.at(-1)).toMatchObject({ ts: START + 3_999_000, net_pnl_usd: 3_999.25, equity_usd: 13_999.5 })
  expect((await facts.equity(of)).map((point) => point.key)).toEqual(curve.map((point) => point.key))
})

test('fills are those of this run and session, once each, with exact figures and trade ids beyond 2^53', async () => {
  const fills = await facts.fills(of)
  expect(fills.map((fill) => fill.key)).toEqual([
    `ETH ${START + 1_000} 9007199254740993`,
    `ETH ${START + 1_000} 2`,
  ])
  expect(fills[0]).toMatchObject({
    px: '3120.4',
    closed_pnl: '-0.123456',
    fee: '0.03744',
    crossed: false,
    side: 'buy',
  })
})

test('quotes are those since the run began', async () => {
  expect(await facts.quotes(of)).toMatchObject([
    { ts: START + 2_000, bid_px: '0', ask_px: '3121.5', mid: '3121' },
  ])
})

test('the market is that of its first coin since its run began', async () => {
  expect(await facts.mids(of)).toMatchObject([
    { ts: START + 2_000, mid: 3121.5 },
    { ts: START + 9_000, mid: 3122 },
  ])
})

test('decisions come newest first with their inputs; inputs that are no JSON object read as none', async () => {
  expect(await facts.decisions(of)).toMatchObject([
    { seq: 2, inputs: {} },
    { seq: 1, inputs: { close: 3120.5, warm: true } },
  ])
})

test('events are those of the run, newest first', async () => {
  expect((await facts.events(of)).map((event) => event.kind)).toEqual(['segment', 'started'])
})

test('streams are counted by coin with first, last and received time', async () => {
  const streams = await facts.streams()
  expect(streams.find((row) => row.key === 'trades ETH')).toMatchObject({
    rows: 2,
    first_ts: START,
    last_ts: START + 4_000,
    received_ts: START + 5_000,
  })
  expect(streams.map((row) => row.stream)).not.toContain('bbo')
})

test('of a gap its newest word is shown; an open one has no end', async () => {
  expect(await facts.gaps()).toMatchObject([
    { opened_ts: START + 5_000, closed_ts: 0, status: 'open' },
    { opened_ts: START, closed_ts: START + 900, status: 'closed' },
  ])
})

test('a run without rows is empty, not an error', async () => {
  const nobody = { ...of, session_id: 'session/paper/nobody', run: 1, engine: 'candles', coins: ['NONE'] }
  for (const rows of ['equity', 'fills', 'quotes', 'mids', 'decisions', 'events'] as const) {
    expect(await facts[rows](nobody)).toEqual([])
  }
})
