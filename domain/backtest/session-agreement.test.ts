/** A paper session over candles and the backtest of the same candles agree: every decision, every fill, to the last lot and tick. */

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { parseCandles } from '#domain/backtest/csv.ts'
import { BacktestOptions } from '#domain/backtest/options.ts'
import { runBacktest } from '#domain/backtest/run.ts'
import { type CandleSeries, seriesOf } from '#domain/backtest/series.ts'
import type { DecisionEvent } from '#domain/backtest/world.ts'
import { candleStrategy } from '#domain/strategies/registry.ts'
import { runPaperSession } from '../../tests/support/paper-session.ts'
import { missingData, sharedData } from '../../tests/support/shared-data.ts'
import { walkSeries } from '../../tests/support/walks.ts'

const options = BacktestOptions.parse({ spread_bps: 2 })

/** Parameters that trade often enough for the comparison to mean something. */
const EMA = { strategy: 'ema_cross', interval: '1h', fast_bars: 5, slow_bars: 20, order_usd: 2_000 }
const MEI = {
  strategy: 'mei_alpha_v1',
  interval: '1h',
  flip: 'reverse',
  trade: { entry_min_confidence: 'low', allocation_pct: 0.1, enable_ssf_filter: false, min_notional_usd: 10 },
  indicators: { ema_macro_window: 60 },
  thresholds: { entry: { enable_slow_drift_entries: true, enable_pullback_entries: true } },
}

async function compare(params: Record<string, unknown>, series: readonly CandleSeries[]) {
  const strategy = candleStrategy(params.strategy as string)
  const parsed = strategy.schema.parse(params)
  const decided: DecisionEvent[] = []
  const run = runBacktest(strategy, parsed, series, options, { onDecision: (event) => decided.push(event) })
  const session = await runPaperSession(params, series, options, strategy.warmUpBars(parsed))
  const fills = run.account.fills
    .filter(({ purpose }) => purpose !== 'end')
    .map(({ ts, coin, side, px, sz, purpose }) => ({ ts, coin, side, px, sz, purpose }))
  expect(decided.map(({ ts, coin, kind, reason, gate }) => ({ ts, coin, kind, reason, gate }))).toEqual(
    session.decisions.map(({ ts, coin, kind, reason, gate }) => ({ ts, coin, kind, reason, gate })),
  )
  expect(fills).toEqual(session.fills)
  return fills.length
}

describe.each([1, 2, 3])('on the walk of seed %i', (seed) => {
  test('ema_cross', async () => {
    expect(await compare(EMA, [walkSeries(seed, 900)])).toBeGreaterThan(25)
  })

  test('mei_alpha_v1 on three coins with every kind of entry, adds, part profits and flips', async () => {
    const series = [
      walkSeries(seed * 10, 1_500, { coin: 'BTC', start: 60_000, sizeDecimals: 5 }),
      walkSeries(seed * 10 + 1, 1_500, { coin: 'LINK', start: 20, sizeDecimals: 1 }),
      walkSeries(seed * 10 + 2, 1_500, { coin: 'kPEPE', start: 0.012, sizeDecimals: 0 }),
    ]
    expect(await compare(MEI, series)).toBeGreaterThan(20)
  })
})

const FILES = ['BTC', 'ETH', 'SOL'].map((coin) => `candles/${coin}_USDC_USDC-1h-futures.csv.gz`)
const missing = FILES.map(missingData).find((why) => why !== null) ?? null

describe.skipIf(missing)(`on recorded candles ${missing ?? ''}`, () => {
  const load = (file: string, at: number): CandleSeries => {
    const rows = parseCandles(gunzipSync(readFileSync(sharedData(file))).toString(), file).slice(0, 3_000)
    const meta = { interval: '1h', leverageMax: null } as const
    return seriesOf(
      { ...meta, coin: ['BTC', 'ETH', 'SOL'][at] ?? '', sizeDecimals: [5, 4, 2][at] ?? 2 },
      rows,
    )
  }

  test.each(['ema_cross', 'mei_alpha_v1'])('%s', async (name) => {
    const series = name === 'ema_cross' ? FILES.slice(0, 1).map(load) : FILES.map(load)
    expect(await compare(name === 'ema_cross' ? EMA : MEI, series)).toBeGreaterThan(50)
  })
})
