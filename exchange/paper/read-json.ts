/** Reads fields of a request body; anything of the wrong type is the venue's 422. */
import { unreadable } from '#exchange/paper/request-errors.ts'

export type Fields = Readonly<Record<string, unknown>>

const ADDRESS = /^0x[0-9a-fA-F]{40}$/
const CLOID = /^0x[0-9a-fA-F]{32}$/
const DECIMAL = /^-?\d{1,30}(\.\d{1,30})?$/

export function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable()
  return value as Fields
}

export function listOf(value: unknown, max: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > max) throw unreadable()
  return value
}

export function text(value: unknown): string {
  if (typeof value !== 'string') throw unreadable()
  return value
}

export function flag(value: unknown): boolean {
  if (typeof value !== 'boolean') throw unreadable()
  return value
}

/** A non-negative safe integer. */
export function whole(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw unreadable()
  return value
}

export function integer(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw unreadable()
  return value
}

export function wholeOrNull(value: unknown): number | null {
  return value === undefined || value === null ? null : whole(value)
}

/** An address, lower-case. */
export function address(value: unknown): string {
  if (typeof value !== 'string' || !ADDRESS.test(value)) throw unreadable()
  return value.toLowerCase()
}

/** A client order id, lower-case. */
export function cloid(value: unknown): string {
  if (typeof value !== 'string' || !CLOID.test(value)) throw unreadable()
  return value.toLowerCase()
}

/** A plain decimal as text. */
export function decimal(value: unknown): string {
  if (typeof value !== 'string' || !DECIMAL.test(value)) throw unreadable()
  return value
}

/** One of some words. */
export function oneOf<Word extends string>(value: unknown, words: readonly Word[]): Word {
  if (typeof value !== 'string' || !(words as readonly string[]).includes(value)) throw unreadable()
  return value as Word
}
