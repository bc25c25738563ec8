/** `holdfast pnl` on a real ClickHouse: exact sums, each fill once, marks from the market tables. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pino from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from '#clickhouse/migrate.ts'
import { PROJECT_ROOT } from '#config/environment.ts'
import { buildCloid, hash32 } from '#domain/ids.ts'
import type { PnlGroup } from '#domain/pnl/report.ts'
import { type FrontProcess, startFrontProcess } from '../clickhouse/front-process.ts'

const A = 'session/paper/a'
const B = 'session/paper/b'
let front: FrontProcess
let home: string

const stamp = (second: number): string => `2026-11-21 12:00:${String(second).padStart(2, '0')}.000`
const fill = (tid: number, side: 'buy' | 'sell', px: string, sz: string, more: object = {}) => ({
  ...{ account: 'acc', coin: 'ETH', ts: stamp(tid), tid, oid: tid, cloid: '', session_id: A, side, px, sz },
  ...{ start_position: '0', direction: 'Open Long', closed_pnl: '0', fee: '0.1', crossed: true, hash: '' },
  ...{ received_ts: stamp(tid), ...more },
})

beforeAll(async () => {
  front = await startFrontProcess()
  home = mkdtempSync(join(tmpdir(), 'holdfast-pnl-'))
  const client = front.client('holdfast')
  await migrate(client, pino({ level: 'silent' }))
  const put = (table: string, values: object[]) => client.insert({ table, values, format: 'JSONEachRow' })
  const cloid = buildCloid({ tag: hash32(B), epoch: 1, seq: 1, run: 1, leg: 0 })
  await put('fills', [
    fill(1, 'buy', '4000', '0.5'),
    fill(2, 'sell', '4010.2', '0.2', { start_position: '0.5' }),
    fill(3, 'buy', '100000', '0.001', { coin: 'BTC', session_id: '', cloid }),
  ])
  await put('fills', [fill(1, 'buy', '4000', '0.5')]) // came again after a restart
  const session = { run: 1, engine: 'maker', mode: 'paper', account: 'acc', coins: ['ETH'], state: 'RUNNING' }
  const rest = { state_ts: stamp(1), epoch: 1, host: 'h', report: '' }
  await put('sessions', [
    { session_id: A, ...session, ...rest },
    { session_id: B, ...session, ...rest },
  ])
  await put('trades', [
    {
      ...{
        coin: 'BTC',
        ts: stamp(5),
        tid: 1,
        side: 'buy',
        px: '100100',
        sz: '1',
        hash: '',
        buyer: '',
        seller: '',
      },
      received_ts: stamp(5),
    },
  ])
  await put('asset_contexts', [
    {
      ...{
        coin: 'ETH',
        ts: stamp(4),
        mark_px: '4020',
        oracle_px: '1',
        mid_px: '1',
        funding: '0',
        premium: '0',
      },
      ...{ open_interest: '1', day_notional_usd: '1', day_volume: '1', prev_day_px: '1' },
    },
  ])
  await client.close()
})
afterAll(async () => {
  await front?.remove()
  if (home) rmSync(home, { recursive: true, force: true })
})

interface Answer {
  sessions: PnlGroup[]
  groups: PnlGroup[]
  total: Record<string, unknown>
  marks: Record<string, string>
}
const env = () => ({ PATH: process.env.PATH, HOLDFAST_HOME: home, CLICKHOUSE_URL: front.url })
const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, [join(PROJECT_ROOT, 'cli', 'main.ts'), 'pnl', ...args], {
    env: env(),
  })
const pnl = async (...args: string[]): Promise<Answer> =>
  JSON.parse((await run('--json', ...args)).stdout.trim().split('\n').at(-1) ?? '') as Answer

test('sessions, fees and what is held at the mark add up exactly; a repeated fill counts once', async () => {
  const answer = await pnl()
  expect(answer.sessions).toMatchObject([
    {
      ...{ session_id: A, fills: 2, volume_usd: '2802.04', realized_pnl_usd: '2.04', fees_usd: '0.2' },
      ...{ unrealized_pnl_usd: '6', net_pnl_usd: '7.84', positions: { ETH: '0.3' } },
    },
    {
      ...{ session_id: B, fills: 1, realized_pnl_usd: '0', fees_usd: '0.1', unrealized_pnl_usd: '0.1' },
      ...{ net_pnl_usd: '0', positions: { BTC: '0.001' } },
    },
  ])
  expect(answer.total).toMatchObject({ fills: 3, fees_usd: '0.3', net_pnl_usd: '7.84' })
  expect(answer.marks).toEqual({ BTC: '100100', ETH: '4020' })
})

test('one session alone, and only from a day on', async () => {
  expect((await pnl('--session', B)).sessions.map(({ session_id }) => session_id)).toEqual([B])
  expect((await pnl('--since', '2026-11-21')).total).toMatchObject({ fills: 3 })
  expect(await pnl('--from', '2026-11-22', '--to', '2026-11-23')).toMatchObject({
    total: { fills: 0, unrealized_change_usd: '0', net_pnl_usd: '0' },
  })
  expect((await pnl('--to', '2026-11-20')).sessions).toEqual([])
})

test('funding is in the net result, and any grouping adds up to it', async () => {
  const client = front.client('holdfast')
  const funding = {
    account: 'acc',
    coin: 'ETH',
    ts: stamp(9),
    usd: '-0.25',
    position_sz: '0.3',
    rate: '0.0001',
  }
  await client.insert({ table: 'funding_payments', values: [funding], format: 'JSONEachRow' })
  await client.close()
  expect((await pnl()).total).toMatchObject({ funding_usd: '-0.25', net_pnl_usd: '7.59' })
  expect((await pnl('--by', 'coin,day')).groups).toMatchObject([
    { coin: 'BTC', day: '2026-11-21', net_pnl_usd: '0' },
    { coin: 'ETH', day: '2026-11-21', net_pnl_usd: '7.59', funding_usd: '-0.25' },
  ])
  expect((await pnl('--by', 'strategy')).groups).toMatchObject([
    { strategy: 'maker', fills: 3, net_pnl_usd: '7.59' },
  ])
  const { stdout } = await run('--by', 'account', '--csv')
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(',').slice(0, 2)),
  ).toEqual([
    ['account', 'fills'],
    ['acc', '3'],
  ])
  await expect(run('--by', 'moon')).rejects.toMatchObject({ code: 2 })
})

test('people get a table, and a time that cannot be read is refused', async () => {
  expect((await run()).stdout).toMatch(/session\/paper\/a\s+2\s+2802\.04\s+2\.04\s+6\.00/)
  await expect(run('--since', 'yesterday-ish')).rejects.toMatchObject({ code: 2 })
})
