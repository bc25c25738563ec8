/** Exact decimals of 8 places as bigint: the only arithmetic that prices, sizes and money of the ledger go through. */
// Not here: rounding to a coin's tick and lot (domain/market/instrument.ts); indicator maths, which may use number.
import { HoldfastError } from '#domain/errors.ts'

/** A decimal as it travels on the wire and in rows: no exponent, at most 8 decimals. */
export type Decimal = string

/** Value × 1e8. The suffix `E8` marks variables that hold one. */
export type FixedE8 = bigint

export const ONE_E8 = 100_000_000n
const ONE = 100_000_000
const PLACES = 8
const PATTERN = /^(-?)(\d+)(?:\.(\d{1,}))?$/

/**
 * Reads a decimal string exactly.
 * @throws HoldfastError INVALID_DECIMAL on an exponent, a blank, or non-zero digits beyond 8 places
 */
export function parseFixed(text: Decimal): FixedE8 {
  const safe = readSafe(text)
  if (!Number.isNaN(safe)) return BigInt(safe)
  const match = PATTERN.exec(text)
  const fraction = match?.[3] ?? ''
  if (!match || /[1-9]/.test(fraction.slice(PLACES))) {
    throw new HoldfastError(`"${text}" is no decimal of at most ${PLACES} places`, {
      code: 'INVALID_DECIMAL',
      retryable: false,
      hint: 'send plain decimals such as "0.015", without exponent',
    })
  }
  const digits = BigInt((match[2] ?? '0') + fraction.slice(0, PLACES).padEnd(PLACES, '0'))
  return match[1] ? -digits : digits
}

const [MINUS, POINT, ZERO, NINE] = [45, 46, 48, 57]
const POWERS = [1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 100, 10, 1]

/** Value × 1e8 of a decimal that a float holds exactly, as nearly all are; NaN for what needs a closer look. */
function readSafe(text: Decimal): number {
  const isNegative = text.charCodeAt(0) === MINUS
  const first = isNegative ? 1 : 0
  let digits = 0
  let point = -1
  for (let at = first; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === POINT && point < 0 && at > first) point = at
    else if (code >= ZERO && code <= NINE) digits = digits * 10 + (code - ZERO)
    else return Number.NaN
  }
  const places = point < 0 ? 0 : text.length - 1 - point
  const power = POWERS[places]
  if (text.length === first || (point >= 0 && places === 0) || power === undefined) return Number.NaN
  const scaled = digits * power
  return scaled > Number.MAX_SAFE_INTEGER ? Number.NaN : isNegative ? -scaled : scaled
}

/** Shortest decimal text of a fixed value: "1.5", "100", "-0.00000001". */
export function formatFixed(valueE8: FixedE8): Decimal {
  const float = Number(valueE8)
  if (Number.isSafeInteger(float)) return formatSafe(float)
  const negative = valueE8 < 0n
  const digits = (negative ? -valueE8 : valueE8).toString()
  const whole = digits.slice(0, -PLACES)
  const fraction = digits.slice(-PLACES).replace(/0+$/, '')
  return `${negative ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`
}

/** The same for a whole number that a float holds exactly, as nearly all are: without long digits and patterns. */
function formatSafe(scaled: number): Decimal {
  const size = Math.abs(scaled)
  const whole = Math.floor(size / ONE)
  let fraction = (size - whole * ONE) | 0 // below 1e8: digits are taken off fastest as a small whole number
  const sign = scaled < 0 ? '-' : ''
  if (fraction === 0) return `${sign}${whole}`
  let places = PLACES
  for (; fraction % 10 === 0; fraction = (fraction / 10) | 0) places--
  return `${sign}${whole}.${String(fraction).padStart(places, '0')}`
}

/** Decimal text as the venue writes it: at least one decimal ("1500.0"). */
export function formatWire(valueE8: FixedE8): Decimal {
  const text = formatFixed(valueE8)
  return text.includes('.') ? text : `${text}.0`
}

/** Product of two fixed values, cut off (toward zero) at 8 places. */
export function mulE8(a: FixedE8, b: FixedE8): FixedE8 {
  return (a * b) / ONE_E8
}

/** Quotient of two fixed values, cut off (toward zero) at 8 places. @throws RangeError when b is 0 */
export function divE8(a: FixedE8, b: FixedE8): FixedE8 {
  return (a * ONE_E8) / b
}

export const absE8 = (value: FixedE8): FixedE8 => (value < 0n ? -value : value)
export const minE8 = (a: FixedE8, b: FixedE8): FixedE8 => (a < b ? a : b)
export const maxE8 = (a: FixedE8, b: FixedE8): FixedE8 => (a > b ? a : b)
export const signE8 = (value: FixedE8): -1 | 0 | 1 => (value > 0n ? 1 : value < 0n ? -1 : 0)

/** Nearest float; for indicators, plots and comparisons with a tolerance, never for the ledger. */
export function toNumber(valueE8: FixedE8): number {
  return Number(valueE8) / 1e8
}

/**
 * A product below 2^44 is off by less than a thousandth (half the distance of its neighbours, 2^−9): as near as this to a whole
 * number, no other one can be nearer to the value, and no text needs to be asked.
 */
const EXACT_ENOUGH = { below: 2 ** 44, within: 0.499 } as const

/** Nearest fixed value of a float. @throws HoldfastError INVALID_DECIMAL unless finite */
export function fromNumber(value: number): FixedE8 {
  if (!Number.isFinite(value)) {
    throw new HoldfastError(`${value} is no finite number`, {
      code: 'INVALID_DECIMAL',
      retryable: false,
      hint: 'look for a division by zero in the calculation before',
    })
  }
  const scaled = value * ONE
  if (Number.isSafeInteger(value)) {
    return Number.isSafeInteger(scaled) ? BigInt(scaled) : BigInt(value) * ONE_E8
  }
  if (Math.abs(scaled) < EXACT_ENOUGH.below) {
    const nearest = Math.round(scaled)
    if (Math.abs(scaled - nearest) < EXACT_ENOUGH.within) return BigInt(nearest)
  }
  const text = value.toFixed(PLACES)
  // Digits with the point taken out; from 1e21 on the text has an exponent, which is refused.
  return Math.abs(value) < 1e21 ? BigInt(text.replace('.', '')) : parseFixed(text)
}
