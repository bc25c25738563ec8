/** Reads the leaderboard once a day, keeps and scores it, and decides who is tracked from now on. A bad document changes nothing. */
// Not here: scores and selection (domain/traders), when it runs (workflows/schedules.ts).
import type {
  LeaderboardRow as StoredRow,
  TrackedTraderRow,
  TraderScoreRow,
  TraderSelectionRow,
} from '#clickhouse/tables/traders.ts'
import { type Clock, DAY_MS, type EpochMs, HOUR_MS, isoDay } from '#domain/time.ts'
import { inferPosition } from '#domain/traders/inference.ts'
import { createRowReader, type LeaderboardRow, type ReadRows } from '#domain/traders/leaderboard.ts'
import { createRowScanner } from '#domain/traders/row-scanner.ts'
import { scoreTrader, tagsOf } from '#domain/traders/score.ts'
import {
  changesSince,
  refuseDocument,
  type ScoredRow,
  type SelectionRules,
  selectTraders,
} from '#domain/traders/selection.ts'

export interface SelectionMemory {
  /** The newest selections, newest first. */
  selections(): Promise<
    readonly {
      day_ts: EpochMs
      status: string
      reason: string
      rows: number
      tracked: number
      document_at: EpochMs
    }[]
  >
  /** Tracked now, best first. */
  tracked(): Promise<readonly string[]>
}

export interface SelectionSink {
  leaderboard(rows: readonly StoredRow[]): void
  scores(rows: readonly TraderScoreRow[]): void
  tracked(rows: readonly TrackedTraderRow[]): void
  selection(row: TraderSelectionRow): void
  /** Settles when everything given so far is in the database. */
  drained(): Promise<void>
}

export interface TraderSelectionDeps {
  clock: Pick<Clock, 'now'>
  rules: SelectionRules
  /** Hands the document over piece by piece. @throws when it cannot be read */
  readDocument(onText: (text: string) => void): Promise<void>
  memory: SelectionMemory
  sink: SelectionSink
  /** Lets others run between two pieces of work. */
  breathe(): Promise<void>
}

export interface SelectionRequest {
  /** Selects again although the day has its selection. */
  force?: boolean
}

export interface SelectionResult {
  /** UTC day, YYYY-MM-DD. */
  day: string
  status: 'used' | 'refused' | 'already_done'
  reason: string
  rows: number
  tracked: number
  entered: number
  left: number
}

/** Rows worked on in one go. */
const BATCH = 2_000

export const createTraderSelectionActivities = (deps: TraderSelectionDeps) => ({
  selectTraders: async ({ force = false }: SelectionRequest = {}): Promise<SelectionResult> => {
    const documentTs = deps.clock.now()
    const dayTs = Math.floor(documentTs / DAY_MS) * DAY_MS
    const day = isoDay(dayTs)
    const all = await deps.memory.selections()
    const before = all.filter(({ status }) => status === 'used')
    const today = before.find(({ day_ts }) => day_ts === dayTs)
    if (today && !force) {
      const { rows, tracked } = today
      return { day, status: 'already_done', reason: '', rows, tracked, entered: 0, left: 0 }
    }
    // A document that was refused is not asked for again at once: it is large, and it will not have changed.
    const refused = all.find(
      ({ status, document_at }) => status === 'refused' && documentTs - document_at < HOUR_MS,
    )
    if (refused && !force) {
      const { reason, rows, tracked } = refused
      return { day, status: 'refused', reason, rows, tracked, entered: 0, left: 0 }
    }
    const read = await readRows(deps)
    const facts = { documentTs, dayTs, day, read }
    const rowsBefore = before[0]?.rows ?? 0
    const refusal = refuseDocument({ complete: read.complete, rows: read.rows.length, rowsBefore })
    if (refusal !== null) return refuse(deps, facts, refusal, await deps.memory.tracked())
    return store(deps, facts, await deps.memory.tracked())
  },
})

export type TraderSelectionActivities = ReturnType<typeof createTraderSelectionActivities>

interface Facts {
  documentTs: EpochMs
  dayTs: EpochMs
  day: string
  read: ReadRows & { complete: boolean; unreadable: number }
}

async function readRows({ readDocument }: TraderSelectionDeps): Promise<Facts['read']> {
  const reader = createRowReader()
  const scanner = createRowScanner((row) => reader.take(row))
  await readDocument((text) => scanner.push(text))
  const complete = scanner.end()
  return { ...reader.result(), complete, unreadable: scanner.unreadable() }
}

