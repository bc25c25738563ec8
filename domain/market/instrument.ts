/** Ticks and lots of the venue: rounds prices and sizes to what it accepts, always to the side that costs us no risk. */
// Not here: which price to want (domain/strategies), how a price is written on the wire (exchange/client).
import { HoldfastError } from '#domain/errors.ts'
import type { Side } from '#domain/events.ts'
import { divE8, type FixedE8, fromNumber, ONE_E8 } from '#domain/fixed-point.ts'

/** Smallest notional of an order, USD × 1e8; reduce-only orders are exempt. Source: wire contract §6, §7. */
export const MIN_ORDER_USD_E8: FixedE8 = 10n * ONE_E8

const SIGNIFICANT_FIGURES = 5
const PERP_DECIMALS = 6

export class PriceRoundsToZeroError extends HoldfastError {
  constructor(sizeDecimals: number) {
    super(`price rounds to zero with ${sizeDecimals} size decimals`, {
      code: 'PRICE_ROUNDS_TO_ZERO',
      retryable: false,
      hint: 'check the coin’s size decimals and the source of the price',
    })
  }
}

const POWERS = Array.from({ length: 40 }, (_, exponent) => 10n ** BigInt(exponent))
const power = (exponent: number): bigint => POWERS[exponent] ?? 10n ** BigInt(exponent)

/** Decimal digits of a positive whole number. Asked for every price of every pass, hence no text where a float is exact. */
function digitsOf(value: bigint): number {
  const float = Number(value)
  if (!(float > 0 && Number.isSafeInteger(float))) return value.toString().length
  let digits = 1
  for (let bound = 10; float >= bound; bound *= 10) digits++
  return digits
}

/**
 * Distance between two valid prices near `pxE8`, × 1e8: at most 5 significant figures and at most 6 − sizeDecimals decimals,
 * while a whole number is always valid. Source: wire contract §7, "Tick and lot".
 * @param sizeDecimals of the coin, 0–5
 */
export function tickE8(pxE8: FixedE8, sizeDecimals: number): FixedE8 {
  const bySignificance = Math.max(digitsOf(pxE8) - SIGNIFICANT_FIGURES, 0)
  const byDecimals = 8 - PERP_DECIMALS + sizeDecimals
  return power(Math.max(Math.min(bySignificance, 8), byDecimals))
}

/** Largest valid price ≤ `pxE8`; 0 when there is none. */
export function floorPrice(pxE8: FixedE8, sizeDecimals: number): FixedE8 {
  const tick = tickE8(pxE8, sizeDecimals)
  return (pxE8 / tick) * tick
}

/** Smallest valid price ≥ `pxE8`. */
export function ceilPrice(pxE8: FixedE8, sizeDecimals: number): FixedE8 {
  const tick = tickE8(pxE8, sizeDecimals)
  return ((pxE8 + tick - 1n) / tick) * tick
}

/**
 * Rounds a price away from the other side of the book: a maker order stays a maker order, and the limit of a taker never
 * exceeds what it was allowed to pay.
 * @param pxE8 USD per coin × 1e8, > 0
 * @throws PriceRoundsToZeroError
 */
export function roundAway(pxE8: FixedE8, side: Side, sizeDecimals: number): FixedE8 {
  const rounded = side === 'buy' ? floorPrice(pxE8, sizeDecimals) : ceilPrice(pxE8, sizeDecimals)
  if (rounded <= 0n) throw new PriceRoundsToZeroError(sizeDecimals)
  return rounded
}

/** True when the venue accepts this price for the coin. */
export function isValidPrice(pxE8: FixedE8, sizeDecimals: number): boolean {
  return pxE8 > 0n && pxE8 % tickE8(pxE8, sizeDecimals) === 0n
}

/** Smallest size step, coins × 1e8. */
export const lotE8 = (sizeDecimals: number): FixedE8 => power(8 - sizeDecimals)

/** Largest valid size ≤ `szE8`, coins × 1e8. */
export function floorSize(szE8: FixedE8, sizeDecimals: number): FixedE8 {
  const lot = lotE8(sizeDecimals)
  return (szE8 / lot) * lot
}

/** Largest valid size whose notional at `pxE8` is at most `usdE8`. */
export function sizeForNotional(usdE8: FixedE8, pxE8: FixedE8, sizeDecimals: number): FixedE8 {
  return floorSize(divE8(usdE8, pxE8), sizeDecimals)
}

/** `pxE8` moved by basis points: up for positive `bps`. The factor has 8 decimals. */
export function shiftBps(pxE8: FixedE8, bps: number): FixedE8 {
  return (pxE8 * (ONE_E8 + fromNumber(bps / 10_000))) / ONE_E8
}
