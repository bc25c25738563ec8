/** Candles: folded from trades, closed by time, with gaps named instead of papered over. */
// Not here: the venue's own candle frames (exchange/wire/parse-frame.ts), candle bounds (domain/time.ts).
import type { CandleEvent, TradeEvent } from '#domain/events.ts'
import { formatFixed, maxE8, minE8, parseFixed } from '#domain/fixed-point.ts'
import type { ClosedCandle } from '#domain/session/types.ts'
import { type CandleInterval, candleOpen, type EpochMs, nextCandleOpen } from '#domain/time.ts'

/** A closed candle in the numbers that indicators compute with. */
export function toClosedCandle(candle: CandleEvent): ClosedCandle {
  return {
    coin: candle.coin,
    interval: candle.interval,
    openTs: candle.openTs,
    open: Number(candle.open),
    high: Number(candle.high),
    low: Number(candle.low),
    close: Number(candle.close),
    volume: Number(candle.volume),
  }
}

/** True once market time has passed the candle's last millisecond. */
export const isClosedAt = (candle: Pick<CandleEvent, 'closeTs'>, marketTs: EpochMs): boolean =>
  marketTs > candle.closeTs

/**
 * Adds a trade to the forming candle, which it may close.
 * @param forming null before the first trade; a trade older than it is ignored, because its candle is history
 */
export function foldTrade(
  forming: CandleEvent | null,
  trade: TradeEvent,
  interval: CandleInterval,
): { forming: CandleEvent; closed: CandleEvent | null } {
  if (forming && trade.ts < forming.openTs) return { forming, closed: null }
  if (forming && !isClosedAt(forming, trade.ts)) return { forming: withTrade(forming, trade), closed: null }
  return { forming: firstCandle(trade, interval), closed: forming }
}

function firstCandle(trade: TradeEvent, interval: CandleInterval): CandleEvent {
  return {
    kind: 'candle',
    coin: trade.coin,
    interval,
    openTs: candleOpen(trade.ts, interval),
    closeTs: nextCandleOpen(trade.ts, interval) - 1,
    open: trade.px,
    high: trade.px,
    low: trade.px,
    close: trade.px,
    volume: trade.sz,
    trades: 1,
    receivedTs: trade.receivedTs,
  }
}

function withTrade(candle: CandleEvent, trade: TradeEvent): CandleEvent {
  const px = parseFixed(trade.px)
  return {
    ...candle,
    high: formatFixed(maxE8(parseFixed(candle.high), px)),
    low: formatFixed(minE8(parseFixed(candle.low), px)),
    close: trade.px,
    volume: formatFixed(parseFixed(candle.volume) + parseFixed(trade.sz)),
    trades: candle.trades + 1,
    receivedTs: trade.receivedTs,
  }
}

/** Opening times that lie between two candles of one series and have no candle; [] for neighbours. */
export function missingOpens(
  afterOpenTs: EpochMs,
  beforeOpenTs: EpochMs,
  interval: CandleInterval,
): EpochMs[] {
  const missing: EpochMs[] = []
  for (let at = nextCandleOpen(afterOpenTs, interval); at < beforeOpenTs; at = nextCandleOpen(at, interval)) {
    missing.push(at)
  }
  return missing
}

/** Oldest first, each opening time once (the later mention wins), nothing at or before `afterOpenTs`. */
export function mergeCandles(
  lists: readonly (readonly ClosedCandle[])[],
  afterOpenTs: EpochMs,
): ClosedCandle[] {
  const byOpen = new Map<EpochMs, ClosedCandle>()
  for (const candle of lists.flat()) if (candle.openTs > afterOpenTs) byOpen.set(candle.openTs, candle)
  return [...byOpen.values()].sort((a, b) => a.openTs - b.openTs)
}