async function refuse(
  { clock, sink }: TraderSelectionDeps,
  { documentTs, dayTs, day, read }: Facts,
  reason: string,
  tracked: readonly string[],
): Promise<SelectionResult> {
  const rows = read.rows.length
  sink.selection({
    ...{ day: dayTs, status: 'refused', reason, document_ts: documentTs, rows, rows_seen: read.seen },
    ...{ faults: faultsOf(read), tracked: tracked.length, entered: 0, left: 0, received_ts: clock.now() },
  })
  await sink.drained()
  return { day, status: 'refused', reason, rows, tracked: tracked.length, entered: 0, left: 0 }
}

/** The row of the day is written last: without it the other rows are of nobody's selection. */
async function store(
  deps: TraderSelectionDeps,
  { documentTs, dayTs, day, read }: Facts,
  before: readonly string[],
): Promise<SelectionResult> {
  const { clock, rules, sink } = deps
  const scored: ScoredRow[] = []
  for (let at = 0; at < read.rows.length; at += BATCH) {
    const batch = read.rows.slice(at, at + BATCH).map((row) => ({ row, score: scoreTrader(row) }))
    scored.push(...batch)
    sink.leaderboard(batch.map(({ row }) => storedRow(row, dayTs, documentTs)))
    sink.scores(batch.map((each) => scoreRow(each, rules, dayTs, documentTs)))
    await deps.breathe()
  }
  const chosen = selectTraders(scored, rules)
  const tracked = chosen.length > 0 ? chosen : []
  const changes = changesSince(before, tracked, scored, rules)
  const entered = new Set(changes.filter(({ change }) => change === 'entered').map(({ address }) => address))
  const common = { day: dayTs, received_ts: documentTs }
  const kept = tracked.map(
    ({ address, rank, score, reason }): TrackedTraderRow => ({
      ...{ ...common, address, rank, score, reason },
      change: entered.has(address) ? 'entered' : 'kept',
    }),
  )
  // Nobody is good enough today: those of yesterday stay, under today's document.
  const held = before.map(
    (address, at): TrackedTraderRow => ({
      ...{ ...common, address, rank: at + 1, score: 0, reason: 'nobody_selected', change: 'kept' },
    }),
  )
  const gone = changes
    .filter(({ change }) => change === 'left')
    .map(
      ({ address, reason }): TrackedTraderRow => ({
        ...common,
        address,
        rank: 0,
        score: 0,
        reason,
        change: 'left',
      }),
    )
  const rows = tracked.length > 0 ? [...kept, ...gone] : held
  if (rows.length > 0) sink.tracked(rows)
  await sink.drained()
  const counts = { tracked: rows.length - gone.length, entered: entered.size, left: gone.length }
  sink.selection({
    ...{ day: dayTs, status: 'used', reason: '', document_ts: documentTs, rows: read.rows.length },
    ...{ rows_seen: read.seen, faults: faultsOf(read), ...counts, received_ts: clock.now() },
  })
  await sink.drained()
  return { day, status: 'used', reason: '', rows: read.rows.length, ...counts }
}

const faultsOf = ({ faults, unreadable }: Facts['read']): string => JSON.stringify({ ...faults, unreadable })

const storedRow = (row: LeaderboardRow, day: EpochMs, documentTs: EpochMs): StoredRow => {
  const { windows } = row
  return {
    day,
    address: row.address,
    display_name: row.displayName,
    account_value: row.accountValue,
    day_pnl: windows.day.pnl,
    day_roi: windows.day.roi,
    day_volume: windows.day.volume,
    week_pnl: windows.week.pnl,
    week_roi: windows.week.roi,
    week_volume: windows.week.volume,
    month_pnl: windows.month.pnl,
    month_roi: windows.month.roi,
    month_volume: windows.month.volume,
    all_time_pnl: windows.allTime.pnl,
    all_time_roi: windows.allTime.roi,
    all_time_volume: windows.allTime.volume,
    received_ts: documentTs,
  }
}

const scoreRow = (
  { row, score }: ScoredRow,
  rules: SelectionRules,
  day: EpochMs,
  documentTs: EpochMs,
): TraderScoreRow => {
  const { holds, reason, confidence } = inferPosition(row, rules.inference)
  return {
    ...{ day, address: row.address, score: score.total, ...score.parts, tags: tagsOf(row, score.total) },
    ...{ likely: holds, reason, confidence, received_ts: documentTs },
  }
}
