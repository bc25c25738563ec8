/** Candles as the prices of a venue in virtual time: the book at each close, and what is traded on the way to the next. */
// Not here: the venue (paper-venue.ts), the session that acts on it (candle-world.ts).
import { askAt, bidAt } from '#domain/backtest/market-model.ts'
import type { BacktestOptions } from '#domain/backtest/options.ts'
import type { CandleSeries } from '#domain/backtest/series.ts'
import { formatFixed, fromNumber } from '#domain/fixed-point.ts'
import type { MarketView } from '#domain/session/ports.ts'
import type { ClosedCandle } from '#domain/session/types.ts'
import type { PaperVenue } from './paper-venue.ts'
import type { Scheduler } from './scheduler.ts'

/** A bar of market time in virtual milliseconds: the session acts on the close, then the next bar's prices pass. */
const ACT_MS = 900
const STEP_MS = 20

const text = (value: number): string => formatFixed(fromNumber(value))

/**
 * Candles as prices. At a close the book stands around it and the session acts. Then the next bar passes: its open, its end against
 * the position, its other end; on the way each trigger's own price is traded, as a continuous market would, and nothing rests between them.
 */
export function createTape(
  scheduler: Scheduler,
  paper: PaperVenue,
  series: readonly CandleSeries[],
  options: BacktestOptions,
) {
  const closed: ClosedCandle[] = []
  const starts: { virtualMs: number; at: number }[] = []
  const bars = Math.min(...series.map(({ openTs }) => openTs.length))
  const [first] = series
  const openTs = (at: number): number => first?.openTs[at] ?? 0
  const hour = openTs(1) - openTs(0)

  const closeBar = (at: number): void => {
    for (const each of series) {
      closed.push(candleAt(each, at))
      const px = each.close[at] as number
      const quote = { bid: bidAt(px, options, each.sizeDecimals), ask: askAt(px, options, each.sizeDecimals) }
      paper.quote(each.coin, { ...quote, mark: px })
    }
    starts.push({ virtualMs: scheduler.nowMs, at })
  }

  /** What is traded is what a closing order gets: the bid of a long position, the ask of a short one. */
  const trade = ({ coin, sizeDecimals }: CandleSeries, px: number): void => {
    const tick = 10 ** -(6 - sizeDecimals)
    const isShort = paper.held(coin) < 0
    paper.quote(coin, { bid: isShort ? px - tick : px, ask: isShort ? px : px + tick, mark: px })
  }

  const pass = (each: CandleSeries, at: number): void => {
    const [open, high, low] = [each.open, each.high, each.low].map((column) => column[at] as number)
    trade(each, open as number)
    const isShort = paper.held(each.coin) < 0
    let px = open as number
    for (const end of (isShort ? [high, low] : [low, high]) as number[]) {
      const way = Math.sign(end - px)
      const between = (level: number): boolean => (level - px) * way > 0 && (end - level) * way >= 0
      for (const level of paper
        .triggers(each.coin)
        .filter(between)
        .sort((a, b) => (a - b) * way))
        trade(each, level)
      trade(each, end)
      px = end
    }
  }

  const tape = {
    closed,
    onMove: (): void => undefined,
    warmUp(until: number): void {
      for (let at = 0; at < until; at += 1) closeBar(at)
      starts.length = 0
    },
    /** Passes one bar after the other, then calls back once the session had its time. */
    play(from: number, over: () => void): void {
      const step = (at: number): void => {
        if (at >= bars) {
          over()
          return
        }
        for (const each of series) pass(each, at)
        tape.onMove()
        scheduler.after(STEP_MS, () => {
          closeBar(at)
          tape.onMove()
          scheduler.after(ACT_MS, () => step(at + 1))
        })
      }
      scheduler.after(ACT_MS, () => step(from))
    },
    /** Market time of what happened at a virtual moment: the close that was acted on, or the close of the bar whose prices fired it. */
    marketTs(virtualMs: number, isTrigger: boolean): number {
      const last = starts.findLast((each) => each.virtualMs <= virtualMs)
      const at = (last?.at ?? 0) + (isTrigger ? 1 : 0)
      return openTs(at) + hour
    },
    view: {
      bbo(coin) {
        const { bid, ask } = paper.quoteOf(coin)
        const level = (px: number) => ({ px: text(px), sz: '1000000', n: 1 })
        const ts = scheduler.nowMs
        return { kind: 'bbo', coin, ts, bid: level(bid), ask: level(ask), receivedTs: ts }
      },
      book: () => null,
      lastTrade: () => null,
      markPx: (coin) => text(paper.quoteOf(coin).mark),
      ageMs: () => 0,
      candle: () => null,
      closedCandles: (coin, interval, after) =>
        newest(closed, after).filter((each) => each.coin === coin && each.interval === interval),
      sizeDecimals: (coin) => series.find((each) => each.coin === coin)?.sizeDecimals ?? 0,
    } satisfies MarketView,
  }
  return tape
}

/** Those that opened later; the list is in order of time. */
function newest(closed: readonly ClosedCandle[], after: number): ClosedCandle[] {
  let from = closed.length
  while (from > 0 && (closed[from - 1] as ClosedCandle).openTs > after) from -= 1
  return closed.slice(from)
}

const candleAt = (series: CandleSeries, at: number): ClosedCandle => ({
  ...{ coin: series.coin, interval: series.interval, openTs: series.openTs[at] as number },
  ...{ open: series.open[at] as number, high: series.high[at] as number, low: series.low[at] as number },
  ...{ close: series.close[at] as number, volume: series.volume[at] as number },
})
