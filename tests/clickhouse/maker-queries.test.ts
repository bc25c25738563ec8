/** Queries over market making on a real engine: markouts by the book of their second, changes of knobs and modes, sums of minutes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from '#clickhouse/migrate.ts'
import { runQuery } from '#clickhouse/query.ts'
import type { Table } from '#clickhouse/table.ts'
import { makerChanges, makerCycles, makerLimits, makerMinutes } from '#clickhouse/tables/maker.ts'
import {
  makerChangesOf,
  makerCyclesOf,
  makerFills,
  makerLimitsOf,
  makerMinutesOf,
  makerQuotes,
  makerSessions,
} from '#clickhouse/tables/maker-queries.ts'
import { bbo } from '#clickhouse/tables/market.ts'
import { decisions, type FillRow, fills, quotes } from '#clickhouse/tables/trading.ts'
import { createWriter } from '#clickhouse/writer/writer.ts'
import { systemClock } from '#config/clock.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'
import { type FrontProcess, startFrontProcess } from './front-process.ts'
import { silentLog } from './writer-process.ts'

const NOW = Date.UTC(2026, 10, 21, 12)
const SESSION = 'session/paper/eth-spread'
const TAG = hash32(SESSION)
const of = { session_id: SESSION, coin: 'ETH', since_ts: NOW - 60_000 }
const owner = { session_id: SESSION, run: 7 }

let front: FrontProcess
let client: ClickHouseClient
let spoolDir: string

beforeAll(async () => {
  front = await startFrontProcess()
  client = front.client('holdfast')
  spoolDir = mkdtempSync(join(tmpdir(), 'holdfast-spool-'))
  await migrate(client, silentLog)
  const writer = createWriter({ client, spoolDir, clock: systemClock, log: silentLog })
  const write = <T extends Table>(table: T, ...rows: Parameters<typeof writer.write<T>>[1]): void =>
    writer.write(table, rows)
  write(fills, fill(1, 'buy', '100'), fill(2, 'sell', '101', NOW + 5_000), {
    ...fill(3, 'buy', '100'),
    cloid: '',
  })
  write(bbo, ...[0, 1, 10, 30, 60].map((second) => book(second)))
  write(quotes, {
    ...{ session_id: SESSION, ts: NOW, coin: 'ETH', bid_px: '99', bid_sz: '1', ask_px: '101', ask_sz: '1' },
    ...{ mid: '100', position_sz: '-0.5', gate: '' },
  })
  write(makerMinutes, {
    ...{
      ...owner,
      ts: NOW,
      coin: 'ETH',
      maker_fills: 2,
      taker_fills: 1,
      volume_usd: '301',
      fees_usd: '-0.1',
    },
    ...{ pnl_usd: '0.9', position_sz: '1', mark_px: '100', avg_spread_bps: '2.5', passes: 240 },
    ...{ bid_passes: 240, ask_passes: 200, placed: 3, cancelled: 1 },
  })
  write(makerLimits, {
    ...{ ...owner, ts: NOW, weight_left: '900', weight_max: '1200', ws_left: '-1', actions_left: '9000' },
    ...{ tier: 'free', passes: 240, skipped: 0, loop_p50_ms: '250', loop_p99_ms: '260' },
  })
  write(makerCycles, {
    ...{ ...owner, ts: NOW, coin: 'ETH', fills: 2, buy_sz: '1', sell_sz: '1', buy_avg_px: '100' },
    ...{ sell_avg_px: '101', matched_sz: '1', trade_usd: '0.9', fees_usd: '0.1', spread_bps: '99.5' },
    ...{ imbalance_share: '0', exact_usd: '0.8', inventory_usd: '-0.1', carry_in_usd: '0', funding_usd: '0' },
    ...{ unexplained_usd: '0', spread5_bps: '0', spread30_bps: '99.5', spread60_bps: '99.5', hour_fills: 2 },
    ...{ adverse_buckets: 0, issues: ['FILL_RATE: 2 fills in the last hour'] },
  })
  write(makerChanges, {
    ...{ ...owner, ts: NOW, coin: 'ETH', knob: 'min_spread_guard_buffer_bps', was: '2', now: '2.5' },
    reason: 'AUTOTUNE_TIGHTEN',
  })
  write(decisions, {
    ...{ ...owner, decision_seq: 1, ts: NOW + 1, epoch: 1, coin: 'ETH', kind: 'params' },
    ...{ reason: 'MODE_DEFENSIVE', gate: '', reasons: '', gates: '' },
    inputs: JSON.stringify({ was: 'NORMAL', mode: 'DEFENSIVE', why: 'CYCLE_LOSS' }),
  })
  write(decisions, {
    ...{ ...owner, decision_seq: 2, ts: NOW + 2, epoch: 1, coin: 'ETH', kind: 'params' },
    ...{ reason: 'ADVISOR_RECOVERY', gate: '', reasons: '', gates: '' },
    inputs: JSON.stringify({ was: 'NORMAL', mode: 'RECOVERY', why: '2.5 % below the peak' }),
  })
  await writer.drain()
  expect(writer.stats().rowsQuarantined).toBe(0)
  await writer.close()
}, 120_000)

afterAll(async () => {
  await client.close()
  await front.remove()
  rmSync(spoolDir, { recursive: true, force: true })
})

/** Under no session name: the client order id tells whose it is. */
const fill = (tid: number, side: 'buy' | 'sell', px: string, ts = NOW): FillRow => ({
  ...{ account: 'a', coin: 'ETH', ts, tid, oid: tid, side, px, sz: '1', start_position: '0', direction: '' },
  cloid: buildCloid({ tag: TAG, epoch: 1, seq: tid, run: 7, leg: 0 }),
  ...{ session_id: '', closed_pnl: '0', fee: '0.05', crossed: false, hash: '', received_ts: ts },
  ...{ builder_fee: '0', fee_token: 'USDC' },
})
/** Mid 100 + a tenth a second. */
const book = (second: number) => ({
  ...{
    coin: 'ETH',
    ts: NOW + second * 1_000,
    bid_px: (99.9 + second / 10).toFixed(2),
    bid_sz: '1',
    bid_n: 1,
  },
  ...{ ask_px: (100.1 + second / 10).toFixed(2), ask_sz: '1', ask_n: 1, received_ts: NOW },
})

