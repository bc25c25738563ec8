/** The market of a backtest: best prices around a price, what an order is filled at, and the order of events within a bar. */
// Stated model: the touch is half a spread around the price, on the tick. An order takes the touch, a little worse, or nothing if its limit forbids.

import type { BacktestOptions } from '#domain/backtest/options.ts'
import type { Side } from '#domain/events.ts'
import { ceilPriceNumber, floorPriceNumber } from '#domain/market/round-number.ts'

const BPS = 10_000

export const bidAt = (px: number, { spread_bps }: BacktestOptions, sizeDecimals: number): number =>
  floorPriceNumber(px * (1 - spread_bps / 2 / BPS), sizeDecimals)

export const askAt = (px: number, { spread_bps }: BacktestOptions, sizeDecimals: number): number =>
  ceilPriceNumber(px * (1 + spread_bps / 2 / BPS), sizeDecimals)

/** Fill price of an aggressive order when the market stands at `px`; 0 when its limit does not reach the touch. */
export function fillPrice(
  side: Side,
  limitPx: number,
  px: number,
  options: BacktestOptions,
  sizeDecimals: number,
): number {
  const slip = options.slippage_bps / BPS
  if (side === 'buy') {
    const ask = askAt(px, options, sizeDecimals)
    if (ask > limitPx) return 0
    return Math.min(ceilPriceNumber(ask * (1 + slip), sizeDecimals), limitPx)
  }
  const bid = bidAt(px, options, sizeDecimals)
  if (bid < limitPx) return 0
  return Math.max(floorPriceNumber(bid * (1 - slip), sizeDecimals), limitPx)
}

/** Where a fired stop is filled: at its trigger or, after a gap, at the open, a little worse. @param side of the position */
export function stopFillPrice(
  side: number,
  stopPx: number,
  open: number,
  options: BacktestOptions,
  sizeDecimals: number,
): number {
  const slip = options.stop_slippage_bps / BPS
  if (side > 0) return floorPriceNumber(Math.min(stopPx, open) * (1 - slip), sizeDecimals)
  return ceilPriceNumber(Math.max(stopPx, open) * (1 + slip), sizeDecimals)
}

/** Which of two resting orders a bar reaches. A gap over one of them at the open decides; else the path does. */
export function reached(
  side: number,
  stopPx: number,
  targetPx: number,
  bar: { open: number; high: number; low: number },
  path: BacktestOptions['path'],
): 'stop' | 'target' | 'none' {
  const { open, high, low } = bar
  const stops = stopPx > 0 && (side > 0 ? low <= stopPx : high >= stopPx)
  const gains = targetPx > 0 && (side > 0 ? high >= targetPx : low <= targetPx)
  if (!stops || !gains) return stops ? 'stop' : gains ? 'target' : 'none'
  if (side > 0 ? open <= stopPx : open >= stopPx) return 'stop'
  if (side > 0 ? open >= targetPx : open <= targetPx) return 'target'
  if (path === 'worst') return 'stop'
  // The nearer end of the bar is visited first.
  const lowFirst = open - low <= high - open
  return lowFirst === side > 0 ? 'stop' : 'target'
}
