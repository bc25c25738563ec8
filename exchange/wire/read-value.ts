/** Checks of single values in hand-written readers: each returns the value in its type or throws with the path. */
// Not here: whole frames (market-frames.ts, account-frames.ts). Hand-written because market frames come by the thousand a second.
import type { Side } from '#domain/events.ts'
import type { Decimal } from '#domain/fixed-point.ts'
import type { EpochMs } from '#domain/time.ts'
import { MalformedFrameError } from '#exchange/wire/errors.ts'

export type Fields = Readonly<Record<string, unknown>>

/** A value as an error may show it: at most 60 characters. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value) ?? typeof value
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

export function refuse(channel: string, path: string, value: unknown, expected: string): never {
  throw new MalformedFrameError({ channel, path, found: show(value), expected })
}

export function readFields(value: unknown, channel: string, path: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    refuse(channel, path, value, 'an object')
  return value as Fields
}

export function readList(value: unknown, channel: string, path: string): readonly unknown[] {
  if (!Array.isArray(value)) refuse(channel, path, value, 'an array')
  return value
}

/** A non-empty text of at most `charsMax` characters. */
export function readText(value: unknown, channel: string, path: string, charsMax = 64): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > charsMax)
    refuse(channel, path, value, `a text of 1 to ${charsMax} characters`)
  return value
}

/** A whole number, 0 to 2^53 − 1: times, ids, counts. */
export function readWhole(value: unknown, channel: string, path: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    refuse(channel, path, value, 'a whole number ≥ 0')
  return value as number
}

export const readTime = (value: unknown, channel: string, path: string): EpochMs =>
  readWhole(value, channel, path)

const UNSIGNED = /^\d{1,28}(?:\.\d{1,8})?$/
const LONG = /^-?\d{1,28}(?:\.\d{1,30})?$/

/** A price or size: exact, not negative, at most 8 decimals. */
export function readAmount(value: unknown, channel: string, path: string): Decimal {
  if (typeof value !== 'string' || !UNSIGNED.test(value))
    refuse(channel, path, value, 'a decimal text ≥ 0 with at most 8 decimals')
  return value
}

/** A price or size as fills of spot dust give it, with more decimals than any order can have: cut off after 8. */
export function readDust(value: unknown, channel: string, path: string): Decimal {
  return readAmount(typeof value === 'string' && LONG.test(value) ? cutDecimals(value) : value, channel, path)
}

/** A rate of the venue (funding, premium): kept as it is, with up to 10 decimals and more. */
export function readRate(value: unknown, channel: string, path: string): Decimal {
  if (typeof value !== 'string' || !LONG.test(value)) refuse(channel, path, value, 'a decimal text')
  return value
}

/** A figure that the venue computes (24 h volume, PnL): its noise ("965843.7286000003") is cut off after 8 decimals. */
export function readStatistic(value: unknown, channel: string, path: string): Decimal {
  return cutDecimals(readRate(value, channel, path))
}

/** Cuts a decimal text off after 8 decimals. */
export function cutDecimals(text: Decimal): Decimal {
  const point = text.indexOf('.')
  return point < 0 || text.length - point <= 9 ? text : text.slice(0, point + 9)
}

export function readSide(value: unknown, channel: string, path: string): Side {
  if (value === 'B') return 'buy'
  if (value === 'A') return 'sell'
  return refuse(channel, path, value, '"B" or "A"')
}

const HEX = /^0x[0-9a-fA-F]+$/

/** 0x and so many hex digits, lower-case; '' where the source leaves the field out. */
export function readHexOrNone(value: unknown, digits: number, channel: string, path: string): string {
  if (value === undefined || value === null || value === '') return ''
  if (typeof value !== 'string' || value.length !== digits + 2 || !HEX.test(value))
    refuse(channel, path, value, `0x and ${digits} hex digits`)
  return value.toLowerCase()
}
