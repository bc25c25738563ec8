/** A candle session over recorded candles: the coordinator's own decisions, with orders filled by the stated market model and positions folded from fills in exact decimals. */
// Not here: the backtest that has to agree with it (domain/backtest).
import { askAt, bidAt, fillPrice, reached, stopFillPrice } from '#domain/backtest/market-model.ts'
import type { BacktestOptions } from '#domain/backtest/options.ts'
import type { CandleSeries } from '#domain/backtest/series.ts'
import type { FillEvent, Side } from '#domain/events.ts'
import { formatFixed, fromNumber, parseFixed, toNumber } from '#domain/fixed-point.ts'
import { NOTHING_PENDING, type SessionBook } from '#domain/session/book.ts'
import { decideOnCandles } from '#domain/session/control-candles.ts'
import type { CandleSnapshot, ClosedCandle, Decision, PositionState } from '#domain/session/types.ts'
import { flatPosition, foldFill } from '#domain/trading/position.ts'
import { feeOf, feeTier } from '#domain/trading/venue-charges.ts'
import { limitsOf } from './segment-inputs.ts'
import { bookOf, candleSession, fakeEffects } from './session-effects.ts'

export interface SessionFill {
  ts: number
  coin: string
  side: Side
  px: number
  sz: number
  purpose: string
}

const HOUR_MS = 3_600_000

/** Runs one session bar by bar. @returns its fills and decisions in order */
export async function runPaperSession(
  params: Record<string, unknown>,
  series: readonly CandleSeries[],
  options: BacktestOptions,
  warmUpBars: number,
): Promise<{ fills: SessionFill[]; decisions: Omit<Decision, 'seq'>[] }> {
  const coins = series.map(({ coin }) => coin)
  const input = candleSession({
    coins,
    params,
    limits: { order_usd_max: 1e9, position_usd_max: 1e9, loss_usd_max: 1e9, open_orders_max: 1_000 },
  })
  const sizeDecimals = Object.fromEntries(series.map((each) => [each.coin, each.sizeDecimals]))
  const book = bookOf(input, {
    epoch: 1,
    sizeDecimals,
    limits: limitsOf({ order_usd_max: 1e9, position_usd_max: 1e9, loss_usd_max: 1e9 }),
  })
  const { effects } = fakeEffects()
  effects.history = async () => []
  const market = openMarket(series, options)
  const decisions: Omit<Decision, 'seq'>[] = []
  const bars = series[0]?.openTs.length ?? 0
  for (let at = 0; at < bars; at += 1) {
    const candles = series.map((each) => candleAt(each, at))
    if (at >= warmUpBars) {
      for (const candle of candles) {
        market.fill(book, candle)
        market.walk(book, candle)
      }
    }
    const ts = (candles[0]?.openTs ?? 0) + HOUR_MS
    const snapshot = market.snapshot(ts, candles)
    const before = book.checkpoint.decisionSeq
    // While it warms up it only watches: what it would have wanted is not sent.
    book.pending = { ...NOTHING_PENDING, stops: book.pending.stops }
    if (at < warmUpBars) await watch(book, effects, snapshot)
    else await decideOnCandles(book, effects, snapshot, { closeOnly: false, mayAct: () => true })
    if (at >= warmUpBars) decisions.push(...book.recent.filter(({ seq }) => seq >= before))
  }
  return { fills: market.fills, decisions }
}

/** A candle that is only observed, as `warmUp` does it. */
async function watch(
  book: SessionBook,
  effects: ReturnType<typeof fakeEffects>['effects'],
  snapshot: CandleSnapshot,
): Promise<void> {
  const { observeBar, openBar } = await import('#domain/strategies/step-bar.ts')
  const { candleStrategy } = await import('#domain/strategies/registry.ts')
  const params = book.params as { strategy: string; interval: '1h' }
  const strategy = candleStrategy(params.strategy)
  book.strategy = observeBar(
    strategy,
    book.strategy ?? openBar(strategy, book.coins, params),
    snapshot.candles,
    params,
  )
  const openTs = snapshot.candles[0]?.openTs ?? 0
  const candleOpenTs = Object.fromEntries(snapshot.candles.map(({ coin }) => [coin, openTs]))
  book.checkpoint = { ...book.checkpoint, lastCandleOpenTs: openTs, candleOpenTs }
  await effects.history({ coin: '', interval: '1h', bars: 0 })
}

