/** One coin within a running backtest: its candle, position, resting stop and target, and the orders that wait for the next open. */
// Not here: the loop over time (run.ts), the decisions (decide.ts).
import { type Account, execute, flat, type Holding, payFunding } from '#domain/backtest/account.ts'
import { fillPrice, reached, stopFillPrice } from '#domain/backtest/market-model.ts'
import type { BacktestOptions } from '#domain/backtest/options.ts'
import type { CandleSeries } from '#domain/backtest/series.ts'
import type { ClosedCandle } from '#domain/session/types.ts'
import type { PlannedOrder } from '#domain/strategies/plan.ts'
import { NOTHING_SHARED } from '#domain/strategies/step.ts'
import type { CandleStrategy, StrategyInput } from '#domain/strategies/strategy.ts'

export interface PendingOrder extends PlannedOrder {
  reason: string
}

/** Changed in place, bar after bar. */
export interface CoinRun<Params, State> {
  series: CandleSeries
  params: Params
  state: State
  isTraded: boolean
  /** Index of the next candle. */
  next: number
  hasBar: boolean
  candle: ClosedCandle
  input: StrategyInput
  holding: Holding
  /** Resting at the venue, USD per coin; 0 for none. */
  stopPx: number
  targetPx: number
  pending: PendingOrder[]
  /** Index of the next funding that is not paid yet. */
  fundingAt: number
}

export function openCoin<Params, State>(
  series: CandleSeries,
  strategy: CandleStrategy<Params, State>,
  params: Params,
  isTraded: boolean,
): CoinRun<Params, State> {
  const candle: ClosedCandle = {
    coin: series.coin,
    interval: series.interval,
    openTs: 0,
    open: 0.5,
    high: 0.5,
    low: 0.5,
    close: 0.5,
    volume: 0.5,
  }
  return {
    series,
    params,
    state: strategy.init(params),
    isTraded,
    next: 0,
    hasBar: false,
    candle,
    input: {
      ...NOTHING_SHARED,
      candle,
      nowTs: 0,
      position: 0,
      entryPx: 0,
      bid: null,
      ask: null,
      markPx: null,
      oraclePx: null,
      fundingRate: null,
      sizeDecimals: series.sizeDecimals,
      leverageMax: series.leverageMax,
      pending: false,
      stale: false,
    },
    holding: flat(),
    stopPx: 0,
    targetPx: 0,
    pending: [],
    fundingAt: 0,
  }
}

/** Reads candle `at` into the one candle object of the coin. */
export function readBar({ candle, series }: AnyCoin, at: number): void {
  candle.openTs = series.openTs[at] as number
  candle.open = series.open[at] as number
  candle.high = series.high[at] as number
  candle.low = series.low[at] as number
  candle.close = series.close[at] as number
  candle.volume = series.volume[at] as number
}

type AnyCoin = Pick<
  CoinRun<unknown, unknown>,
  'series' | 'candle' | 'holding' | 'stopPx' | 'targetPx' | 'pending' | 'fundingAt' | 'input'
>

/** Sends what was decided to a market that stands at `px`. An IOC that finds no match is gone. */
export function fillPending(
  coin: AnyCoin,
  account: Account,
  ts: number,
  px: number,
  options: BacktestOptions,
): void {
  for (const order of coin.pending) {
    const { holding, series } = coin
    const held = Math.sign(holding.sz)
    const sign = order.side === 'buy' ? 1 : -1
    // The entry of a flip is only sent once its exit is through; what reduces needs something to reduce.
    if (order.opens ? held === -sign : held !== -sign) continue
    const at = fillPrice(order.side, order.px, px, options, series.sizeDecimals)
    if (at === 0) continue
    const sz = order.opens ? order.sz : Math.min(order.sz, Math.abs(holding.sz))
    execute(account, holding, {
      ts,
      coin: series.coin,
      side: order.side,
      px: at,
      sz,
      purpose: order.purpose,
      reason: order.reason,
    })
  }
  coin.pending.length = 0
}

/** Resting stop and target against the path of the bar. */
export function walkPath(coin: AnyCoin, account: Account, ts: number, options: BacktestOptions): void {
  const { candle, holding, series, stopPx, targetPx } = coin
  const side = Math.sign(holding.sz)
  const what = reached(side, stopPx, targetPx, candle, options.path)
  if (what === 'none') return
  const px =
    what === 'stop'
      ? stopFillPrice(side, stopPx, candle.open, options, series.sizeDecimals)
      : side > 0
        ? Math.max(targetPx, candle.open)
        : Math.min(targetPx, candle.open)
  execute(account, holding, {
    ts,
    coin: series.coin,
    side: side > 0 ? 'sell' : 'buy',
    px,
    sz: Math.abs(holding.sz),
    purpose: what,
    reason: what === 'stop' ? 'STOP_AT_EXCHANGE' : 'TARGET_AT_EXCHANGE',
  })
  coin.stopPx = 0
  coin.targetPx = 0
}

/** A record that comes a little after the full hour still belongs to it. */
const FUNDING_LATE_MS = 60_000

/** Pays what became due until the bar's close, at its close; remembers the newest rate. */
export function payDueFunding(coin: AnyCoin, account: Account, closeTs: number, isLive: boolean): void {
  const { ts, rate } = coin.series.funding
  while (coin.fundingAt < ts.length && (ts[coin.fundingAt] as number) <= closeTs + FUNDING_LATE_MS) {
    const due = rate[coin.fundingAt] as number
    coin.input.fundingRate = due
    coin.fundingAt += 1
    if (isLive && coin.holding.sz !== 0) payFunding(account, coin.holding, coin.candle.close, due)
  }
}

/**
 * What is still held at the end is closed at the last close, so that every trade is counted.
 * @param killedBy a limit that ended the run: then it leaves at the market, as a stop would
 */
export function closeAtEnd(
  coin: AnyCoin,
  account: Account,
  ts: number,
  options: BacktestOptions,
  killedBy: string | null = null,
): void {
  const { candle, holding, series } = coin
  if (holding.sz === 0) return
  const side = Math.sign(holding.sz)
  execute(account, holding, {
    ts,
    coin: series.coin,
    side: side > 0 ? 'sell' : 'buy',
    px: stopFillPrice(
      side,
      candle.close,
      candle.close,
      killedBy === null ? { ...options, stop_slippage_bps: 0 } : options,
      series.sizeDecimals,
    ),
    sz: Math.abs(holding.sz),
    purpose: 'end',
    reason: killedBy ?? 'END_OF_DATA',
  })
}
