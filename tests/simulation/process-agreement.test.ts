/** Paper sessions of real processes over replayed candles and `holdfast backtest` of the same candles agree trade by trade: Temporal workflows, the product's trading host, HTTP and sockets, the paper exchange's process. */
// Not here: the same in virtual time over thousands of bars (candle-agreement.test.ts), which rate holds and why (docs/features/trading-session.md).
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PROJECT_ROOT } from '#config/environment.ts'
import { loadUserStrategies } from '#config/user-strategies.ts'
import { parseCandles, tradesCsv } from '#domain/backtest/csv.ts'
import { BacktestOptions } from '#domain/backtest/options.ts'
import { type BacktestRun, runBacktest } from '#domain/backtest/run.ts'
import { type CandleRow, type CandleSeries, seriesOf } from '#domain/backtest/series.ts'
import type { DecisionEvent } from '#domain/backtest/world.ts'
import { drivesPerBar } from '#domain/strategies/cadence.ts'
import { type CommonCandleParams, candleStrategy } from '#domain/strategies/registry.ts'
import { missingData, sharedData } from '../support/shared-data.ts'
import { missingTemporal } from '../support/temporal-server.ts'
import { type CandleStage, type StageSession, startCandleStage } from './candle-stage.ts'

const DECIMALS = { BTC: 5, ETH: 4, SOL: 2 } as const
type CoinName = keyof typeof DECIMALS
const COINS = Object.keys(DECIMALS) as CoinName[]
const fileOf = (coin: string): string => `candles/${coin}_USDC_USDC-1h-futures.csv.gz`
const skip = COINS.map((coin) => missingData(fileOf(coin))).find((why) => why !== null) ?? missingTemporal()

/** Days with entries, adds, exits, flips and stops of all three. */
const FROM = '2024-12-07T10:00:00Z'
const BARS = Number(process.env.HOLDFAST_AGREEMENT_BARS ?? 60)
/** The market that the exchange replays: a touch 1 bp wide at each close, a stop at its own price, the nearer end of a bar first. */
const MODEL = {
  ...{ fill: 'close', path: 'adaptive', spread_bps: 1, slippage_bps: 0, stop_slippage_bps: 0 },
}

const SESSIONS: (StageSession & { strategy: string })[] = [
  {
    ...{ name: 'ema', strategy: 'ema_cross', coins: ['BTC'] },
    params: { strategy: 'ema_cross', interval: '1h', fast_bars: 5, slow_bars: 20, order_usd: 2_000 },
  },
  {
    // Entries and exits at every hour, averages of two.
    ...{ name: 'short', strategy: 'ema_cross', coins: ['ETH'] },
    params: {
      ...{ strategy: 'ema_cross', interval: '2h', entry_interval: '1h', exit_interval: '1h' },
      ...{ fast_bars: 2, slow_bars: 5, atr_bars: 5, stop_atr: 1 },
    },
  },
  {
    ...{ name: 'mei', strategy: 'mei_alpha_v1', coins: COINS },
    params: {
      ...{ strategy: 'mei_alpha_v1', interval: '1h', flip: 'reverse' },
      trade: {
        ...{ entry_min_confidence: 'low', allocation_pct: 0.1 },
        ...{ enable_ssf_filter: false, min_notional_usd: 10 },
      },
      indicators: { ema_macro_window: 60 },
      thresholds: { entry: { enable_slow_drift_entries: true, enable_pullback_entries: true } },
    },
  },
  {
    // A strategy of a file in config/strategies, in the workflow bundle and in the backtest alike.
    ...{ name: 'own', strategy: 'three_bars', coins: ['ETH'] },
    params: { strategy: 'user', name: 'three_bars', interval: '1h', params: { order_usd: 700 } },
  },
]

interface Backtested {
  run: BacktestRun
  decided: DecisionEvent[]
  /** What the command wrote. */
  tradesCsv: string
}

const folder = mkdtempSync(join(tmpdir(), 'holdfast-agreement-'))
let stage: CandleStage
const expected = new Map<string, Backtested>()

/** The candles that a session sees: what it warms up on, and those that are replayed. */
function candlesOf({ coins, params }: StageSession): Map<string, CandleRow[]> {
  const strategy = candleStrategy(String(params.strategy))
  const warmUp =
    strategy.warmUpBars(strategy.schema.parse(params) as CommonCandleParams) * drivesPerBar(params)
  return new Map(
    coins.map((coin) => {
      const rows = parseCandles(gunzipSync(readFileSync(sharedData(fileOf(coin)))).toString(), coin)
      const first = rows.findIndex(({ openTs }) => openTs >= Date.parse(FROM))
      return [coin, rows.slice(first - warmUp, first + BARS)]
    }),
  )
}

