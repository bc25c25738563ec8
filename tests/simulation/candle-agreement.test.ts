/** A paper session on the paper exchange's engine, whole and in virtual time, and the backtest of the same candles agree trade by trade. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { parseCandles } from '#domain/backtest/csv.ts'
import { BacktestOptions } from '#domain/backtest/options.ts'
import { runBacktest } from '#domain/backtest/run.ts'
import { type CandleSeries, seriesOf } from '#domain/backtest/series.ts'
import type { DecisionEvent } from '#domain/backtest/world.ts'
import type { SessionLimits } from '#domain/risk/limit-input.ts'
import { drivesPerBar } from '#domain/strategies/cadence.ts'
import { candleStrategy } from '#domain/strategies/registry.ts'
import { missingData, sharedData } from '../support/shared-data.ts'
import { walkSeries } from '../support/walks.ts'
import { runCandleWorld } from './candle-world.ts'
import { flipper } from './flip-strategy.ts'

/** Orders are filled at the touch of the close that they were decided on, a stop at its own price: nothing is worse than the market. */
const options = BacktestOptions.parse({ fill: 'close', spread_bps: 2, slippage_bps: 0, stop_slippage_bps: 0 })

const WIDE: SessionLimits = {
  ...{ order_usd_max: 1e9, position_usd_max: 1e9, loss_usd_max: 1e9 },
  ...{ open_orders_max: 1_000, orders_per_min_max: 10_000 },
}

const EMA = { strategy: 'ema_cross', interval: '1h', fast_bars: 5, slow_bars: 20, order_usd: 2_000 }
/** Turns around at once, with a target at the exchange beside its stop. */
const FLIP = {
  ...{ strategy: 'user', name: flipper.name, interval: '1h' },
  params: { fast_bars: 5, slow_bars: 20, order_usd: 2_000, target_atr: 4 },
}
const MEI = {
  strategy: 'mei_alpha_v1',
  interval: '1h',
  flip: 'reverse',
  trade: { entry_min_confidence: 'low', allocation_pct: 0.1, enable_ssf_filter: false, min_notional_usd: 10 },
  indicators: { ema_macro_window: 60 },
  thresholds: { entry: { enable_slow_drift_entries: true, enable_pullback_entries: true } },
}

/** The session sends exits before entries whatever the coin, so within a bar each coin has its own order. */
const perCoin = <Fill extends { ts: number; coin: string }>(fills: readonly Fill[]): Fill[] =>
  [...fills].sort((a, b) => a.ts - b.ts || (a.coin < b.coin ? -1 : a.coin > b.coin ? 1 : 0))
const withoutSize = ({ sz: _, ...rest }: { sz: number }): object => rest

/**
 * @param sizeTolerance share by which a size may differ; 0 where it is the same to the last lot
 * @param limits what the session and the backtest judge orders by; absent: nothing binds
 */
async function compare(
  params: Record<string, unknown>,
  series: readonly CandleSeries[],
  sizeTolerance = 0,
  limits?: Partial<SessionLimits>,
) {
  const strategy = candleStrategy(params.strategy as string)
  const parsed = strategy.schema.parse(params)
  const decided: DecisionEvent[] = []
  const run = runBacktest(strategy, parsed, series, options, {
    onDecision: (event) => decided.push(event),
    ...(limits ? { limits: { ...WIDE, ...limits } } : {}),
  })
  const warmUpBars = strategy.warmUpBars(parsed) * drivesPerBar(parsed)
  const world = await runCandleWorld(params, series, options, warmUpBars, limits)
  const ended = (purpose: string): boolean => purpose === 'stop' || purpose === 'target'
  expect(world.faults).toEqual([])
  // A session tells what was decided, and beside it what a limit refused; a backtest has one line for both.
  const told = (events: readonly Told[]): Told[] =>
    events
      .filter(({ reason }) => reason !== REFUSED)
      .map(({ coin, kind, reason, gate }) => (limits ? { coin, reason } : { coin, kind, reason, gate }))
  expect(told(world.decisions)).toEqual(told(decided))
  const refused = world.decisions.filter(({ reason }) => reason === REFUSED)
  const byLimit = Object.entries(run.gates).filter(([gate]) => gate.startsWith('RISK_'))
  expect(counted(refused.map(({ gate }) => gate))).toEqual(Object.fromEntries(byLimit))
  const fills = run.account.fills
    .filter(({ purpose }) => purpose !== 'end')
    .map(({ ts, coin, side, px, sz, purpose }) => ({ ts, coin, side, px, sz, isTrigger: ended(purpose) }))
  const [ours, theirs] = [perCoin(world.fills), perCoin(fills)]
  expect(ours.map(withoutSize)).toEqual(theirs.map(withoutSize))
  const apart = ours.map(({ sz }, at) => Math.abs(sz / (theirs[at]?.sz ?? 0) - 1))
  expect(Math.max(...apart)).toBeLessThanOrEqual(sizeTolerance)
  expect(world.report).toMatchObject({ state: 'CLOSED', epochs: 1, fills: fills.length })
  const fees = run.account.fills.reduce(
    (sum, { fee_usd, purpose }) => sum + (purpose === 'end' ? 0 : fee_usd),
    0,
  )
  expect(Number(world.report?.fees_usd) / fees).toBeCloseTo(1, 4)
  const triggers = world.fills.filter(({ isTrigger }) => isTrigger).length
  return { fills: fills.length, triggers, refused: refused.length }
}

