/** Candles of one coin and interval as they form and close, gaps filled flat, bounded in memory. */
import { assert } from '#domain/errors.ts'
import type { CandleEvent } from '#domain/events.ts'
import { toClosedCandle } from '#domain/market/candle.ts'
import type { ClosedCandle } from '#domain/session/types.ts'
import { type CandleInterval, candleOpen, type EpochMs, nextCandleOpen } from '#domain/time.ts'

export const LIMITS = {
  /** Closed candles kept; older ones are forgotten. The venue's own history has 5,000. */
  closedCandlesMax: 5_000,
  /** Intervals without a trade that are filled with flat candles; a longer hole stays a hole. */
  filledCandlesMax: 1_440,
} as const
assert(LIMITS.filledCandlesMax < LIMITS.closedCandlesMax, 'a filled hole must fit')

/**
 * A candle closes when a later one appears or when market time passes its last millisecond. Intervals without a trade, for which
 * the venue sends nothing, become flat candles at the previous close, so that indicators see every bar.
 */
export class CandleSeries {
  private readonly closed: ClosedCandle[] = []
  private current: CandleEvent | null = null
  /** Opening time since which every candle was seen: only later silence means that there was no trade. */
  private continuousFromTs: EpochMs = Number.POSITIVE_INFINITY
  private readonly interval: CandleInterval

  constructor(interval: CandleInterval) {
    this.interval = interval
  }

  /** The candle that is forming, or null when market time has passed the last one known. */
  forming(): CandleEvent | null {
    return this.current
  }

  /** Closed candles with a later opening time, oldest first. */
  closedAfter(openTs: EpochMs): ClosedCandle[] {
    let from = this.closed.length
    while (from > 0 && (this.closed[from - 1] as ClosedCandle).openTs > openTs) from--
    return this.closed.slice(from)
  }

  apply(candle: CandleEvent): void {
    this.continuousFromTs = Math.min(this.continuousFromTs, candle.openTs)
    if (this.current && candle.openTs > this.current.openTs) this.closeCurrent(this.current)
    const last = this.closed.at(-1)
    const isPast =
      (last && candle.openTs <= last.openTs) || (this.current && candle.openTs < this.current.openTs)
    if (isPast) {
      this.put(toClosedCandle(candle))
    } else if (!this.current || candle.receivedTs >= this.current.receivedTs) {
      this.fillUntil(candle.openTs)
      this.current = candle
    }
  }

  /** Market time has reached `ts`. */
  passTime(ts: EpochMs): void {
    if (this.current && ts > this.current.closeTs) this.closeCurrent(this.current)
    if (!this.current) this.fillUntil(candleOpen(ts, this.interval))
  }

  /** The stream was cut. The forming candle is dropped, because it may lack trades, and the hole stays one until it is seeded. */
  interrupt(): void {
    this.current = null
    this.continuousFromTs = Number.POSITIVE_INFINITY
  }

  private closeCurrent(current: CandleEvent): void {
    this.current = null
    this.put(toClosedCandle(current))
  }

  /** Puts a closed candle in its place; a later word about one replaces it. */
  private put(candle: ClosedCandle): void {
    let at = this.closed.length
    while (at > 0 && (this.closed[at - 1] as ClosedCandle).openTs >= candle.openTs) at--
    const replaces = this.closed[at]?.openTs === candle.openTs
    this.closed.splice(at, replaces ? 1 : 0, candle)
    this.trim()
  }

  private fillUntil(untilOpenTs: EpochMs): void {
    const last = this.closed.at(-1)
    if (!last || last.openTs < this.continuousFromTs) return
    const { close } = last
    const flats: ClosedCandle[] = []
    for (let at = nextCandleOpen(last.openTs, this.interval); at < untilOpenTs; ) {
      if (flats.length === LIMITS.filledCandlesMax) return
      flats.push({ ...last, openTs: at, open: close, high: close, low: close, volume: 0 })
      at = nextCandleOpen(at, this.interval)
    }
    this.closed.push(...flats)
    this.trim()
  }

  private trim(): void {
    const surplus = this.closed.length - LIMITS.closedCandlesMax
    if (surplus > 0) this.closed.splice(0, surplus)
  }
}
