/** Exact integers of one coin: prices in ticks, sizes in lots, money in micro-dollars; ticks × lots are micro-dollars without rounding. */
// Not here: decimals of rows and frames elsewhere in the system (domain/fixed-point.ts).
//
// A perp price has 6 − szDecimals decimals and a size szDecimals, so their product always has 6: plain safe integers
// hold every notional up to 9 billion USD exactly, several times faster than bigint. Products that may leave that range go through `mulDiv` (domain/trading/venue-charges.ts).
import { assert } from '#domain/errors.ts'
import type { Decimal } from '#domain/fixed-point.ts'

/** Decimals of a micro-dollar. */
export const USD_DECIMALS = 6
export const USD = 1_000_000

const POWERS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12]
/** 10 to the `decimals`, 0–12. */
export const pow10 = (decimals: number): number => POWERS[decimals] as number

const ZERO = 48
const DOT = 46

/**
 * Reads a plain decimal as an integer of 10^-decimals.
 * @returns null unless the text is a plain decimal (no exponent, no sign but a leading minus), exact at `decimals` places and a safe integer
 */
export function parseUnits(text: string, decimals: number): number | null {
  const length = text.length
  if (length === 0 || length > 40) return null
  const negative = text.charCodeAt(0) === 45
  let value = 0
  let places = -1
  let digits = 0
  for (let at = negative ? 1 : 0; at < length; at++) {
    const code = text.charCodeAt(at)
    if (code === DOT) {
      if (places >= 0 || digits === 0) return null
      places = 0
      continue
    }
    const digit = code - ZERO
    if (digit < 0 || digit > 9) return null
    digits++
    if (places >= 0 && ++places > decimals) {
      if (digit !== 0) return null
      continue
    }
    value = value * 10 + digit
  }
  if (digits === 0 || places === 0) return null
  const missing = decimals - Math.min(Math.max(places, 0), decimals)
  value *= pow10(missing)
  if (!Number.isSafeInteger(value)) return null
  return negative && value !== 0 ? -value : value
}

/** Like `parseUnits`, but digits beyond the places are cut off: for a source's data, which may be finer than our lots. */
export function parseUnitsCut(text: string, decimals: number): number {
  const exact = parseUnits(text, decimals)
  if (exact !== null) return exact
  const value = Math.trunc(Number(text) * pow10(decimals))
  return Number.isSafeInteger(value) ? value : 0
}

/** The venue's decimal text of an integer of 10^-decimals: no exponent, at least one decimal ("1500.0"). */
export function formatUnits(value: number, decimals: number): Decimal {
  assert(Number.isSafeInteger(value), `${value} left the exact range`)
  if (decimals === 0) return `${value}.0`
  const power = pow10(decimals)
  const size = value < 0 ? -value : value
  const whole = Math.floor(size / power)
  const rest = size - whole * power
  const sign = value < 0 ? '-' : ''
  if (rest === 0) return `${sign}${whole}.0`
  let text = String(rest).padStart(decimals, '0')
  let end = text.length
  while (text.charCodeAt(end - 1) === ZERO) end--
  text = text.slice(0, end)
  return `${sign}${whole}.${text}`
}

/** USD text of micro-dollars. */
export const formatUsd = (micro: number): Decimal => formatUnits(micro, USD_DECIMALS)

/** True for a price of at most 5 significant figures, or a whole one. Source: venue docs, "Tick and lot size". */
export function isTickPrice(px: number, pxDecimals: number): boolean {
  if (px % pow10(pxDecimals) === 0) return true
  let figures = px
  while (figures % 10 === 0) figures /= 10
  return figures < 100_000
}

/** Nearest price of at most 5 significant figures at or beyond `px` in the given direction. */
export function roundToTick(px: number, pxDecimals: number, up: boolean): number {
  if (px <= 0) return up ? 1 : 0
  const digits = Math.floor(Math.log10(px)) + 1
  const step = Math.min(pow10(Math.max(0, Math.min(12, digits - 5))), pow10(pxDecimals))
  const down = Math.floor(px / step) * step
  return up && down !== px ? down + step : down
}
