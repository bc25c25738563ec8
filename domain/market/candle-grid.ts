/** The grid that a candle table must fill: which opening times are missing, in which stretches, and whether smaller candles add up. */
// Not here: fetching and storing them (activities/candle-check.ts, activities/backfill.ts), folding trades (candle.ts).
import type { CandleEvent } from '#domain/events.ts'
import { formatFixed, maxE8, minE8, parseFixed } from '#domain/fixed-point.ts'
import { type CandleInterval, candleOpen, type EpochMs, INTERVAL_MS, nextCandleOpen } from '#domain/time.ts'

/** Opening times of a grid from the candle that `fromTs` falls in to the last one that is closed at `untilTs`. */
export function gridOpens(fromTs: EpochMs, untilTs: EpochMs, interval: CandleInterval): EpochMs[] {
  const opens: EpochMs[] = []
  const end = candleOpen(untilTs, interval)
  for (let at = candleOpen(fromTs, interval); at < end; at = nextCandleOpen(at, interval)) opens.push(at)
  return opens
}

/** A run of neighbouring candles, both ends included. */
export interface CandleSpan {
  fromOpenTs: EpochMs
  toOpenTs: EpochMs
}

/** Missing opening times joined to spans, so that one request asks for many. `opens` ascending. */
export function spansOf(opens: readonly EpochMs[], interval: CandleInterval): CandleSpan[] {
  const spans: CandleSpan[] = []
  for (const open of opens) {
    const last = spans.at(-1)
    if (last && nextCandleOpen(last.toOpenTs, interval) === open) last.toOpenTs = open
    else spans.push({ fromOpenTs: open, toOpenTs: open })
  }
  return spans
}

export const LIMITS = {
  /** Spans that lie closer than so many candles are asked for together: a request costs more than a few rows. */
  bridgeCandles: 60,
  /** The venue keeps so many candles of an interval. Source: wire contract, candleSnapshot. */
  venueCandlesMax: 5_000,
} as const

/** Spans that are near each other become one, so that scattered holes do not cost a request each. */
export function bridgedSpans(spans: readonly CandleSpan[], interval: CandleInterval): CandleSpan[] {
  const bridgeMs = LIMITS.bridgeCandles * (interval === '1M' ? 31 * INTERVAL_MS['1d'] : INTERVAL_MS[interval])
  const joined: CandleSpan[] = []
  for (const span of spans) {
    const last = joined.at(-1)
    if (last && span.fromOpenTs - last.toOpenTs <= bridgeMs) last.toOpenTs = span.toOpenTs
    else joined.push({ ...span })
  }
  return joined
}

/** Candle figures that two sources must agree in. */
export type CandleFigures = Pick<
  CandleEvent,
  'openTs' | 'open' | 'high' | 'low' | 'close' | 'volume' | 'trades'
>

/**
 * One longer candle from its shorter ones. Shorter intervals without a trade may be absent.
 * @param parts ascending, all within one longer candle  @returns null without parts
 */
export function rolledUp(parts: readonly CandleFigures[], interval: CandleInterval): CandleFigures | null {
  const [first, last] = [parts[0], parts.at(-1)]
  if (!first || !last) return null
  let high = parseFixed(first.high)
  let low = parseFixed(first.low)
  let volume = 0n
  let trades = 0
  for (const part of parts) {
    high = maxE8(high, parseFixed(part.high))
    low = minE8(low, parseFixed(part.low))
    volume += parseFixed(part.volume)
    trades += part.trades
  }
  return {
    openTs: candleOpen(first.openTs, interval),
    open: first.open,
    high: formatFixed(high),
    low: formatFixed(low),
    close: last.close,
    volume: formatFixed(volume),
    trades,
  }
}

/** Names of the figures in which two candles differ; numbers count, not how they are written. */
export function differingFigures(a: CandleFigures, b: CandleFigures): string[] {
  const texts = (['open', 'high', 'low', 'close', 'volume'] as const).filter(
    (name) => parseFixed(a[name]) !== parseFixed(b[name]),
  )
  return a.trades === b.trades ? texts : [...texts, 'trades']
}

/** A longer candle of the venue beside the one that shorter candles give. */
export interface RollUpDifference {
  openTs: EpochMs
  figures: string[]
}

/**
 * Compares the longer candles that lie wholly inside [fromTs, untilTs) with the roll-up of the shorter ones. A longer candle whose
 * shorter ones are absent altogether is not compared: absence is what the grid reports.
 */
export function compareRollUp(options: {
  shorter: readonly CandleFigures[]
  longer: readonly CandleFigures[]
  interval: CandleInterval
  fromTs: EpochMs
  untilTs: EpochMs
}): { compared: number; differences: RollUpDifference[] } {
  const { shorter, longer, interval, fromTs, untilTs } = options
  const parts = Map.groupBy(shorter, ({ openTs }) => candleOpen(openTs, interval))
  let compared = 0
  const differences: RollUpDifference[] = []
  for (const candle of longer) {
    if (candle.openTs < fromTs || nextCandleOpen(candle.openTs, interval) > untilTs) continue
    const own = rolledUp(parts.get(candle.openTs) ?? [], interval)
    if (!own) continue
    compared++
    const figures = differingFigures(own, candle)
    if (figures.length > 0) differences.push({ openTs: candle.openTs, figures })
  }
  return { compared, differences }
}

/** The longest stored interval that adds up to a longer one, e.g. 5m for 15m of 1m, 5m, 15m; null when none does. */
export function rollUpSource(
  interval: CandleInterval,
  stored: readonly CandleInterval[],
): CandleInterval | null {
  const length = (each: CandleInterval): number =>
    each === '1M' ? Number.POSITIVE_INFINITY : INTERVAL_MS[each]
  const dividing = stored
    .filter((each) => each !== '1M' && each !== interval && length(each) < length(interval))
    // Months are made of days, weeks and three-day candles are not.
    .filter((each) =>
      interval === '1M' ? length(each) <= INTERVAL_MS['1d'] : length(interval) % length(each) === 0,
    )
  return dividing.sort((a, b) => length(b) - length(a))[0] ?? null
}
