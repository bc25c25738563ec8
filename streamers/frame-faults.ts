/** Frames that could not be read: each counted by kind, a few of each kind shown in the log. */
import { describeError, HoldfastError } from '#domain/errors.ts'

/** What the streamers need of a logger; pino's Logger is one. */
export interface FeedLog {
  info(facts: Readonly<Record<string, unknown>>, message: string): void
  warn(facts: Readonly<Record<string, unknown>>, message: string): void
  error(facts: Readonly<Record<string, unknown>>, message: string): void
}

export const LIMITS = {
  /** The first so many of a kind are logged with a sample, then one in `logEvery`. */
  logFirst: 3,
  /** The first so many of a kind become rows. */
  storeFirst: 100,
  logEvery: 1_000,
  /** Kinds counted apart; a flood of different faults shares the last one. */
  kindsMax: 200,
  sampleCharsMax: 300,
} as const

export interface FrameFaults {
  /** Takes one refused frame. Never throws. */
  count(error: unknown, raw: string): void
  /** Notes fields that the contract does not name, once per channel and field set. */
  noteUnknownFields(channel: string, fields: readonly string[]): void
  total(): number
  /** Kind (`CODE channel path`) → frames. */
  byKind(): Readonly<Record<string, number>>
}

/** A frame that could not be read, as it is stored. */
export interface RejectedFrame {
  kind: string
  /** Frames of this kind so far. */
  seen: number
  reason: string
  sample: string
}

/** @param onRejected told of the first frames of each kind and then of one in a thousand */
export function createFrameFaults(
  log: FeedLog,
  onRejected: (frame: RejectedFrame) => void = () => {},
): FrameFaults {
  const kinds = new Map<string, number>()
  let total = 0
  return {
    count(error, raw) {
      total++
      const known = error instanceof HoldfastError
      const { channel = '', path = '' } = known ? (error.details as { channel?: string; path?: string }) : {}
      // Indexes differ from frame to frame; a kind is the place in the shape.
      const name = [known ? error.code : 'UNEXPECTED', channel, path.replace(/\d+/g, '*')].join(' ').trim()
      const kind = kinds.has(name) || kinds.size < LIMITS.kindsMax ? name : 'OTHER'
      const seen = (kinds.get(kind) ?? 0) + 1
      kinds.set(kind, seen)
      const sample = raw.slice(0, LIMITS.sampleCharsMax)
      const reason = describeError(error)
      if (seen <= LIMITS.storeFirst || seen % LIMITS.logEvery === 0)
        onRejected({ kind, seen, reason, sample })
      if (seen <= LIMITS.logFirst || seen % LIMITS.logEvery === 0)
        log.warn({ kind, seen, sample }, `frame refused: ${reason}`)
    },
    noteUnknownFields(channel, fields) {
      const kind = `UNKNOWN_FIELDS ${channel} ${[...fields].sort().join(',')}`
      const seen = kinds.get(kind)
      if (seen === undefined && kinds.size >= LIMITS.kindsMax) return
      kinds.set(kind, (seen ?? 0) + 1)
      if (seen === undefined)
        log.warn({ channel, fields }, 'frames carry fields that the wire contract does not name')
    },
    total: () => total,
    byKind: () => Object.fromEntries(kinds),
  }
}
