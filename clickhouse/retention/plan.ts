/** What retention may drop, and why the rest stays: pure decisions over partitions, their archive entries and their copies. */
// Not here: dropping (drop.ts), reading the facts (retention.ts).
import { sameParts } from '#clickhouse/archive/content.ts'
import type { ManifestEntry } from '#clickhouse/archive/manifest.ts'
import { HoldfastError } from '#domain/errors.ts'
import { DAY_MS, type EpochMs, HOUR_MS } from '#domain/time.ts'
import { partitionSpan } from '#domain/time-partition.ts'

/** Longest pause between two runs that needs no second word, and largest step back that counts as none. */
const CLOCK = { pauseMsMax: 45 * DAY_MS, backMsMax: HOUR_MS, differMsMax: HOUR_MS } as const

/** Retention counts days, so a wrong clock would drop too early: it asks before it goes on. */
export class ClockJumpedError extends HoldfastError {
  constructor(what: string) {
    super(`nothing was dropped: ${what}`, {
      code: 'CLOCK_JUMPED',
      retryable: false,
      hint: 'set the clock; if it is right (the machine was off for long), run `holdfast retention run --accept-clock` once',
    })
  }
}

/**
 * @param lastRun when retention ran last; null when it never did
 * @param serverNow the database's own clock
 * @throws ClockJumpedError
 */
export function checkClock(now: EpochMs, lastRun: EpochMs | null, serverNow: EpochMs): void {
  const iso = (ts: EpochMs): string => new Date(ts).toISOString()
  if (Math.abs(now - serverNow) > CLOCK.differMsMax)
    throw new ClockJumpedError(`this machine says ${iso(now)}, the database ${iso(serverNow)}`)
  if (lastRun === null) return
  if (now < lastRun - CLOCK.backMsMax)
    throw new ClockJumpedError(`the clock says ${iso(now)}, the last run was at ${iso(lastRun)}`)
  if (now > lastRun + CLOCK.pauseMsMax)
    throw new ClockJumpedError(
      `the last run was at ${iso(lastRun)}, ${Math.round((now - lastRun) / DAY_MS)} days before now (${iso(now)})`,
    )
}

/** Rows come into a table after they happened, so a partition that ended less than `days` ago cannot be due. */
export function mayBeDue(partition: string, now: EpochMs, days: number): boolean {
  const span = partitionSpan(partition)
  return span !== null && span.until <= now - days * DAY_MS
}

export interface DropFacts {
  partition: string
  parts: readonly string[]
  /** The newest entry of the partition, or null. */
  entry: ManifestEntry | null
  needsArchive: boolean
  /** True when it holds the newest block of the table. */
  isNewest: boolean
}

/** @returns why the partition stays, or null when it may go */
export function whyKept({ parts, entry, needsArchive, isNewest }: DropFacts): string | null {
  // The table's counter of blocks starts from its parts: without its newest one it would count anew, and copies would miss rows.
  if (isNewest) return 'it holds the newest rows of the table'
  if (!needsArchive) return null
  if (!entry || entry.status === 'superseded') return 'it is not archived'
  if (entry.status === 'dropped') return 'rows came after it was dropped; they are not archived yet'
  if (entry.status === 'dropping')
    return parts.every((part) => entry.liveParts.includes(part))
      ? null
      : 'it changed while it was dropped; archive it again'
  return sameParts(entry.liveParts, parts) ? null : 'it changed after it was archived'
}
