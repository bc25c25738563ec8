/** The report of a backtest: return, risk, costs, and tables by exit reason, coin and side. */
// Not here: the statistics themselves (domain/performance.ts), the run (run.ts).
import type { BacktestTrade } from '#domain/backtest/account.ts'
import type { BacktestOptions } from '#domain/backtest/options.ts'
import type { BacktestRun } from '#domain/backtest/run.ts'
import type { CandleSeries } from '#domain/backtest/series.ts'
import { performanceOf } from '#domain/performance.ts'
import type { EquityPoint } from '#domain/performance-returns.ts'
import { DAY_MS } from '#domain/time.ts'

/** Trades of one kind. */
export interface TradeGroup {
  name: string
  trades: number
  wins: number
  /** After fees and funding. */
  net_usd: number
  average_net_usd: number
}

export interface BacktestReport {
  strategy: string
  coins: string[]
  interval: string
  from_ts: number
  to_ts: number
  bars: number
  equity_start_usd: number
  equity_end_usd: number
  return_pct: number
  annual_return_pct: number | null
  /** Daily returns, sample deviation, × √365. */
  sharpe: number | null
  sortino: number | null
  max_drawdown_usd: number
  max_drawdown_pct: number
  profit_factor: number | null
  win_rate_pct: number | null
  trades: number
  average_trade_usd: number | null
  /** Share of the time with a position, percent. */
  exposure_pct: number | null
  /** Mean gross notional to equity. */
  gross_exposure: number | null
  volume_usd: number
  fees_usd: number
  funding_usd: number
  /** False where no funding rates were given: then funding_usd is 0 by ignorance. */
  funding_known: boolean
  /** Buy and hold of the first coin, percent. */
  holding_return_pct: number | null
  ruined: boolean
  /** The limit by which a session would have killed itself, LOSS_LIMIT or DRAWDOWN_LIMIT: the run ended there; null without one. */
  ended_by: string | null
  by_exit_reason: TradeGroup[]
  by_coin: TradeGroup[]
  by_side: TradeGroup[]
  /** How often each gate stopped something, most first. */
  gates: { gate: string; times: number }[]
  model: { fill: string; path: string; spread_bps: number; slippage_bps: number; stop_slippage_bps: number }
}

const MICRO = 1_000_000
const percent = (share: number | null): number | null => (share === null ? null : share * 100)

/** What a trade left, after its fees and funding, USD. */
export const netOf = ({ pnl_usd, fees_usd, funding_usd }: BacktestTrade): number =>
  pnl_usd - fees_usd + funding_usd

/** The last equity of each UTC day, with the start before the first. A point at midnight belongs to the day that ends. */
export function dailyEquity(run: BacktestRun, startUsd: number): EquityPoint[] {
  const { equityTs, equityUsd } = run
  const [first] = equityTs
  if (first === undefined) return []
  const points: EquityPoint[] = [{ ts: (Math.ceil(first / DAY_MS) - 1) * DAY_MS, equity: startUsd }]
  for (let at = 0; at < equityTs.length; at += 1) {
    const day = Math.ceil((equityTs[at] as number) / DAY_MS) * DAY_MS
    const point = { ts: day, equity: equityUsd[at] as number }
    if (points.at(-1)?.ts === day) points[points.length - 1] = point
    else points.push(point)
  }
  return points
}

export function backtestReport(
  run: BacktestRun,
  {
    strategy,
    series,
    options,
  }: { strategy: string; series: readonly CandleSeries[]; options: BacktestOptions },
): BacktestReport {
  const { account } = run
  const start = options.equity_usd
  const end = account.cash / MICRO
  const daily = dailyEquity(run, start)
  const performance = performanceOf({
    equity: daily,
    trades: account.trades.map((trade) => ({
      ts: trade.exit_ts,
      pnl_usd: trade.pnl_usd + trade.funding_usd,
      fees_usd: trade.fees_usd,
    })),
    periods_per_year: 365,
  })
  const { fill, path, spread_bps, slippage_bps, stop_slippage_bps } = options
  const trades = account.trades.length
  return {
    strategy,
    coins: series.map(({ coin }) => coin),
    interval: series[0]?.interval ?? '',
    from_ts: run.equityTs[0] ?? 0,
    to_ts: run.equityTs.at(-1) ?? 0,
    bars: run.bars,
    equity_start_usd: start,
    equity_end_usd: end,
    return_pct: (end / start - 1) * 100,
    annual_return_pct: percent(performance.annual_return),
    sharpe: performance.sharpe,
    sortino: performance.sortino,
    max_drawdown_usd: run.maxDrawdownUsd,
    max_drawdown_pct: run.maxDrawdown * 100,
    profit_factor: performance.profit_factor,
    win_rate_pct: percent(performance.hit_rate),
    trades,
    average_trade_usd:
      trades === 0 ? null : account.trades.reduce((sum, trade) => sum + netOf(trade), 0) / trades,
    ...exposureOf(run),
    volume_usd: account.volume / MICRO,
    fees_usd: account.fees / MICRO,
    funding_usd: account.funding / MICRO,
    funding_known: series.some(({ funding }) => funding.ts.length > 0),
    holding_return_pct: holdingOf(series[0], run),
    ruined: run.ruined,
    ended_by: run.endedBy,
    by_exit_reason: groups(account.trades, ({ exit_reason }) => exit_reason),
    by_coin: groups(account.trades, ({ coin }) => coin),
    by_side: groups(account.trades, ({ side }) => side),
    gates: Object.entries(run.gates)
      .map(([gate, times]) => ({ gate, times }))
      .sort((a, b) => b.times - a.times),
    model: { fill, path, spread_bps, slippage_bps, stop_slippage_bps },
  }
}

function exposureOf({
  equityUsd,
  grossUsd,
}: BacktestRun): Pick<BacktestReport, 'exposure_pct' | 'gross_exposure'> {
  if (grossUsd.length === 0) return { exposure_pct: null, gross_exposure: null }
  let [held, ratio] = [0, 0]
  for (let at = 0; at < grossUsd.length; at += 1) {
    const [gross, equity] = [grossUsd[at] as number, equityUsd[at] as number]
    if (gross > 0) held += 1
    if (equity > 0) ratio += gross / equity
  }
  return { exposure_pct: (100 * held) / grossUsd.length, gross_exposure: ratio / grossUsd.length }
}

function holdingOf(series: CandleSeries | undefined, { equityTs }: BacktestRun): number | null {
  const [from, to] = [equityTs[0], equityTs.at(-1)]
  if (!series || from === undefined || to === undefined) return null
  const first = series.openTs.findIndex((ts) => ts >= from)
  const last = series.openTs.findLastIndex((ts) => ts < to)
  if (first < 0 || last <= first) return null
  return ((series.close[last] as number) / (series.open[first] as number) - 1) * 100
}

/** Trades by a name, the largest group first. */
export function groups(
  trades: readonly BacktestTrade[],
  nameOf: (trade: BacktestTrade) => string,
): TradeGroup[] {
  const byName = new Map<string, TradeGroup>()
  for (const trade of trades) {
    const name = nameOf(trade)
    const group = byName.get(name) ?? { name, trades: 0, wins: 0, net_usd: 0, average_net_usd: 0 }
    const net = netOf(trade)
    group.trades += 1
    if (net > 0) group.wins += 1
    group.net_usd += net
    group.average_net_usd = group.net_usd / group.trades
    byName.set(name, group)
  }
  return [...byName.values()].sort((a, b) => b.trades - a.trades || (a.name < b.name ? -1 : 1))
}