async function backtest(session: (typeof SESSIONS)[number]): Promise<Backtested> {
  const { name, strategy: named, params } = session
  const data = join(folder, name)
  const out = join(folder, `${name}-out`)
  mkdirSync(data)
  const series: CandleSeries[] = []
  for (const [coin, rows] of candlesOf(session)) {
    const lines = rows.map((row) =>
      [row.openTs, row.open, row.high, row.low, row.close, row.volume].join(','),
    )
    writeFileSync(join(data, `${coin}-1h.csv`), `t,open,high,low,close,volume\n${lines.join('\n')}\n`)
    const meta = {
      interval: '1h',
      leverageMax: null,
      coin,
      sizeDecimals: DECIMALS[coin as CoinName],
    } as const
    series.push(seriesOf(meta, rows))
  }
  const own = (params.strategy === 'user' ? params.params : params) as Record<string, unknown>
  const { strategy: _, ...given } = own
  const interval = String(params.interval)
  const words = ['--strategy', named, '--data', data, '--interval', interval, '--out', out, '--json']
  await promisify(execFile)(
    process.execPath,
    [
      ...[join(PROJECT_ROOT, 'cli', 'main.ts'), 'backtest', ...words],
      ...['--params', JSON.stringify(given), '--options', JSON.stringify(MODEL)],
    ],
    { cwd: PROJECT_ROOT, env: { ...process.env, HOLDFAST_HOME: join(folder, 'home') } },
  )
  const decided: DecisionEvent[] = []
  const strategy = candleStrategy(String(params.strategy))
  const parsed = strategy.schema.parse(params) as CommonCandleParams
  const options = BacktestOptions.parse(MODEL)
  const run = runBacktest(strategy, parsed, series, options, { onDecision: (event) => decided.push(event) })
  return { run, decided, tradesCsv: readFileSync(join(out, 'trades.csv'), 'utf8') }
}

describe.skipIf(skip)(`sessions of real processes ${skip ?? ''}`, () => {
  beforeAll(async () => {
    await loadUserStrategies()
    for (const session of SESSIONS) expected.set(session.name, await backtest(session))
    const files = COINS.map((coin) => sharedData(fileOf(coin))).join(',')
    stage = await startCandleStage(
      `candles:${files}@${FROM}`,
      SESSIONS.map(({ name }) => name),
    )
    await stage.open(SESSIONS)
  }, 240_000)
  afterAll(async () => {
    await stage?.close()
    rmSync(folder, { recursive: true, force: true })
  }, 60_000)

  test(
    `${BARS} bars are replayed, each once all sessions have acted on the one before`,
    async () => {
      const from = performance.now()
      expect(await stage.play(BARS)).toBe(BARS)
      const perBar = (performance.now() - from) / BARS
      process.stdout.write(
        `${BARS} bars of 1 h, ${Math.round(perBar)} ms a bar (${Math.round(3_600_000 / perBar)}×)\n`,
      )
    },
    20_000 + BARS * 20_000,
  )

  test.each(SESSIONS.map(({ name, strategy }) => ({ name, strategy })))(
    '$strategy decides and trades as its backtest does, and ends with the same fills and fees',
    async ({ name }) => {
      const { run, decided, tradesCsv: written } = expected.get(name) as Backtested
      expect(written).toBe(tradesCsv(run.account.trades)) // the command and the library say the same
      const facts = ({ coin, kind, reason, gate }: DecisionEvent) => ({ coin, kind, reason, gate })
      expect(stage.decisions(name).map((row) => facts(row as unknown as DecisionEvent))).toEqual(
        decided.map(facts),
      )
      const fills = run.account.fills.filter(({ purpose }) => purpose !== 'end')
      expect(perCoin(stage.fills(name))).toEqual(
        perCoin(
          fills.map(({ ts, coin, side, px, sz, purpose }) => ({
            ...{ ts, coin, side, px, sz },
            isTrigger: purpose === 'stop' || purpose === 'target',
          })),
        ),
      )
      expect([fills.length > 8, fills.some(({ purpose }) => purpose === 'stop')]).toEqual([true, true])
      const report = await stage.stop(name)
      expect(report).toMatchObject({ state: 'CLOSED', epochs: 1, fills: fills.length })
      const fees = fills.reduce((sum, { fee_usd }) => sum + fee_usd, 0)
      expect(Number(report.fees_usd) / fees).toBeCloseTo(1, 4)
    },
  )
})

/** Orders of one bar go out exits before entries whatever the coin; within a coin their order is theirs. */
const perCoin = <Fill extends { ts: number; coin: string }>(fills: readonly Fill[]): Fill[] =>
  [...fills].sort((a, b) => a.ts - b.ts || (a.coin < b.coin ? -1 : a.coin > b.coin ? 1 : 0))
