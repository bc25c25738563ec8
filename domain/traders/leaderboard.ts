/** Rows of the venue's leaderboard, read so that one bad row costs one row: what is wrong is skipped and counted by its kind. */
// Not here: splitting the document into rows (row-scanner.ts), scores (score.ts).

export const WINDOWS = ['day', 'week', 'month', 'allTime'] as const
export type Window = (typeof WINDOWS)[number]

/** One window of a trader. A window that the row does not have counts as zeros; see `known`. */
export interface Performance {
  /** USD. */
  pnl: number
  /** Fraction of the value at the window's start: 0.01 is 1 %. */
  roi: number
  /** Traded notional, USD. */
  volume: number
}

export interface LeaderboardRow {
  /** Lower case. */
  address: string
  displayName: string
  /** USD, ≥ 0. */
  accountValue: number
  windows: Readonly<Record<Window, Performance>>
  /** Windows that the row brought. */
  known: readonly Window[]
}

/** Why a row was left out. */
export const ROW_FAULTS = [
  'not_an_object',
  'bad_address',
  'bad_account_value',
  'negative_account_value',
  'bad_window',
  'duplicate',
] as const
export type RowFault = (typeof ROW_FAULTS)[number]

export interface ReadRows {
  rows: LeaderboardRow[]
  faults: Record<RowFault, number>
  /** Rows that were looked at, good and bad. */
  seen: number
}

const ADDRESS = /^0x[0-9a-f]{40}$/
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const NOTHING: Performance = { pnl: 0, roi: 0, volume: 0 }

/** A finite number from a number or a decimal text; 0 when absent; null when it is anything else (null, '', 'abc', NaN). */
function readNumber(value: unknown): number | null {
  if (value === undefined) return 0
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'string' || !NUMBER.test(value)) return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}

function readPerformance(value: unknown): Performance | null {
  if (typeof value !== 'object' || value === null) return null
  const { pnl, roi, vlm } = value as Record<string, unknown>
  const read = [readNumber(pnl), readNumber(roi), readNumber(vlm)] as const
  if (read[0] === null || read[1] === null || read[2] === null) return null
  return { pnl: read[0], roi: read[1], volume: read[2] }
}

const isWindow = (name: unknown): name is Window => (WINDOWS as readonly unknown[]).includes(name)

/** Pairs or a map; a later duplicate of a window wins, items shorter than two and unknown windows are passed over. Null: unusable. */
function readWindows(value: unknown): Pick<LeaderboardRow, 'windows' | 'known'> | null {
  const windows: Record<Window, Performance> = {
    day: NOTHING,
    week: NOTHING,
    month: NOTHING,
    allTime: NOTHING,
  }
  const known = new Set<Window>()
  if (value === undefined) return { windows, known: [] }
  if (typeof value !== 'object' || value === null) return null
  const pairs: readonly unknown[] = Array.isArray(value) ? value : Object.entries(value)
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length < 2 || !isWindow(pair[0])) continue
    const performance = readPerformance(pair[1])
    if (performance === null) return null
    windows[pair[0]] = performance
    known.add(pair[0])
  }
  return { windows, known: [...known] }
}

/** One row, or why it cannot be used. */
export function readRow(value: unknown): LeaderboardRow | RowFault {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not_an_object'
  const { ethAddress, displayName, accountValue, windowPerformances } = value as Record<string, unknown>
  const address = typeof ethAddress === 'string' ? ethAddress.toLowerCase() : ''
  if (!ADDRESS.test(address)) return 'bad_address'
  const worth = readNumber(accountValue)
  if (worth === null) return 'bad_account_value'
  if (worth < 0) return 'negative_account_value'
  const read = readWindows(windowPerformances)
  if (read === null) return 'bad_window'
  return {
    address,
    displayName: typeof displayName === 'string' ? displayName.slice(0, 64) : '',
    accountValue: worth,
    ...read,
  }
}

/** Collects rows one by one; of two rows of one address the first stays, whatever their case. */
export function createRowReader(): { take(value: unknown): void; result(): ReadRows } {
  const rows: LeaderboardRow[] = []
  const addresses = new Set<string>()
  const faults = Object.fromEntries(ROW_FAULTS.map((fault) => [fault, 0])) as Record<RowFault, number>
  let seen = 0
  return {
    take(value) {
      seen++
      const row = readRow(value)
      if (typeof row === 'string') faults[row]++
      else if (addresses.has(row.address)) faults.duplicate++
      else {
        addresses.add(row.address)
        rows.push(row)
      }
    },
    result: () => ({ rows, faults, seen }),
  }
}

/** Reads a list of rows at once. */
export function readRows(values: readonly unknown[]): ReadRows {
  const reader = createRowReader()
  for (const value of values) reader.take(value)
  return reader.result()
}
