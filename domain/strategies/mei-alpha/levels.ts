/** Stop, trailing stop and target of a position, from its entry, the row and the price. */
// Not here: what happens when a level is reached (exits.ts).
import type { MeiAlphaParams } from '#domain/strategies/mei-alpha/params.ts'
import type { Row } from '#domain/strategies/mei-alpha/row.ts'
import { LOW } from '#domain/strategies/mei-alpha/signal.ts'
import { better, type Held } from '#domain/strategies/mei-alpha/state.ts'

/** A position at a price. `atr` is the ATR at entry, or half a percent of the entry without one. */
export interface At {
  side: number
  entryPx: number
  price: number
  atr: number
  /** Signed profit, ATR. */
  profit: number
  /** Hourly funding rate; 0 while unknown. */
  funding: number
}

export function at(held: Held, entryPx: number, price: number, funding: number | null): At {
  const atr = held.entryAtr > 0 ? held.entryAtr : 0.005 * entryPx
  return {
    side: held.side,
    entryPx,
    price,
    atr,
    profit: (held.side * (price - entryPx)) / atr,
    funding: funding ?? 0,
  }
}

/** Hourly rate from which funding that is received widens the stop. */
const TAILWIND = 0.00005

/** The stop by ATR and, once latched, by break-even. Latches break-even in `held`. */
export function stopLevel(where: At, row: Row, held: Held, params: MeiAlphaParams): number {
  const { trade } = params
  const { side, entryPx, atr, profit } = where
  let multiple = trade.sl_atr_mult
  if (row.adx - row.adxPrev < 0 && profit < 0) multiple *= 0.8
  if (side * where.funding < 0 && Math.abs(where.funding) > TAILWIND) multiple *= 1.2
  if (row.adx > 40 && Math.abs(profit) > 0.5) multiple *= 1.15
  if (row.adx > 45) multiple *= 1.1
  const stop = entryPx - side * multiple * atr
  const start = trade.breakeven_start_atr
  if (trade.enable_breakeven_stop && start > 0 && profit >= start) held.breakEven = true
  if (!held.breakEven) return stop
  return better(stop, entryPx + side * trade.breakeven_buffer_atr * atr, side)
}

/** The trailing stop after this price, 0 for none. It never moves back. */
export function trailingLevel(where: At, row: Row, held: Held, { trade }: MeiAlphaParams): number {
  const { side, price, atr, profit } = where
  const isLow = held.confidence === LOW
  const start = own(isLow, trade.trailing_start_atr_low_conf, trade.trailing_start_atr)
  if (!(profit >= start)) return held.trailing
  const base = own(isLow, trade.trailing_distance_atr_low_conf, trade.trailing_distance_atr)
  const adxSlope = row.adx - row.adxPrev
  let distance = base
  if (trade.enable_vol_buffered_trailing && row.bbRatio > 1.2) distance *= 1.25
  if (profit > 2) {
    const isStrong = row.adx > 35 && adxSlope > 0
    distance = base * (isStrong ? 1 : row.atrRaw > row.atrRawPrev ? 0.75 : 0.5)
  } else if (row.adx < 25) distance = 0.7 * base
  const floor = side > 0 ? (row.rsi > 60 ? 0.7 : 0.5) : row.rsi < 40 ? 0.7 : 0.5
  return better(held.trailing, price - side * atr * Math.max(floor, distance), side)
}

const own = (isLow: boolean, low: number, main: number): number => (isLow && low > 0 ? low : main)

/** Where profit is taken. @param multiple of the row, ATR */
export const targetLevel = ({ side, entryPx, atr }: At, multiple: number): number =>
  entryPx + side * atr * multiple

/** True when the price is at the level or beyond it, against the position. */
export const isAgainst = (where: At, level: number): boolean => (where.price - level) * where.side <= 0