const candleAt = (series: CandleSeries, at: number): ClosedCandle => ({
  coin: series.coin,
  interval: series.interval,
  openTs: series.openTs[at] as number,
  open: series.open[at] as number,
  high: series.high[at] as number,
  low: series.low[at] as number,
  close: series.close[at] as number,
  volume: series.volume[at] as number,
})

const text = (value: number): string => formatFixed(fromNumber(value))

/** The venue: positions in exact decimals, cash in micro-dollars. */
function openMarket(series: readonly CandleSeries[], options: BacktestOptions) {
  const decimals = new Map(series.map(({ coin, sizeDecimals }) => [coin, sizeDecimals]))
  const positions = new Map<string, PositionState>(series.map(({ coin }) => [coin, flatPosition(coin)]))
  const fills: SessionFill[] = []
  let cash = BigInt(Math.round(options.equity_usd * 1e6))
  const positionOf = (coin: string): PositionState => positions.get(coin) ?? flatPosition(coin)
  const signOf = (coin: string): number => Math.sign(Number(positionOf(coin).sz))

  function execute(fill: SessionFill): void {
    const notional = Math.round(fill.px * fill.sz * 1e6)
    const fee = feeOf(notional, feeTier(options.volume_14d_usd).cross)
    cash -= BigInt((fill.side === 'buy' ? notional : -notional) + fee)
    const event: FillEvent = {
      kind: 'fill',
      coin: fill.coin,
      side: fill.side,
      px: text(fill.px),
      sz: text(fill.sz),
      ts: fill.ts,
      fee: text(fee / 1e6),
      tid: fills.length + 1,
      crossed: true,
    } as FillEvent
    positions.set(fill.coin, foldFill(positionOf(fill.coin), event))
    fills.push(fill)
  }

  return {
    fills,
    fill(book: SessionBook, { coin, open, openTs }: ClosedCandle): void {
      for (const intent of book.pending.intents.filter((each) => each.coin === coin)) {
        const [held, sign] = [signOf(coin), intent.side === 'buy' ? 1 : -1]
        if (intent.reduce_only ? held !== -sign : held === -sign) continue
        const px = fillPrice(intent.side, Number(intent.px), open, options, decimals.get(coin) ?? 0)
        if (px > 0)
          execute({ ts: openTs, coin, side: intent.side, px, sz: Number(intent.sz), purpose: intent.purpose })
      }
    },
    walk(book: SessionBook, { coin, open, high, low, openTs }: ClosedCandle): void {
      const side = signOf(coin)
      const stop = book.pending.stops.find((each) => each.coin === coin)
      if (side === 0 || !stop) return
      if (reached(side, Number(stop.px), 0, { open, high, low }, options.path) !== 'stop') return
      const px = stopFillPrice(side, Number(stop.px), open, options, decimals.get(coin) ?? 0)
      const sz = Math.abs(Number(positionOf(coin).sz))
      execute({ ts: openTs + HOUR_MS, coin, side: side > 0 ? 'sell' : 'buy', px, sz, purpose: 'stop' })
    },
    snapshot(ts: number, candles: readonly ClosedCandle[]): CandleSnapshot {
      const worth = candles.reduce((sum, { coin, close }) => sum + Number(positionOf(coin).sz) * close, 0)
      const touchOf = ({ coin, close }: ClosedCandle) => ({
        bid: text(bidAt(close, options, decimals.get(coin) ?? 0)),
        ask: text(askAt(close, options, decimals.get(coin) ?? 0)),
      })
      return {
        ts,
        candles,
        positions: [...positions.values()],
        markPx: Object.fromEntries(candles.map(({ coin, close }) => [coin, text(close)])),
        touch: Object.fromEntries(candles.map((candle) => [candle.coin, touchOf(candle)])),
        equityUsd: formatFixed(parseFixed(text(toNumber(cash * 100n) + worth))),
        openOrders: 0,
      }
    },
  }
}
