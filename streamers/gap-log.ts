/** Gaps as rows of ingest_gaps, and the state file that lets a killed process own up to the gap it leaves. */
// Not here: when a gap opens and closes (continuity.ts), what the state file holds (ingest-state.ts), what fetches missing rows afterwards.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ingestGaps } from '#clickhouse/tables/operations.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import type { Clock, EpochMs } from '#domain/time.ts'
import type { Gap } from '#streamers/continuity.ts'
import { type IngestState, saveIngestState } from '#streamers/ingest-state.ts'

export interface GapLog {
  /** Takes a gap that opened or closed; it is stored by the next `persist`. */
  note(gap: Gap): void
  /**
   * Stores gaps and reach so that a kill at any moment leaves every missing row inside a stored gap: what was taken reaches the spool
   * file first, then closed gaps, then the reach, and open gaps last. Calls do not overlap.
   */
  persist(): Promise<void>
  /** Persists at once, for a feed whose first data just came. Never throws: the next regular `persist` tells of a fault. */
  soon(): void
  /** Gaps open now. */
  open(): number
}

export function createGapLog(options: {
  writer: Pick<Writer, 'write' | 'flush' | 'stats'>
  table: typeof ingestGaps
  file: string
  market: string
  /** Which boot of the machine this is; see ingest-state.ts. */
  boot: string
  clock: Pick<Clock, 'now'>
  state(): IngestState
}): GapLog {
  const { writer, table, file, market, boot, clock, state } = options
  let waiting: { gap: Gap; version: number }[] = []
  let version = 0
  let running: Promise<void> | null = null
  let isAgainWanted = false
  const openKeys = new Set<string>()
  /** What a loss of power would leave, because it was synced to the disk. */
  let synced: IngestState = { reach: [], fills: [] }
  let isSyncing = false

  const store = (rows: readonly { gap: Gap; version: number }[]): void => {
    if (rows.length > 0)
      writer.write(
        table,
        rows.map(({ gap, version }) => gapRow(gap, version)),
      )
  }
  const sync = (reached: IngestState): void => {
    if (isSyncing) return
    isSyncing = true
    const done = (): void => {
      isSyncing = false
    }
    writer.flush().then(() => {
      synced = reached
      done()
    }, done) // a disk that takes nothing is told by the writer itself; `synced` stays where it was
  }
  const persistOnce = async (): Promise<void> => {
    const due = [...waiting] // a copy: gaps that are noted while this runs belong to the next persist
    const reached = state()
    store(due.filter(({ gap }) => gap.status !== 'open'))
    // The writer appends at the end of the turn: after this, everything up to `reached` survives a kill of the process.
    await nextTurn()
    if (writer.stats().full) return // perhaps not appended: neither reach nor gaps may get ahead of the rows
    saveIngestState(file, { market, boot, savedTs: clock.now(), reached, synced })
    const closed = new Set(due.filter(({ gap }) => gap.status !== 'open').map(({ gap }) => keyOf(gap)))
    store(due.filter(({ gap }) => gap.status === 'open' && !closed.has(keyOf(gap))))
    waiting = waiting.slice(due.length)
    sync(reached)
  }
  const persist = (): Promise<void> => {
    running ??= persistOnce().finally(() => {
      running = null
      if (!isAgainWanted) return
      isAgainWanted = false
      soon()
    })
    return running
  }
  const soon = (): void => {
    if (running) isAgainWanted = true
    else persist().catch(() => {})
  }

  return {
    note(gap) {
      version = Math.max(version + 1, clock.now())
      waiting.push({ gap, version })
      if (gap.status === 'open') openKeys.add(keyOf(gap))
      else openKeys.delete(keyOf(gap))
    },
    persist,
    soon,
    open: () => openKeys.size,
  }
}

const keyOf = (gap: Gap): string => `${gap.channel}|${gap.coin}|${gap.openedTs}`

const NOT_YET: EpochMs = 0

const gapRow = (gap: Gap, version: number) => ({
  channel: gap.channel,
  coin: gap.coin,
  opened_ts: gap.openedTs,
  closed_ts: gap.status === 'open' ? NOT_YET : gap.closedTs,
  reason: gap.reason,
  rows_recovered: gap.rowsRecovered,
  status: gap.status,
  version,
  healed_ts: 0,
  remains: '',
})
