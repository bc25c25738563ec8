/** Backtests on a real engine: kept and read back whole, sweep runs best first, and candles the same from table, Parquet and CSV. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { ClickHouseClient } from '@clickhouse/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCandleFiles } from '#clickhouse/candle-source/files.ts'
import { readStoredCandles } from '#clickhouse/candle-source/table.ts'
import { migrate } from '#clickhouse/migrate.ts'
import { runQuery } from '#clickhouse/query.ts'
import {
  oneBacktest,
  recentBacktests,
  recentSweeps,
  sweepRunsOf,
} from '#clickhouse/tables/backtest-queries.ts'
import { insertBacktest, sweepRunRow } from '#clickhouse/tables/backtest-rows.ts'
import { backtestsReport } from '#dashboard/reports/backtests.ts'
import { BacktestOptions } from '#domain/backtest/options.ts'
import { backtestReport } from '#domain/backtest/report.ts'
import { runBacktest } from '#domain/backtest/run.ts'
import { SweepInput } from '#domain/backtest/sweep-plan.ts'
import { runOne } from '#domain/backtest/sweep-run.ts'
import { emaCross } from '#domain/strategies/ema-cross.ts'
import { EmaCrossParams } from '#domain/strategies/ema-cross-params.ts'
import { walkSeries } from '../support/walks.ts'
import { type FrontProcess, startFrontProcess } from './front-process.ts'
import { silentLog } from './writer-process.ts'

let front: FrontProcess
let client: ClickHouseClient
const folder = mkdtempSync(join(tmpdir(), 'holdfast-backtests-'))
const series = walkSeries(3, 600, { coin: 'ETH', start: 2_000, sizeDecimals: 4 })

beforeAll(async () => {
  front = await startFrontProcess()
  client = front.client('holdfast')
  await migrate(client, silentLog)
})
afterAll(async () => {
  await client?.close()
  await front?.remove()
  rmSync(folder, { recursive: true, force: true })
})

test('a kept backtest is read back whole; kept again under its name it is replaced', async () => {
  const options = BacktestOptions.parse({})
  const params = EmaCrossParams.parse({ strategy: 'ema_cross', interval: '1h', fast_bars: 5, slow_bars: 20 })
  const run = runBacktest(emaCross, params, [series], options)
  const report = backtestReport(run, { strategy: 'ema_cross', series: [series], options })
  const kept = { id: 'unit', ts: Date.UTC(2026, 0, 1), report, params, options, run }
  await insertBacktest(client, kept)
  await insertBacktest(client, { ...kept, ts: kept.ts + 1_000 })
  const list = await runQuery(client, recentBacktests, { limit: 10 })
  expect(list).toMatchObject([
    { backtest_id: 'unit', at: kept.ts + 1_000, coins: ['ETH'], trades: report.trades },
  ])
  const [one] = await runQuery(client, oneBacktest, { id: 'unit' })
  expect(JSON.parse(one?.report ?? '')).toEqual(JSON.parse(JSON.stringify(report)))
  const counted = await client.query({
    query: 'SELECT count() AS n FROM backtest_trades FINAL',
    format: 'JSONEachRow',
  })
  expect(await counted.json()).toEqual([{ n: String(report.trades) }])
})

test('runs of a sweep come best first, those that could not be run last', async () => {
  const input = SweepInput.parse({
    sweep_id: 'grid',
    strategy: 'ema_cross',
    data: 'x',
    params: { slow_bars: 20 },
    axes: [{ path: 'fast_bars', values: [3, 8, 30] }],
  })
  const values = [0, 1, 2].map((run) =>
    sweepRunRow('grid', 'ema_cross', Date.UTC(2026, 0, 1), runOne(input, run, [series])),
  )
  await client.insert({ table: 'sweep_runs', values, format: 'JSONEachRow' })
  const runs = await runQuery(client, sweepRunsOf, { sweep_id: 'grid', limit: 10 })
  expect(runs.map(({ run }) => run)).toHaveLength(3)
  expect(runs.at(-1)).toMatchObject({ run: 2, problem: expect.stringContaining('slow_bars') })
  expect((runs[0]?.score ?? 0) >= (runs[1]?.score ?? 0)).toBe(true)
  expect(await runQuery(client, recentSweeps, { limit: 10 })).toMatchObject([{ sweep_id: 'grid', runs: 3 }])
  const page = await backtestsReport.take({ clickhouse: client } as never, { id: '', sweep: 'grid' })
  expect([page.shown?.id, page.runs.length, (page.shown?.equity.length ?? 0) > 10]).toEqual(['unit', 3, true])
})

test('the same candles come from the table, from Parquet and from CSV, with funding beside them', async () => {
  const rows = Array.from(series.openTs, (ts, at) => ({
    ...{
      coin: 'ETH',
      interval: '1h',
      open_ts: ts,
      close_ts: ts + 3_599_999,
      received_ts: ts + 3_600_000,
      trades: 1,
    },
    ...{
      open: String(series.open[at]),
      high: String(series.high[at]),
      low: String(series.low[at]),
      close: String(series.close[at]),
    },
    volume: (series.volume[at] ?? 0).toFixed(8),
  }))
  await client.insert({ table: 'candles', values: rows, format: 'JSONEachRow' })
  const [stored] = await readStoredCandles(client, { coins: ['ETH'], interval: '1h' })
  const answer = await client.exec({
    query:
      "SELECT open_ts, open, high, low, close, volume FROM candles FINAL WHERE coin = 'ETH' ORDER BY open_ts FORMAT Parquet",
  })
  const parts: Buffer[] = []
  for await (const part of answer.stream) parts.push(part as Buffer)
  writeFileSync(join(folder, 'ETH-1h.parquet'), Buffer.concat(parts))
  const [parquet] = await readCandleFiles(join(folder, 'ETH-1h.parquet'), { coins: [], interval: null })
  const lines = rows.map((row) => [row.open_ts, row.open, row.high, row.low, row.close, row.volume].join(','))
  const csvFolder = mkdtempSync(join(folder, 'csv-'))
  writeFileSync(
    join(csvFolder, 'ETH_USDC_USDC-1h-futures.csv.gz'),
    gzipSync(`t,open,high,low,close,volume\n${lines.join('\n')}\n`),
  )
  writeFileSync(
    join(csvFolder, 'ETH_USDC_USDC-1h-funding_rate.csv.gz'),
    gzipSync('t,open\n1704067200000,0.0001\n'),
  )
  const [csv] = await readCandleFiles(csvFolder, { coins: ['ETH'], interval: '1h' })
  for (const other of [parquet, csv]) {
    expect(other?.openTs).toEqual(stored?.openTs)
    expect(other?.close).toEqual(stored?.close)
    expect(other?.volume).toEqual(stored?.volume)
  }
  expect([stored?.openTs.length, csv?.funding.ts.length, parquet?.sizeDecimals]).toEqual([600, 1, 4])
})

test.each([
  { coins: ['DOGE'], expected: 'no candle file that fits' },
  { path: 'nowhere', coins: [], expected: 'nothing there' },
])('data that is not there is told: $expected', async ({ coins, path, expected }) => {
  await expect(readCandleFiles(join(folder, path ?? ''), { coins, interval: '1h' })).rejects.toThrow(expected)
})
