/** How many candles a second a strategy decides on: one core, all cores, against the indicators alone; and a sweep of 500 runs. */
// Candles are seeded walks, so that every machine decides on the same ones.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { BacktestOptions } from '#domain/backtest/options.ts'
import { runBacktest } from '#domain/backtest/run.ts'
import type { CandleSeries } from '#domain/backtest/series.ts'
import { SweepInput } from '#domain/backtest/sweep-plan.ts'
import type { ClosedCandle } from '#domain/session/types.ts'
import { CandleParams } from '#domain/strategies/candle-params.ts'
import { type CommonCandleParams, candleStrategy } from '#domain/strategies/registry.ts'
import { walkSeries } from '#tests/support/walks.ts'
import { createBacktestPool } from '#workers/support/backtest-pool.ts'
import type { BenchmarkOptions, Metrics } from './benchmark.ts'

const EMA = { strategy: 'ema_cross', interval: '1h', fast_bars: 12, slow_bars: 48 }
/** Every gate that there is, on. */
const MEI = {
  strategy: 'mei_alpha_v1',
  interval: '1h',
  trade: { entry_min_confidence: 'low', block_exits_on_extreme_dev: true },
  filters: { require_volume_confirmation: true, require_macro_alignment: true, block_exits_on_anomaly: true },
  market_regime: { enable_regime_filter: true },
  thresholds: { entry: { enable_pullback_entries: true, enable_slow_drift_entries: true } },
}
/** Three years of hours. */
const SWEEP_BARS = 26_280
const SWEEP_COINS = ['BTC', 'ETH', 'SOL', 'LINK']
const SWEEP_RUNS = 500

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

export async function run({ quick, seed, say }: BenchmarkOptions): Promise<Metrics> {
  const bars = quick ? 20_000 : 100_000
  const rounds = quick ? 3 : 7
  const series = walkSeries(seed, bars)
  say(
    `load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')} on ${availableParallelism()} cores`,
  )
  const ema = measure(EMA, series, rounds)
  const mei = measure(MEI, series, rounds)
  const indicators = measureIndicators(MEI, series, rounds)
  say(`ema_cross ${format(ema)}; mei_alpha_v1 ${format(mei)}; its indicators alone ${format(indicators)}`)
  const sweep = await measureSweep(quick ? 20 : SWEEP_RUNS, quick ? 5_000 : SWEEP_BARS, seed)
  say(
    `sweep of ${sweep.runs} runs: ${sweep.seconds.toFixed(1)} s (${sweep.cpuSeconds.toFixed(1)} CPU seconds), ${Math.round(sweep.perSecond)} candles/s on all cores`,
  )
  return {
    candles_per_s: mei.wall,
    candles_per_cpu_s: mei.cpu,
    ema_cross_per_s: ema.wall,
    ema_cross_per_cpu_s: ema.cpu,
    indicators_only_per_s: indicators.wall,
    ratio: mei.wall / indicators.wall,
    all_cores_per_s: sweep.perSecond,
    sweep_s: sweep.seconds,
    sweep_cpu_s: sweep.cpuSeconds,
    sweep_runs: sweep.runs,
  }
}

interface Rate {
  /** Candles per second of the clock, and of this process's CPU time: on a busy machine only the second tells. */
  wall: number
  cpu: number
}
const format = ({ wall, cpu }: Rate): string =>
  `${Math.round(wall)} candles/s (${Math.round(cpu)} per CPU second)`

function timed(candles: number, rounds: number, work: () => void): Rate {
  const [wall, cpu]: [number[], number[]] = [[], []]
  for (let round = -2; round < rounds; round += 1) {
    const [from, used] = [performance.now(), process.cpuUsage()]
    work()
    const seconds = (performance.now() - from) / 1_000
    const { user, system } = process.cpuUsage(used)
    if (round < 0) continue // the first rounds compile
    wall.push(candles / seconds)
    cpu.push(candles / ((user + system) / 1e6))
  }
  return { wall: median(wall), cpu: median(cpu) }
}

function measure(given: Record<string, unknown>, series: CandleSeries, rounds: number): Rate {
  const params = CandleParams.parse(given) as CommonCandleParams
  const strategy = candleStrategy(params.strategy)
  const options = BacktestOptions.parse({})
  return timed(
    series.openTs.length,
    rounds,
    () => void runBacktest(strategy, params, [series], options, { keep: false }),
  )
}

/** The same candles through the same indicators, without a decision. */
function measureIndicators(given: Record<string, unknown>, series: CandleSeries, rounds: number): Rate {
  const params = CandleParams.parse(given) as CommonCandleParams
  const strategy = candleStrategy(params.strategy)
  const candle: ClosedCandle = {
    coin: 'BTC',
    interval: '1h',
    openTs: 0,
    open: 0.5,
    high: 0.5,
    low: 0.5,
    close: 0.5,
    volume: 0.5,
  }
  return timed(series.openTs.length, rounds, () => {
    let state = strategy.init(params)
    for (let at = 0; at < series.openTs.length; at += 1) {
      candle.openTs = series.openTs[at] as number
      candle.open = series.open[at] as number
      candle.high = series.high[at] as number
      candle.low = series.low[at] as number
      candle.close = series.close[at] as number
      candle.volume = series.volume[at] as number
      state = strategy.observe(state, candle, params)
    }
  })
}

/** Candle files, threads, parts and all, as the data worker does it. */
async function measureSweep(runs: number, bars: number, seed: number) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  const pool = createBacktestPool()
  try {
    for (const [at, coin] of SWEEP_COINS.entries()) {
      writeFileSync(
        join(folder, `${coin}-1h.csv`),
        csvOf(walkSeries(seed + at, bars, { coin, start: 100 * 10 ** (at % 3) })),
      )
    }
    const input = SweepInput.parse({
      sweep_id: 'bench',
      strategy: 'mei_alpha_v1',
      params: MEI,
      data: folder,
      method: 'random',
      runs_max: runs,
      seed,
      axes: [
        { path: 'trade.sl_atr_mult', min: 1, max: 4 },
        { path: 'trade.trailing_start_atr', min: 0.5, max: 2 },
        { path: 'thresholds.entry.min_adx', values: [15, 18, 22, 26] },
      ],
    })
    const threads = availableParallelism()
    const parts = Array.from({ length: threads * 4 }, (_, at) => ({
      from: Math.floor((runs * at) / (threads * 4)),
      to: Math.floor((runs * (at + 1)) / (threads * 4)),
    }))
    const [from, used] = [performance.now(), process.cpuUsage()]
    await Promise.all(parts.map((part) => pool.run(input, part, () => {})))
    const seconds = (performance.now() - from) / 1_000
    // All threads of the process: what the sweep would take on quiet cores is this over their number.
    const { user, system } = process.cpuUsage(used)
    const cpuSeconds = (user + system) / 1e6
    return { runs, seconds, cpuSeconds, perSecond: (runs * bars * SWEEP_COINS.length) / seconds }
  } finally {
    await pool.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function csvOf(series: CandleSeries): string {
  const lines = Array.from(series.openTs, (ts, at) =>
    [ts, series.open[at], series.high[at], series.low[at], series.close[at], series.volume[at]].join(','),
  )
  return `t,open,high,low,close,volume\n${lines.join('\n')}\n`
}
