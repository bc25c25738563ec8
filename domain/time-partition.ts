/** Partition ids of tables cut by day or month: the time they cover, whether they are closed, and the name of their file. */
import type { EpochMs } from '#domain/time.ts'
import { HOUR_MS } from '#domain/time.ts'

export interface PartitionSpan {
  from: EpochMs
  /** Exclusive. */
  until: EpochMs
}

/** `20261119` or `202611`; null for any other id. */
export function partitionSpan(id: string): PartitionSpan | null {
  const match = /^(\d{4})(\d{2})(\d{2})?$/.exec(id)
  if (!match) return null
  const [year, month, day] = [
    Number(match[1]),
    Number(match[2]) - 1,
    match[3] === undefined ? null : Number(match[3]),
  ]
  const from = Date.UTC(year, month, day ?? 1)
  const until = day === null ? Date.UTC(year, month + 1, 1) : Date.UTC(year, month, day + 1)
  // 20261399 is no day: the calendar would roll it over.
  const date = new Date(from)
  if (date.getUTCMonth() !== month || (day !== null && date.getUTCDate() !== day)) return null
  return { from, until }
}

/** True when its time has been over for so many hours. A partition that has no time is never closed. */
export function isClosedPartition(id: string, now: EpochMs, afterHours: number): boolean {
  const span = partitionSpan(id)
  return span !== null && now >= span.until + afterHours * HOUR_MS
}

/** `2026-11-19` or `2026-11`. */
export const partitionLabel = (id: string): string =>
  [id.slice(0, 4), id.slice(4, 6), id.slice(6, 8)].filter((part) => part !== '').join('-')

/** The reverse of partitionLabel; an id stays as it is. */
export const partitionIdOf = (label: string): string => label.replaceAll('-', '')
