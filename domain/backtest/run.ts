/** Runs a strategy over candles with the same decision code as a session, in numbers and without an allocation per quiet bar. */
// Order within a bar: fills at its open, resting stop or target on its path, funding, then the decision at its close.
// Not here: prices of fills (market-model.ts), money (account.ts), statistics (report.ts).
import { type Account, equityOf, openAccount } from '#domain/backtest/account.ts'
import {
  type CoinRun,
  closeAtEnd,
  fillPending,
  openCoin,
  payDueFunding,
  readBar,
  walkPath,
} from '#domain/backtest/coin-run.ts'
import { decideAll } from '#domain/backtest/decide.ts'
import { createLimitDesk, type EndedBy } from '#domain/backtest/limit-desk.ts'
import type { BacktestOptions } from '#domain/backtest/options.ts'
import { BadCandlesError, type CandleSeries, firstAt } from '#domain/backtest/series.ts'
import { observeGuide, type RunHooks, type World } from '#domain/backtest/world.ts'
import { driveInterval, drivesPerBar, endsBar, isPaced, withCadence } from '#domain/strategies/cadence.ts'
import { paramsFor } from '#domain/strategies/overlay.ts'
import { GUIDE_COIN } from '#domain/strategies/step-bar.ts'
import type { CandleStrategy } from '#domain/strategies/strategy.ts'
import { DAY_MS, INTERVAL_MS } from '#domain/time.ts'

export interface BacktestRun {
  account: Account
  /** Bars that were decided on, all coins. */
  bars: number
  /** Equity after each bar of time, USD, marked at the closes. */
  equityTs: Float64Array
  equityUsd: Float64Array
  /** Σ |position| × price after each bar, USD. */
  grossUsd: Float64Array
  netUsd: Float64Array
  /** Deepest fall from a peak at any close: USD, and as a fraction of the peak. */
  maxDrawdownUsd: number
  maxDrawdown: number
  /** How often each gate stopped something. */
  gates: Record<string, number>
  /** Equity fell to nothing: the run ended there. */
  ruined: boolean
  /** The limit by which a session would have killed itself: everything was closed there; null without one. */
  endedBy: EndedBy | null
}

/**
 * @param series traded coins, by name, and those that only guide
 * @param guides coins of `series` that are not traded
 */
export function runBacktest<Params, State>(
  strategy: CandleStrategy<Params, State>,
  params: Params,
  series: readonly CandleSeries[],
  options: BacktestOptions,
  hooks: RunHooks = {},
  guides: readonly string[] = [],
): BacktestRun {
  const paced = withCadence(strategy, params)
  checkIntervals(series, params)
  const sorted = [...series].sort((a, b) => (a.coin < b.coin ? -1 : 1))
  const keep = hooks.keep ?? true
  const account = openAccount(options, keep)
  const coins = sorted.map((each) =>
    openCoin(each, paced, paramsFor(strategy, params, each.coin), !guides.includes(each.coin)),
  )
  const world: World<Params, State> = {
    strategy: paced,
    options,
    account,
    coins,
    limits: hooks.limits ? createLimitDesk(hooks.limits, account, coins, options.equity_usd) : null,
    guide: { value: 0, seen: 0, close: 0 },
    guides: (candle) => endsBar(params, candle),
    hooks,
    keep,
    gates: {},
  }
  const times = timeline(sorted, options)
  return walk(world, times, firstDecision(world, times, params))
}

/** Entries and exits on shorter candles need exactly those. @throws BadCandlesError */
export function checkIntervals(series: readonly CandleSeries[], params: unknown): void {
  if (!isPaced(params)) return
  const wanted = driveInterval(params)
  const other = series.find(({ interval }) => interval !== wanted)
  if (other) throw new BadCandlesError(other.coin, `found ${other.interval}, expected ${wanted}`)
}

/** Opening times of all coins, ascending, each once. */
function timeline(series: readonly CandleSeries[], { to_ts }: BacktestOptions): Float64Array {
  const end = to_ts ?? Number.POSITIVE_INFINITY
  const [only] = series
  if (only && series.every(({ openTs }) => isSame(openTs, only.openTs))) {
    return only.openTs.subarray(0, firstAt(only.openTs, end))
  }
  const all = new Set<number>()
  for (const { openTs } of series) for (const ts of openTs) if (ts < end) all.add(ts)
  return Float64Array.from(all).sort()
}

const isSame = (a: Float64Array, b: Float64Array): boolean =>
  a === b ||
  (a.length === b.length && a[0] === b[0] && a.at(-1) === b.at(-1) && a.every((ts, at) => ts === b[at]))

