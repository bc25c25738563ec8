/** Which hours both sides are compared for, what a difference means, and where in the hour it lies: pure decisions. */
// Not here: reading and repairing (verify.ts).
import type { Content } from '#clickhouse/archive/content.ts'
import { type EpochMs, HOUR_MS, MINUTE_MS } from '#domain/time.ts'

/** Rows of one hour of a partition on the source. */
export interface HourRows {
  /** First second of the hour, since 1970. */
  bucket: number
  /** Highest block number among its rows. */
  block: number
}

/** Hours that are over, whose rows are all copied, and that have changed since they were found equal. */
export function dueHours(
  hours: readonly HourRows[],
  facts: { cursor: number; now: EpochMs; verified: ReadonlyMap<number, number> },
): HourRows[] {
  return hours.filter(
    ({ bucket, block }) =>
      bucket * 1_000 + HOUR_MS + MINUTE_MS <= facts.now &&
      block <= facts.cursor &&
      facts.verified.get(bucket) !== block,
  )
}

export type Contents = ReadonlyMap<number, Content>

/** Buckets whose rows differ, sorted; one that is missing on a side has no rows there. */
export function differingBuckets(here: Contents, there: Contents): number[] {
  const all = new Set([...here.keys(), ...there.keys()])
  return [...all].filter((bucket) => !equal(here.get(bucket), there.get(bucket))).sort((a, b) => a - b)
}

const equal = (one: Content | undefined, other: Content | undefined): boolean =>
  (one?.rows ?? 0) === (other?.rows ?? 0) && (one?.hash ?? '0') === (other?.hash ?? '0')

/** A stretch of seconds to be sent again; `until` is exclusive. */
export interface Stretch {
  from: number
  until: number
}

/** Neighbouring differing minutes as one stretch each. */
export function stretches(minutes: readonly number[], length = 60): Stretch[] {
  const found: Stretch[] = []
  for (const minute of minutes) {
    const last = found.at(-1)
    if (last?.until === minute) last.until = minute + length
    else found.push({ from: minute, until: minute + length })
  }
  return found
}
