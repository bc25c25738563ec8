/** Hourly classes of one model and account: a week at a time, writing what came out differently. */
// Not here: the days (tracking-error.ts), the arithmetic (domain/tracking-error/hours.ts).
import type { HoursStore } from '#clickhouse/pnl/hours-store.ts'
import type { TrackingErrorHourRow } from '#clickhouse/tables/tracking-error.ts'
import { DAY_MS, type EpochMs } from '#domain/time.ts'
import { type HoursInput, nothing, sumHours } from '#domain/tracking-error/hours.ts'

/** Hours are many: so many days are held at once. */
const SLICE_MS = 7 * DAY_MS

export interface HoursPair {
  model: string
  account: string
  lag_days: number
  leverage: number
}

/** @param to first millisecond after the last hour. Returns the rows written. */
export async function storeHours(
  store: HoursStore,
  pair: HoursPair,
  known: Pick<HoursInput, 'targets' | 'younger'>,
  { from, to }: { from: EpochMs; to: EpochMs },
): Promise<number> {
  const coins = [...new Set([...known.targets.values()].flatMap((set) => [...set.keys()]))].sort()
  let written = 0
  for (let start = from; start < to; start += SLICE_MS) {
    const span = { from: start, to: Math.min(start + SLICE_MS, to) }
    const [hours, closes, stored] = await Promise.all([
      store.hours(pair.account, span),
      store.hourCloses(coins, span),
      store.storedHours(pair.model, pair.account, span),
    ])
    const changed = changedRows(stored, rowsOf(pair, { ...known, hours, closes }, stored))
    await store.saveHours(changed)
    written += changed.length
  }
  return written
}

/** An hour that is unknown by now gets rows of nothing, since rows are replaced, never deleted. */
function rowsOf(
  { model, account, lag_days, leverage }: HoursPair,
  input: Omit<HoursInput, 'lagDays' | 'leverage'>,
  stored: readonly TrackingErrorHourRow[],
): TrackingErrorHourRow[] {
  const sums = sumHours({ ...input, lagDays: lag_days, leverage })
  const made = new Set(sums.map(({ ts }) => ts))
  const gone = stored
    .filter(({ ts }) => !made.has(ts))
    .map((row) => ({ ...row, ...nothing(row.ts, 'MATCHED'), kind: row.kind }))
  return [...sums, ...gone].map((row) => ({ ...row, model, account, lag_days }))
}

const nameOf = ({ ts, kind }: TrackingErrorHourRow): string => `${ts}/${kind}`

function changedRows(
  stored: readonly TrackingErrorHourRow[],
  rows: readonly TrackingErrorHourRow[],
): TrackingErrorHourRow[] {
  const before = new Map(stored.map((row) => [nameOf(row), row]))
  return rows.filter((row) => {
    const was = before.get(nameOf(row))
    return (
      !was || (Object.keys(row) as (keyof TrackingErrorHourRow)[]).some((name) => was[name] !== row[name])
    )
  })
}