/** Decisions begin once the strategy has seen what it asks for, and not before they are wanted. */
function firstDecision<Params, State>(
  { strategy, options }: World<Params, State>,
  times: Float64Array,
  params: Params,
): number {
  const bars = strategy.warmUpBars(params) * drivesPerBar(params)
  return Math.max(firstAt(times, options.from_ts), Math.min(bars, times.length))
}

function walk<Params, State>(world: World<Params, State>, times: Float64Array, first: number): BacktestRun {
  const { account, coins, options } = world
  const points = Math.max(times.length - first, 0)
  const column = (): Float64Array => new Float64Array(world.keep ? points : 0)
  const [equityTs, equityUsd, grossUsd, netUsd] = [column(), column(), column(), column()]
  const daily: DailyEquity = { ts: [], usd: [] }
  let [peak, bars, ruined] = [options.equity_usd, 0, false]
  let endedBy: EndedBy | null = null
  let endTs = 0
  let kept = 0
  const deepest = { usd: 0, share: 0 }
  const step = coins[0] ? INTERVAL_MS[coins[0].series.interval] : DAY_MS
  for (let at = 0; at < times.length && !ruined && endedBy === null; at += 1) {
    const openTs = times[at] as number
    const closeTs = openTs + step
    endTs = closeTs
    beginBar(world, openTs, closeTs, at >= first)
    if (at < first) continue
    const [gross, net] = exposure(coins)
    const equity = equityOf(account, net)
    endedBy = world.limits?.observe(closeTs, equity) ?? null
    if (endedBy === null) bars += decideAll(world, closeTs, equity)
    if (equity > peak) peak = equity
    else deepen(deepest, peak, equity)
    ruined = equity <= 0
    if (world.keep) {
      equityTs[kept] = closeTs
      equityUsd[kept] = equity
      grossUsd[kept] = gross
      netUsd[kept] = net
      kept += 1
    } else pushDaily(daily, closeTs, equity)
  }
  for (const coin of coins) closeAtEnd(coin, account, endTs, options, endedBy)
  const sparse = { equityTs: Float64Array.from(daily.ts), equityUsd: Float64Array.from(daily.usd) }
  return {
    account,
    bars,
    ...(world.keep
      ? { equityTs: equityTs.subarray(0, kept), equityUsd: equityUsd.subarray(0, kept) }
      : sparse),
    grossUsd: grossUsd.subarray(0, kept),
    netUsd: netUsd.subarray(0, kept),
    maxDrawdownUsd: deepest.usd,
    maxDrawdown: deepest.share,
    gates: world.gates,
    ruined,
    endedBy,
  }
}

function deepen(deepest: { usd: number; share: number }, peak: number, equity: number): void {
  const usd = peak - equity
  if (usd > deepest.usd) deepest.usd = usd
  if (usd > deepest.share * peak) deepest.share = usd / peak
}

interface DailyEquity {
  ts: number[]
  usd: number[]
}

/** The last equity of each UTC day; a bar that ends at midnight belongs to the day that ends. */
function pushDaily({ ts, usd }: DailyEquity, at: number, equity: number): void {
  const day = Math.ceil(at / DAY_MS) * DAY_MS
  if (ts[ts.length - 1] === day) usd[usd.length - 1] = equity
  else {
    ts.push(day)
    usd.push(equity)
  }
}

/** Everything that happens in a bar before its close, for each coin that has one, then its candle. */
function beginBar<Params, State>(
  { account, coins, guide, guides, options, strategy }: World<Params, State>,
  openTs: number,
  closeTs: number,
  isLive: boolean,
): void {
  for (const coin of coins) {
    const { series } = coin
    const at = coin.next
    coin.hasBar = series.openTs[at] === openTs
    if (!coin.hasBar) continue
    coin.next = at + 1
    readBar(coin, at)
    if (isLive && coin.isTraded) {
      if (coin.pending.length > 0) fillPending(coin, account, openTs, coin.candle.open, options)
      if (coin.holding.sz !== 0) walkPath(coin, account, closeTs, options)
    }
    payDueFunding(coin, account, closeTs, isLive)
    if (series.coin === GUIDE_COIN && guides(coin.candle)) observeGuide(guide, coin.candle.close)
    if (coin.isTraded) coin.state = strategy.observe(coin.state, coin.candle, coin.params)
  }
}

/** Gross and net notional at the closes, USD. */
function exposure<Params, State>(coins: readonly CoinRun<Params, State>[]): [number, number] {
  let [gross, net] = [0, 0]
  for (const { holding, candle } of coins) {
    if (holding.sz === 0) continue
    const worth = holding.sz * candle.close
    gross += Math.abs(worth)
    net += worth
  }
  return [gross, net]
}
