/** Performance of an account, a session, a model or a backtest over any window: one report from an equity curve and its trades. */
// Not here: the single statistics (performance-returns.ts), where curve and trades come from.
import {
  annualised,
  DAYS_PER_YEAR,
  type Drawdown,
  type EquityPoint,
  known,
  maxDrawdown,
  mean,
  moneyWeightedReturn,
  periodReturns,
  SMALLEST_USD,
  sampleStd,
  sharpe,
  sortino,
  sum,
  timeWeightedReturn,
} from '#domain/performance-returns.ts'
import { DAY_MS, type EpochMs } from '#domain/time.ts'

/** One closed trade (or closing fill). */
export interface ClosedTrade {
  ts: EpochMs
  /** USD, gross of fees. */
  pnl_usd: number
  fees_usd: number
}

/** What was held at a moment, for exposure; it holds until the next one. */
export interface ExposurePoint {
  ts: EpochMs
  /** Σ |position| × price, USD. */
  gross_usd: number
  /** Σ signed position × price, USD. */
  net_usd: number
}

export interface PerformanceInput {
  /** By time. Points at even distance (days, hours) make ratios comparable. */
  equity: readonly EquityPoint[]
  trades?: readonly ClosedTrade[]
  exposure?: readonly ExposurePoint[]
  /** Σ size × price of all fills, USD. */
  volume_usd?: number
  /** Price of what one could have held instead, at the first and at the last point. */
  benchmark?: readonly { ts: EpochMs; px: number }[]
  /** Unset: from the mean distance of the points. */
  periods_per_year?: number
}

/** All fractions, not percent; null is unknown. */
export interface Performance {
  from_ts: EpochMs | null
  to_ts: EpochMs | null
  points: number
  start_equity_usd: number | null
  end_equity_usd: number | null
  net_flow_usd: number
  /** End − start − flows. */
  profit_usd: number | null
  time_weighted_return: number | null
  /** Per year. */
  money_weighted_return: number | null
  annual_return: number | null
  annual_vol: number | null
  sharpe: number | null
  sortino: number | null
  /** Annual return ÷ deepest drawdown. */
  calmar: number | null
  max_drawdown: Drawdown | null
  /** Time-weighted mean of gross ÷ equity. */
  gross_exposure: number | null
  net_exposure: number | null
  /** Share of the time with any position. */
  time_in_market: number | null
  /** Volume ÷ mean equity, per day. */
  daily_turnover: number | null
  trades: number
  /** Share of trades that won after their fees. */
  hit_rate: number | null
  /** Won ÷ lost, after fees; null without a loss. */
  profit_factor: number | null
  average_win_usd: number | null
  average_loss_usd: number | null
  fees_usd: number
  /** Fees ÷ profit before fees; null unless that is positive. */
  fee_share: number | null
  /** Return of holding the benchmark instead. */
  holding_return: number | null
  /** Time-weighted return − holding. */
  excess_return: number | null
}

/** Cuts an input to from ≤ ts ≤ to; the flow of the first point kept belongs to the time before it and is dropped. */
export function inWindow(input: PerformanceInput, from: EpochMs, to: EpochMs): PerformanceInput {
  const inside = <T extends { ts: EpochMs }>(rows: readonly T[]): T[] =>
    rows.filter(({ ts }) => ts >= from && ts <= to)
  return {
    ...input,
    equity: inside(input.equity).map((point, at) => (at === 0 ? { ...point, flow: 0 } : point)),
    ...(input.trades && { trades: inside(input.trades) }),
    ...(input.exposure && { exposure: inside(input.exposure) }),
    ...(input.benchmark && { benchmark: inside(input.benchmark) }),
  }
}

