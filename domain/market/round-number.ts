/** Ticks and lots in plain numbers, equal to the exact decimals of instrument.ts: for loops that cannot afford a bigint a bar. */
// Where a float is too close to a boundary to be sure, the exact code decides. Proved by round-number.test.ts.
import type { Side } from '#domain/events.ts'
import { divE8, type FixedE8, fromNumber, toNumber } from '#domain/fixed-point.ts'
import { ceilPrice, floorPrice, floorSize, lotE8 } from '#domain/market/instrument.ts'

/** Beyond this the units of 1e-8 are no longer exact integers of a float with room to spare. */
const EXACT_MAX = 2 ** 50
/** Distance, in units of 1e-8, from a tie at which the float's own error could decide. */
const TIE_MARGIN = 0.01

/** Units of 1e-8 of a price, or NaN where only the exact code can tell. */
function unitsOf(px: number): number {
  const scaled = px * 1e8
  const units = Math.round(scaled)
  if (!(scaled < EXACT_MAX) || 0.5 - Math.abs(scaled - units) < TIE_MARGIN) return Number.NaN
  return units
}

/** Tick in units of 1e-8 of a price in the same. Five significant figures, 6 − sizeDecimals decimals, whole numbers always. */
function tickUnits(units: number, sizeDecimals: number): number {
  let bySignificance = 1
  for (let rest = units; rest >= 100_000; rest /= 10) bySignificance *= 10
  const byDecimals = 10 ** (2 + sizeDecimals)
  return Math.max(Math.min(bySignificance, 1e8), byDecimals)
}

/** Largest price the venue accepts at or below `px`, 0 when there is none; the number nearest to floorPrice(fromNumber(px)). */
export function floorPriceNumber(px: number, sizeDecimals: number): number {
  const units = unitsOf(px)
  if (Number.isNaN(units)) return toNumber(floorPrice(fromNumber(px), sizeDecimals))
  return (units - (units % tickUnits(units, sizeDecimals))) / 1e8
}

/** Smallest price the venue accepts at or above `px`; the number nearest to ceilPrice(fromNumber(px)). */
export function ceilPriceNumber(px: number, sizeDecimals: number): number {
  const units = unitsOf(px)
  if (Number.isNaN(units)) return toNumber(ceilPrice(fromNumber(px), sizeDecimals))
  const tick = tickUnits(units, sizeDecimals)
  const over = units % tick
  return (over === 0 ? units : units - over + tick) / 1e8
}

/** Down for a buy, up for a sell: the limit of a taker never exceeds what it may pay. 0 when nothing is left of it. */
export function roundAwayNumber(px: number, side: Side, sizeDecimals: number): number {
  return side === 'buy' ? floorPriceNumber(px, sizeDecimals) : ceilPriceNumber(px, sizeDecimals)
}

/** Lots in `coins`, or NaN where the float is too close to a whole number of lots to be sure. */
function lotsOf(coins: number, sizeDecimals: number): number {
  const lots = coins * 10 ** sizeDecimals
  const margin = 1e-6 + lots * 1e-12
  return Math.abs(lots - Math.round(lots)) < margin ? Number.NaN : Math.floor(lots)
}

/** Largest size on the lot whose notional at `px`, a price on the tick, is at most `usd`; equal to floorSize(usd / px) in exact decimals. */
export function floorSizeForUsd(usd: number, px: number, sizeDecimals: number): number {
  const lots = lotsOf(usd / px, sizeDecimals)
  if (Number.isNaN(lots)) return toNumber(floorSize(divE8(fromNumber(usd), fromNumber(px)), sizeDecimals))
  return lots / 10 ** sizeDecimals
}

/** Smallest size on the lot whose notional at `px` is at least `usd`. */
export function ceilSizeForUsd(usd: number, px: number, sizeDecimals: number): number {
  const lots = lotsOf(usd / px, sizeDecimals)
  if (Number.isNaN(lots)) return toNumber(ceilQuotient(fromNumber(usd), fromNumber(px), sizeDecimals))
  return (lots + 1) / 10 ** sizeDecimals
}

/** Largest size on the lot at or below `coins`; 0.29 stays 0.29. */
export function floorSizeNumber(coins: number, sizeDecimals: number): number {
  const lots = lotsOf(coins, sizeDecimals)
  if (Number.isNaN(lots)) return toNumber(floorSize(fromNumber(coins), sizeDecimals))
  return lots / 10 ** sizeDecimals
}

/** usd / px rounded up to the lot, exactly: no digit of the quotient is cut off first. */
function ceilQuotient(usdE8: FixedE8, pxE8: FixedE8, sizeDecimals: number): FixedE8 {
  const lot = lotE8(sizeDecimals)
  const perLot = pxE8 * lot
  const wanted = usdE8 * 100_000_000n
  return ((wanted + perLot - 1n) / perLot) * lot
}
