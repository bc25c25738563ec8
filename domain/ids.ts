/** Identities that are decided before their effect: session ids, tags, and the client order ids that carry epoch and sequence. */
// Not here: insert tokens (clickhouse/writer) and workflow ids of single workflows (workflows/*/messages.ts).
import { assert } from '#domain/errors.ts'
import { hex16, hex32 } from '#domain/hex.ts'

export type SessionMode = 'paper' | 'dry_live' | 'live'

/** `session/<mode>/<key>`: the workflow id of a session, unique while it runs. */
export const sessionId = (mode: SessionMode, key: string): string => `session/${mode}/${key}`

/** Mode of a session by its id; paper where the id names none. */
export function modeOf(session: string): SessionMode {
  const mode = session.split('/')[1]
  return mode === 'live' || mode === 'dry_live' ? mode : 'paper'
}

/** Client order id of the venue: 0x + 32 lower-case hex digits. */
export type Cloid = string

/** 32-bit FNV-1a of a text: a small, stable, platform-independent digest. No security in it. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) {
    hash ^= text.charCodeAt(at)
    hash = Math.imul(hash, 0x01000193)
  }
  return hash >>> 0
}

/** What a client order id says about its order. */
export interface CloidParts {
  /** hash32 of the session id: whose order it is. */
  tag: number
  /** Which life of the session's loop placed it, 0–65535. */
  epoch: number
  /** Counts orders within one run, across epochs. */
  seq: number
  /** hash32 of the workflow's first run id: tells two runs under one session id apart. */
  run: number
  /** Part of one decision (entry, stop, quote level…), 0–65535. */
  leg: number
}

/** Hexadecimal digits of each part. */
const FIELDS = [
  ['tag', 8],
  ['epoch', 4],
  ['seq', 8],
  ['run', 8],
  ['leg', 4],
] as const
const BOUNDS = { 4: 16 ** 4, 8: 16 ** 8 } as const

/** Builds the id of an order before it is sent. The same parts give the same id, so a retry repeats it. */
export function buildCloid(parts: CloidParts): Cloid {
  let cloid = '0x'
  for (const [field, digits] of FIELDS) {
    const value = parts[field]
    const fits = Number.isInteger(value) && value >= 0 && value < BOUNDS[digits]
    if (!fits) assert(fits, `cloid field ${field} is ${value}, must fit ${digits} hex digits`)
    cloid += digits === 8 ? hex32(value) : hex16(value)
  }
  return cloid
}

/** Reads a client order id back; null when it has not the venue's shape. A stranger's id parses too: compare `tag`. */
export function parseCloid(cloid: string): CloidParts | null {
  if (!/^0x[0-9a-f]{32}$/.test(cloid)) return null
  const parts: Record<string, number> = {}
  let at = 2
  for (const [field, digits] of FIELDS) {
    parts[field] = Number.parseInt(cloid.slice(at, at + digits), 16)
    at += digits
  }
  return parts as unknown as CloidParts
}

/** True when the order belongs to this session, whatever its epoch or run. */
export function isOwnCloid(cloid: string, session: string): boolean {
  return parseCloid(cloid)?.tag === hash32(session)
}

/** True when the order belongs to this session but not to this run and epoch: it must not rest once the epoch trades. */
export function isStaleCloid(
  cloid: string,
  session: string,
  current: { run: number; epoch: number },
): boolean {
  const parts = parseCloid(cloid)
  return (
    parts !== null &&
    parts.tag === hash32(session) &&
    (parts.run !== current.run || parts.epoch !== current.epoch)
  )
}
