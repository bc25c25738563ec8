/** Rounds a float the way the written rules of trader scores mean it: of the exact binary value, exact ties to the even digit. */

/**
 * @param digits decimals to keep, 0–8
 * @returns the nearest decimal; toFixed alone would round exact ties (0.125 → 2 digits) up. NaN and infinities pass
 */
export function roundTo(value: number, digits: number): number {
  if (!Number.isFinite(value)) return value
  return Number(textTo(value, digits))
}

/** The same as text with exactly `digits` decimals. */
export function textTo(value: number, digits: number): string {
  // An exact tie has an odd number of units of 2^-(digits+1): scaling by a power of two is exact.
  const halves = value * 2 ** (digits + 1)
  if (!Number.isInteger(halves) || Math.abs(halves) % 2 !== 1) return value.toFixed(digits)
  const doubled = Math.abs(halves) * 5 ** digits // = 2 × |value| × 10^digits, an odd whole number
  if (!Number.isSafeInteger(doubled)) return value.toFixed(digits)
  const below = (doubled - 1) / 2
  const even = below % 2 === 0 ? below : below + 1
  return ((Math.sign(value) * even) / 10 ** digits).toFixed(digits)
}
