/** Candles of one coin at all of the venue's intervals, folded from trades; the newest 5,000 of each are kept. */
import {
  CANDLE_INTERVALS,
  type CandleInterval,
  candleOpen,
  type EpochMs,
  INTERVAL_MS,
  nextCandleOpen,
} from '#domain/time.ts'
import type { CoinSpec } from '#exchange/paper/engine/types.ts'
import { formatUnits } from '#exchange/paper/engine/units.ts'
import type { HistoryCandle } from '#exchange/paper/sources/source.ts'

export const CANDLES_MAX = 5_000

/** Prices in ticks, volume in lots. */
export interface Candle {
  openTs: EpochMs
  closeTs: EpochMs
  open: number
  high: number
  low: number
  close: number
  volume: number
  /** Σ px × sz, micro-dollars as a float: for day statistics only. */
  notional: number
  trades: number
}

export interface CandleTrade {
  ts: EpochMs
  px: number
  sz: number
}

export interface CandleStore {
  /** Folds one trade. @returns intervals whose last candle is a new one */
  add(trade: CandleTrade): void
  /** Folds an older closed candle into its own and every longer interval. Call oldest first, before any trade. */
  addHistory(candle: HistoryCandle): void
  last(interval: CandleInterval): Candle | undefined
  /** Candles of [from, to], the one that `from` falls in included, newest 5,000, ascending. */
  range(interval: CandleInterval, from: EpochMs, to: EpochMs): Candle[]
  /** Volume and first price of the 24 hours before `ts`. */
  day(ts: EpochMs): { volume: number; notional: number; openPx: number }
}

const blank = (ts: EpochMs, interval: CandleInterval, px: number): Candle => {
  const openTs = candleOpen(ts, interval)
  return {
    openTs,
    closeTs: nextCandleOpen(openTs, interval) - 1,
    open: px,
    high: px,
    low: px,
    close: px,
    volume: 0,
    notional: 0,
    trades: 0,
  }
}

const lengthOf = (interval: CandleInterval): number =>
  interval === '1M' ? 28 * 86_400_000 : INTERVAL_MS[interval]

export function createCandleStore(): CandleStore {
  const series = new Map<CandleInterval, Candle[]>(CANDLE_INTERVALS.map((interval) => [interval, []]))
  const of = (interval: CandleInterval) => series.get(interval) as Candle[]

  /** The candle that `ts` falls in, made when it is newer than all; an older trade goes to the last candle it still fits. */
  function at(interval: CandleInterval, ts: EpochMs, px: number): Candle | undefined {
    const list = of(interval)
    const last = list[list.length - 1]
    if (last && ts <= last.closeTs)
      return ts >= last.openTs ? last : list.findLast((candle) => candle.openTs <= ts && ts <= candle.closeTs)
    const made = blank(ts, interval, px)
    list.push(made)
    if (list.length > CANDLES_MAX + 500) list.splice(0, list.length - CANDLES_MAX)
    return made
  }

  return {
    add: ({ ts, px, sz }) => {
      for (const interval of CANDLE_INTERVALS) {
        const candle = at(interval, ts, px)
        if (!candle) continue
        if (px > candle.high) candle.high = px
        if (px < candle.low) candle.low = px
        candle.close = px
        candle.volume += sz
        candle.notional += px * sz
        candle.trades += 1
      }
    },
    addHistory: (from) => {
      for (const interval of CANDLE_INTERVALS) {
        if (lengthOf(interval) < from.lengthMs) continue
        const candle = at(interval, from.openTs, from.open)
        if (!candle) continue
        candle.high = Math.max(candle.high, from.high)
        candle.low = Math.min(candle.low, from.low)
        candle.close = from.close
        candle.volume += from.volume
        candle.notional += from.volume * from.close
        candle.trades += from.trades
      }
    },
    last: (interval) => of(interval).at(-1),
    range: (interval, from, to) => {
      const first = candleOpen(Math.max(0, from), interval)
      return of(interval)
        .filter((candle) => candle.openTs >= first && candle.openTs <= to)
        .slice(-CANDLES_MAX)
    },
    day: (ts) => {
      let volume = 0
      let notional = 0
      let openPx = 0
      const list = of('1m')
      for (let index = list.length - 1; index >= 0; index--) {
        const candle = list[index] as Candle
        if (candle.openTs <= ts - 86_400_000) break
        volume += candle.volume
        notional += candle.notional
        openPx = candle.open
      }
      return { volume, notional, openPx }
    },
  }
}

/** The venue's shape of a candle. */
export function wireCandle(spec: CoinSpec, interval: CandleInterval, candle: Candle) {
  const px = (value: number) => formatUnits(value, spec.pxDecimals)
  return {
    t: candle.openTs,
    T: candle.closeTs,
    s: spec.name,
    i: interval,
    o: px(candle.open),
    c: px(candle.close),
    h: px(candle.high),
    l: px(candle.low),
    v: formatUnits(candle.volume, spec.szDecimals),
    n: candle.trades,
  }
}
