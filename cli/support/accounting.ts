/** What the accounting commands share: the window of whole UTC days, groupings, CSV, and bringing the ledger up to date first. */
import { createPnlActivities } from '#activities/pnl.ts'
import { createNavActivities } from '#activities/pnl-nav.ts'
import type { ClickHouseClient } from '#clickhouse/client.ts'
import { insertRows } from '#clickhouse/pnl/insert-rows.ts'
import { createLedgerStore } from '#clickhouse/pnl/ledger-store.ts'
import { createNavStore } from '#clickhouse/pnl/nav-store.ts'
import { health } from '#clickhouse/tables/operations.ts'
import { systemClock as clock } from '#config/clock.ts'
import { InvalidInputError } from '#domain/errors.ts'
import { GROUPINGS, type Grouping } from '#domain/pnl/report.ts'
import { DAY_MS, type EpochMs } from '#domain/time.ts'

export interface WindowOptions {
  from?: string
  to?: string
}

/** Whole UTC days: [from, to). Unset: everything up to the end of today. @throws InvalidInputError */
export function readWindow(options: WindowOptions): { from: EpochMs; to: EpochMs } {
  const day = (text: string, option: string): EpochMs => {
    const ts = Date.parse(text)
    if (Number.isFinite(ts) && ts >= 0) return Math.floor(ts / DAY_MS) * DAY_MS
    throw new InvalidInputError({
      source: option,
      path: '',
      found: JSON.stringify(text),
      expected: 'a UTC day such as 2026-11-21',
    })
  }
  const from = options.from === undefined ? 0 : day(options.from, '--from')
  const last = options.to === undefined ? Math.floor(clock.now() / DAY_MS) * DAY_MS : day(options.to, '--to')
  return { from, to: last + DAY_MS }
}

/** @throws InvalidInputError on a word that is no grouping */
export function readGroupings(text: string | undefined): Grouping[] {
  const words = (text ?? 'session').split(',').map((word) => word.trim())
  const odd = words.find((word) => !(GROUPINGS as readonly string[]).includes(word))
  if (odd === undefined) return words as Grouping[]
  throw new InvalidInputError({
    source: '--by',
    path: '',
    found: JSON.stringify(odd),
    expected: `one or more of ${GROUPINGS.join(', ')}, with commas between`,
  })
}

/** Makes what changed since the scheduled job ran; the same code, so nothing is done twice. */
export async function refreshLedger(client: ClickHouseClient, account: string): Promise<void> {
  const ledger = await createPnlActivities({
    store: createLedgerStore(client),
    progress: () => {},
  }).computeLedger({ account })
  await createNavActivities({
    clock,
    store: createNavStore(client),
    writeHealth: (rows) => insertRows(client, health, rows),
  }).computeNav({ changed_from: ledger.changed_from })
}

/** One line, quoted where it has to be (RFC 4180); a text that a spreadsheet would run as a formula gets a quote before it. */
export function csvLine(values: readonly (string | number | boolean | null | undefined)[]): string {
  return values
    .map((value) => {
      const raw = value === null || value === undefined ? '' : String(value)
      const text = typeof value === 'string' && /^[=+@\t\r]|^-(?![\d.])/.test(raw) ? `'${raw}` : raw
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
    })
    .join(',')
}

/** Rows of one shape as CSV: the first one names the columns. */
export function csvOf(rows: readonly Readonly<Record<string, unknown>>[]): string[] {
  const names = Object.keys(rows[0] ?? {}).filter((name) => name !== 'positions')
  return [csvLine(names), ...rows.map((row) => csvLine(names.map((name) => row[name] as string)))]
}
