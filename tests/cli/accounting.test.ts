/** `holdfast tracking-error` and `holdfast export` on a real ClickHouse: JSON and CSV, exact, and refusals. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { migrate } from '#clickhouse/migrate.ts'
import { insertRows } from '#clickhouse/pnl/insert-rows.ts'
import { accountSnapshots } from '#clickhouse/tables/accounts.ts'
import { candles } from '#clickhouse/tables/market.ts'
import { modelTargets } from '#clickhouse/tables/models.ts'
import { type FillRow, fills, fundingPayments } from '#clickhouse/tables/trading.ts'
import { PROJECT_ROOT } from '#config/environment.ts'
import { DAY_MS, HOUR_MS } from '#domain/time.ts'
import { type FrontProcess, startFrontProcess } from '../clickhouse/front-process.ts'
import { silentLog } from '../clickhouse/writer-process.ts'

let front: FrontProcess
let home: string
const TODAY = Math.floor(Date.now() / DAY_MS) * DAY_MS
const day = (ago: number): number => TODAY - ago * DAY_MS

const fill = (
  ts: number,
  tid: number,
  side: 'buy' | 'sell',
  px: string,
  sz: string,
  start: string,
): FillRow => ({
  ...{
    account: 'main',
    coin: 'ETH',
    ts,
    tid,
    oid: tid,
    cloid: '',
    session_id: '',
    side,
    px,
    sz,
    start_position: start,
  },
  ...{
    direction: '',
    closed_pnl: '0',
    fee: '0.3',
    crossed: true,
    hash: '',
    received_ts: ts,
    builder_fee: '0',
    fee_token: 'USDC',
  },
})

beforeAll(async () => {
  front = await startFrontProcess()
  home = mkdtempSync(join(tmpdir(), 'holdfast-accounting-'))
  const client = front.client('holdfast')
  await migrate(client, silentLog)
  await insertRows(
    client,
    modelTargets,
    [6, 5, 4, 3, 2].map((ago) => ({
      ...{ model: 'm', ts: day(ago), coin: 'ETH', weight: 0.5, source: 'test', received_ts: day(ago) },
    })),
  )
  await insertRows(
    client,
    candles,
    [6, 5, 4, 3, 2, 1].map((ago, at) => ({
      ...{
        coin: 'ETH',
        interval: '1d',
        open_ts: day(ago),
        close_ts: day(ago - 1) - 1,
        volume: '1',
        trades: 1,
        received_ts: 1,
      },
      ...{ open: '100', high: '200', low: '1', close: String(100 + at) },
    })),
  )
  await insertRows(
    client,
    accountSnapshots,
    [6, 5, 4, 3, 2, 1].map((ago) => ({
      ...{
        account: 'main',
        ts: day(ago) + 23 * HOUR_MS,
        equity_usd: '1000',
        cash_usd: '1000',
        margin_used_usd: '0',
      },
      ...{ withdrawable_usd: '0', notional_usd: '0', unrealized_pnl_usd: '0', positions: 0, received_ts: 1 },
    })),
  )
  await insertRows(client, fills, [
    fill(day(3) + 1, 1, 'buy', '100', '1', '0'),
    fill(day(3) + 2, 2, 'buy', '110', '1', '1'),
    fill(day(2) + 3, 3, 'sell', '120', '3', '2'),
  ])
  const paid = {
    account: 'main',
    coin: 'ETH',
    ts: day(3) + HOUR_MS,
    usd: '-0.05',
    position_sz: '2',
    rate: '0.00001',
  }
  await insertRows(client, fundingPayments, [paid])
  await client.close()
})
afterAll(async () => {
  await front?.remove()
  if (home) rmSync(home, { recursive: true, force: true })
})

const run = async (...words: string[]): Promise<string[]> => {
  const env = { PATH: process.env.PATH, HOLDFAST_HOME: home, CLICKHOUSE_URL: front.url }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(PROJECT_ROOT, 'cli', 'main.ts'), ...words],
    { env },
  )
  return stdout.trim().split('\n')
}

test('tracking error as JSON: pairs, days, lags; an account that does nothing misses everything', async () => {
  const answer = JSON.parse((await run('tracking-error', '--lookback', '4', '--json')).at(-1) ?? '')
  expect(answer.pairs).toMatchObject([{ model: 'm', account: 'main', lag_days: 2, days: 4 }])
  const { causes, difference } = answer.pairs[0]
  const sum = Object.values<number>(causes).reduce((all, part) => all + part, 0)
  expect(sum).toBeCloseTo(difference, 12)
  expect(causes.missing).toBeLessThan(0)
  expect(causes.fees).toBeCloseTo(-0.0009, 12)
  expect(answer.days.length).toBe(4)
  expect(answer.lags.length).toBe(16)
})

test('tracking error as CSV and for people', async () => {
  const [head, ...lines] = await run('tracking-error', '--lookback', '4', '--stored', '--csv')
  expect(head).toMatch(/^day,model,account,lag_days,live_return,paper_return/)
  expect(lines.length).toBe(4)
  expect((await run('tracking-error', '--lookback', '4', '--stored', '--by', 'coin')).join('\n')).toMatch(
    /missing/,
  )
  await expect(run('tracking-error', '--by', 'moon')).rejects.toMatchObject({ code: 2 })
})

test('lots, first in first out and size-weighted', async () => {
  const columns = (lines: string[]) => lines.map((line) => line.split(',').slice(5, 11).join(','))
  expect(columns(await run('export', 'lots'))).toEqual([
    'size,cost_usd,proceeds_usd,realized_usd,fee_usd,entry',
    '1,100,120,20,0.1,known',
    '1,110,120,10,0.1,known',
  ])
  expect(columns(await run('export', 'lots', '--method', 'average'))).toEqual([
    'size,cost_usd,proceeds_usd,realized_usd,fee_usd,entry',
    '2,210,240,30,0.2,known',
  ])
  expect((await run('export', 'lots', '--to', new Date(day(3)).toISOString().slice(0, 10))).length).toBe(1)
})

test('fills and funding, each line once', async () => {
  expect((await run('export', 'fills', '--account', 'main')).length).toBe(4)
  expect((await run('export', 'fills', '--account', 'nobody')).length).toBe(1)
  const [head, line] = await run('export', 'funding')
  expect(head?.replaceAll('"', '')).toBe('time,account,coin,usd,position_sz,rate')
  expect(line).toMatch(/"main","ETH",-0\.05,2,0\.00001/)
  await expect(run('export', 'moon')).rejects.toMatchObject({ code: 2 })
})