const REFUSED = 'ORDER_REFUSED'
type Told = { [Key in 'coin' | 'kind' | 'reason' | 'gate']?: string | undefined }

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

describe.each([1, 2])('on the walk of seed %i', (seed) => {
  test('ema_cross', async () => {
    const seen = await compare(EMA, [walkSeries(seed, 700)])
    expect(seen.fills).toBeGreaterThan(20)
  })

  test('a strategy that turns around, with targets at the exchange', async () => {
    const seen = await compare(FLIP, [walkSeries(seed, 700)])
    expect(seen.fills).toBeGreaterThan(20)
    expect(seen.triggers).toBeGreaterThan(3)
  })

  test('mei_alpha_v1 on three coins with every kind of entry, adds, part profits and flips', async () => {
    const series = [
      walkSeries(seed * 10, 1_000, { coin: 'BTC', start: 60_000, sizeDecimals: 5 }),
      walkSeries(seed * 10 + 1, 1_000, { coin: 'LINK', start: 20, sizeDecimals: 1 }),
      walkSeries(seed * 10 + 2, 1_000, { coin: 'kPEPE', start: 0.012, sizeDecimals: 0 }),
    ]
    // A session keeps average entry prices to 8 decimals: of kPEPE at 0.01 USD that is a lot in 100,000 of the next order.
    const seen = await compare(MEI, series, 2e-5)
    expect(seen.fills).toBeGreaterThan(10)
  })
})

describe('with the limits of a session', () => {
  const series = [1, 2, 3].map((at) => walkSeries(50 + at, 700, { coin: `C${at}`, sizeDecimals: 2 }))

  test.each<[string, Partial<SessionLimits>]>([
    ['at most one coin held', { coins_held_max: 1 }],
    ['at most 4,500 USD in all', { gross_usd_max: 4_500 }],
  ])('%s', async (_what, limits) => {
    const seen = await compare(EMA, series, 0, limits)
    expect([seen.fills > 20, seen.refused > 3], JSON.stringify(seen)).toEqual([true, true])
  })
})

describe('entries at closes of 2 h and exits at closes of 1 h, with averages of 4 h', () => {
  const cadence = { interval: '4h', entry_interval: '2h', exit_interval: '1h' }

  test('ema_cross', async () => {
    const seen = await compare({ ...EMA, ...cadence, stop_atr: 1 }, [walkSeries(3, 1_500)])
    expect([seen.fills > 20, seen.triggers > 3], JSON.stringify(seen)).toEqual([true, true])
  })

  test('a strategy that turns around, with targets at the exchange', async () => {
    const seen = await compare({ ...FLIP, ...cadence }, [walkSeries(3, 1_500)])
    expect([seen.fills > 20, seen.triggers > 3], JSON.stringify(seen)).toEqual([true, true])
  })

  test('mei_alpha_v1 on two coins, guided by BTC', async () => {
    const series = [
      walkSeries(31, 2_400, { coin: 'BTC', start: 60_000, sizeDecimals: 5 }),
      walkSeries(32, 2_400, { coin: 'LINK', start: 20, sizeDecimals: 1 }),
    ]
    const seen = await compare({ ...MEI, ...cadence }, series, 2e-5)
    expect(seen.fills).toBeGreaterThan(10)
  })
})

const COINS = [
  ['BTC', 5],
  ['ETH', 4],
  ['SOL', 2],
] as const
const fileOf = (coin: string): string => `candles/${coin}_USDC_USDC-1h-futures.csv.gz`
const missing = COINS.map(([coin]) => missingData(fileOf(coin))).find((why) => why !== null) ?? null

describe.skipIf(missing)(`on recorded candles ${missing ?? ''}`, () => {
  const load = ([coin, sizeDecimals]: (typeof COINS)[number]): CandleSeries => {
    const file = fileOf(coin)
    const rows = parseCandles(gunzipSync(readFileSync(sharedData(file))).toString(), file).slice(0, 3_000)
    return seriesOf({ interval: '1h', leverageMax: null, coin, sizeDecimals }, rows)
  }

  test('ema_cross', async () => {
    const seen = await compare(EMA, COINS.slice(0, 1).map(load))
    expect([seen.fills > 50, seen.triggers > 5], JSON.stringify(seen)).toEqual([true, true])
  })

  test('a strategy that turns around, with targets at the exchange', async () => {
    const seen = await compare(FLIP, COINS.slice(0, 1).map(load))
    expect([seen.fills > 50, seen.triggers > 20], JSON.stringify(seen)).toEqual([true, true])
  })

  test('mei_alpha_v1 on three coins', async () => {
    const seen = await compare(MEI, COINS.map(load))
    expect([seen.fills > 50, seen.triggers > 5], JSON.stringify(seen)).toEqual([true, true])
  })
})