test('fills carry the mid of one, ten and sixty seconds later, and 0 where no book is that late', async () => {
  const found = await runQuery(client, makerFills, { ...of, tag: TAG.toString(16).padStart(8, '0') })
  const [first, second] = found
  expect(found).toHaveLength(2)
  expect([first?.mid_1s, first?.mid_10s, first?.mid_60s]).toEqual([
    expect.closeTo(100.1, 6),
    expect.closeTo(101, 6),
    expect.closeTo(106, 6),
  ])
  expect(second?.mid_60s).toBe(0)
  expect(second?.mid_10s).toBeCloseTo(101, 6)
})

test('sessions, quotes, minutes, budgets and cycles are found whole', async () => {
  expect(await runQuery(client, makerSessions, { since_ts: NOW - 1 })).toEqual([
    { session_id: SESSION, coin: 'ETH', last_ts: NOW },
  ])
  expect(await runQuery(client, makerQuotes, { ...of, bucket_ms: 1_000 })).toEqual([
    { at_ts: NOW, bid: 99, ask: 101, mid_px: 100, position: -0.5 },
  ])
  expect(await runQuery(client, makerMinutesOf, of)).toMatchObject([
    { maker_fills: 2, pnl: 0.9, passes: 240 },
  ])
  const { session_id, since_ts } = of
  expect(await runQuery(client, makerLimitsOf, { session_id, since_ts })).toMatchObject([
    { weight: 900, p99: 260 },
  ])
  const [cycle] = await runQuery(client, makerCyclesOf, of)
  expect(cycle).toMatchObject({ trade: '0.9', exact: '0.8', issues: ['FILL_RATE: 2 fills in the last hour'] })
})

test('knobs that autotune moved, modes and advice that the workflow took are one list, newest first', async () => {
  expect(await runQuery(client, makerChangesOf, { session_id: SESSION })).toMatchObject([
    { what: 'advisor', was: 'NORMAL', now: 'RECOVERY', reason: '2.5 % below the peak' },
    { what: 'mode', was: 'NORMAL', now: 'DEFENSIVE', reason: 'CYCLE_LOSS' },
    { what: 'min_spread_guard_buffer_bps', was: '2', now: '2.5', reason: 'AUTOTUNE_TIGHTEN' },
  ])
})
