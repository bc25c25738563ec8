/** One recorded candle as market events: the prices that pass within it, and the book that stands at its close. */
// Not here: when they are told (candles.ts). The way through a bar is the backtest's `adaptive` path (domain/backtest/market-model.ts).
import { ceilPriceNumber, floorPriceNumber } from '#domain/market/round-number.ts'
import type { EpochMs } from '#domain/time.ts'
import type { CoinSpec } from '#exchange/paper/engine/types.ts'
import { formatUnits, pow10 } from '#exchange/paper/engine/units.ts'
import type { SourceEvent, WaitingTrigger, WireLevel } from '#exchange/paper/sources/source.ts'

/** Prices in ticks, volume in lots. */
export interface Bar {
  openTs: EpochMs
  open: number
  high: number
  low: number
  close: number
  lots: number
}

export interface BarCoin {
  spec: CoinSpec
  lengthMs: number
  /** Distance of bid and ask while a close stands, basis points. */
  spreadBps: number
}

/** Depth of each side, USD: more than an account takes. */
const DEPTH_USD = 1e8
const BPS = 10_000
const HASH = `0x${'0'.repeat(64)}`
const NOBODY = `0x${'0'.repeat(40)}`

/** A price that passes, and whether it is one of the bar's own: only those are traded. */
interface Point {
  px: number
  isOwn: boolean
}

/**
 * Prices of a bar in their order: the open, the nearer end, the farther end, the close. Between them each price at which a trigger
 * waits, as a continuous market would pass it; what lies between is left out, because nobody could tell.
 */
export function pointsOf(bar: Bar, waiting: readonly WaitingTrigger[]): Point[] {
  const { open, high, low, close } = bar
  const points: Point[] = [{ px: open, isOwn: true }]
  let px = open
  for (const end of open - low <= high - open ? [low, high, close] : [high, low, close]) {
    const way = Math.sign(end - px)
    const between = waiting.map((each) => each.px).filter((at) => (at - px) * way > 0 && (end - at) * way > 0)
    for (const at of [...new Set(between)].sort((a, b) => (a - b) * way))
      points.push({ px: at, isOwn: false })
    points.push({ px: end, isOwn: true })
    px = end
  }
  return points
}

/** Events of a bar that passes. Its trades carry its volume; at each price the side that a trigger closes on stands at that price itself. */
export function passingEvents(
  coin: BarCoin,
  bar: Bar,
  waiting: readonly WaitingTrigger[],
  tid: () => number,
): SourceEvent[] {
  const points = pointsOf(bar, waiting)
  const trades = points.filter(({ isOwn }) => isOwn).length
  const part = Math.max(1, Math.floor(bar.lots / trades))
  let left = bar.lots
  return points.flatMap(({ px, isOwn }, at) => {
    // Never on a bound of the bar: each price has its own moment.
    const ts = bar.openTs + Math.floor((coin.lengthMs * (at + 1)) / (points.length + 1))
    const lots = at === points.length - 1 ? Math.max(1, left) : part
    const events = touchEvents(coin, ts, px, touchAt(px, waiting))
    if (!isOwn || bar.lots === 0) return events
    left -= lots
    return [tradeEvent(coin.spec, { px, lots, ts, tid: tid() }), ...events]
  })
}

/** The book around a close, at the first moment after the bar. */
export function closeEvents(coin: BarCoin, bar: Bar): SourceEvent[] {
  const { spec, spreadBps, lengthMs } = coin
  const ticks = pow10(spec.pxDecimals)
  const px = bar.close / ticks
  const half = spreadBps / 2 / BPS
  const bid = Math.round(floorPriceNumber(px * (1 - half), spec.szDecimals) * ticks)
  const ask = Math.round(ceilPriceNumber(px * (1 + half), spec.szDecimals) * ticks)
  return touchEvents(coin, bar.openTs + lengthMs, bar.close, { bid, ask })
}

/** The standing book once more, as the venue tells it twice a second whatever happens. */
export const standingEvents = (coin: BarCoin, bar: Bar): SourceEvent[] => closeEvents(coin, bar).slice(-1)

/** A closing order gets the price itself: a sell the bid, a buy the ask. */
function touchAt(px: number, waiting: readonly WaitingTrigger[]): { bid: number; ask: number } {
  const fired = waiting.filter((each) => (each.above ? px >= each.px : px <= each.px))
  const sells = fired.some(({ isBuy }) => !isBuy)
  const buys = fired.some(({ isBuy }) => isBuy)
  return { bid: buys && !sells ? px - 1 : px, ask: sells === buys && buys ? px : buys ? px : px + 1 }
}

/** Mark first, so that it holds from this quote on; the book last, so that whoever sees the quote sees all of it. */
function touchEvents(
  { spec }: BarCoin,
  ts: EpochMs,
  mark: number,
  touch: { bid: number; ask: number },
): SourceEvent[] {
  const price = formatUnits(mark, spec.pxDecimals)
  const level = (px: number): WireLevel => ({
    px: formatUnits(px, spec.pxDecimals),
    sz: formatUnits(
      Math.ceil((DEPTH_USD * pow10(spec.pxDecimals) * pow10(spec.szDecimals)) / mark),
      spec.szDecimals,
    ),
    n: 1,
  })
  const [bid, ask] = [level(touch.bid), level(touch.ask)]
  const context = { markPx: price, oraclePx: price, funding: '0.0' }
  return [
    { kind: 'context', coin: spec.name, ts, context },
    { kind: 'bbo', coin: spec.name, ts, bid, ask },
    { kind: 'book', coin: spec.name, ts, bids: [bid], asks: [ask] },
  ]
}

function tradeEvent(
  { name, pxDecimals, szDecimals }: CoinSpec,
  { px, lots, ts, tid }: { px: number; lots: number; ts: EpochMs; tid: number },
): SourceEvent {
  const trade = { px: formatUnits(px, pxDecimals), sz: formatUnits(lots, szDecimals), time: ts, tid }
  const users: [string, string] = [NOBODY, NOBODY]
  return { kind: 'trades', trades: [{ ...trade, coin: name, side: 'B', hash: HASH, users }] }
}