/** The whole report. Empty input gives nulls and zeros, never NaN. */
export function performanceOf(input: PerformanceInput): Performance {
  const { equity } = input
  const [first, last] = [equity[0] ?? null, equity.at(-1) ?? null]
  const lengthMs = first && last ? last.ts - first.ts : 0
  const returns = periodReturns(equity)
  const perYear = input.periods_per_year ?? periodsPerYear(equity)
  const total = timeWeightedReturn(returns)
  const yearly = annualised(total, lengthMs)
  const drawdown = maxDrawdown(equity)
  const spread = sampleStd(known(returns))
  const flows = sum(equity.slice(1).map(({ flow }) => flow ?? 0))
  const holding = holdingReturn(input.benchmark ?? [])
  return {
    from_ts: first?.ts ?? null,
    to_ts: last?.ts ?? null,
    points: equity.length,
    start_equity_usd: first?.equity ?? null,
    end_equity_usd: last?.equity ?? null,
    net_flow_usd: flows,
    profit_usd: first && last ? last.equity - first.equity - flows : null,
    time_weighted_return: total,
    money_weighted_return: moneyWeightedReturn(equity),
    annual_return: yearly,
    annual_vol: spread === null ? null : spread * Math.sqrt(perYear),
    sharpe: sharpe(returns, perYear),
    sortino: sortino(returns, perYear),
    calmar: yearly === null || !drawdown || drawdown.fraction === 0 ? null : yearly / drawdown.fraction,
    max_drawdown: drawdown,
    ...exposureOf(input.exposure ?? [], equity),
    daily_turnover: turnover(input.volume_usd, equity, lengthMs),
    ...tradeStatistics(input.trades ?? []),
    holding_return: holding,
    excess_return: total === null || holding === null ? null : total - holding,
  }
}

function periodsPerYear(points: readonly EquityPoint[]): number {
  const [first, last] = [points[0], points.at(-1)]
  if (!first || !last || last.ts <= first.ts) return DAYS_PER_YEAR
  return (DAYS_PER_YEAR * DAY_MS * (points.length - 1)) / (last.ts - first.ts)
}

function exposureOf(
  held: readonly ExposurePoint[],
  equity: readonly EquityPoint[],
): Pick<Performance, 'gross_exposure' | 'net_exposure' | 'time_in_market'> {
  const end = equity.at(-1)?.ts ?? 0
  let [gross, net, inMarket, time] = [0, 0, 0, 0]
  let at = 0
  for (const [index, point] of held.entries()) {
    while ((equity[at + 1]?.ts ?? Number.POSITIVE_INFINITY) <= point.ts) at += 1
    const worth = equity[at]?.equity ?? 0
    const lasts = Math.max(0, Math.min(held[index + 1]?.ts ?? end, end) - point.ts)
    if (worth < SMALLEST_USD) continue
    gross += (point.gross_usd / worth) * lasts
    net += (point.net_usd / worth) * lasts
    if (point.gross_usd > 0) inMarket += lasts
    time += lasts
  }
  if (time === 0) return { gross_exposure: null, net_exposure: null, time_in_market: null }
  return { gross_exposure: gross / time, net_exposure: net / time, time_in_market: inMarket / time }
}

function turnover(
  volumeUsd: number | undefined,
  equity: readonly EquityPoint[],
  lengthMs: number,
): number | null {
  const average = mean(equity.map((point) => point.equity))
  if (volumeUsd === undefined || average === null || average < SMALLEST_USD || lengthMs <= 0) return null
  return volumeUsd / average / (lengthMs / DAY_MS)
}

/** Hit rate, profit factor and fee share of closed trades. */
export function tradeStatistics(
  trades: readonly ClosedTrade[],
): Pick<
  Performance,
  'trades' | 'hit_rate' | 'profit_factor' | 'average_win_usd' | 'average_loss_usd' | 'fees_usd' | 'fee_share'
> {
  const nets = trades.map(({ pnl_usd, fees_usd }) => pnl_usd - fees_usd)
  const [wins, losses] = [nets.filter((net) => net > 0), nets.filter((net) => net < 0)]
  const fees = sum(trades.map(({ fees_usd }) => fees_usd))
  const gross = sum(trades.map(({ pnl_usd }) => pnl_usd))
  return {
    trades: trades.length,
    hit_rate: trades.length === 0 ? null : wins.length / trades.length,
    profit_factor: -sum(losses) < SMALLEST_USD ? null : sum(wins) / -sum(losses),
    average_win_usd: mean(wins),
    average_loss_usd: mean(losses),
    fees_usd: fees,
    fee_share: gross < SMALLEST_USD ? null : fees / gross,
  }
}

/** Return of buying at the first price and holding to the last; null without two prices above 0. */
export function holdingReturn(prices: readonly { px: number }[]): number | null {
  const [first, last] = [prices[0]?.px ?? 0, prices.at(-1)?.px ?? 0]
  return prices.length >= 2 && first > 0 && last > 0 ? last / first - 1 : null
}
