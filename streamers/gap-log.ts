/** Gaps as rows of ingest_gaps, and the state file that lets a killed process own up to the gap it leaves. */
// Not here: when a gap opens and closes (continuity.ts), what fetches missing rows afterwards.
import { z } from 'zod'
import type { ingestGaps } from '#clickhouse/tables/operations.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import { readJson, writeJsonAtomic } from '#config/atomic-file.ts'
import type { Clock, EpochMs } from '#domain/time.ts'
import type { FillReach } from '#streamers/account-recorder.ts'
import type { Gap, Reach } from '#streamers/continuity.ts'
import type { FeedLog } from '#streamers/frame-faults.ts'

const StateFile = z.object({
  /** Which market the reach belongs to: another one starts without gaps. */
  market: z.string(),
  saved_ts: z.number(),
  reach: z.array(z.object({ channel: z.string(), coin: z.string(), ts: z.number(), tid: z.number() })),
  fills: z.array(z.object({ account: z.string(), ts: z.number(), tids: z.array(z.number()) })),
})

export interface IngestState {
  reach: readonly Reach[]
  fills: readonly FillReach[]
}

/** Reads how far an earlier process came. A file of another market, or a broken one, counts as none. */
export function readIngestState(file: string, market: string, log: FeedLog): IngestState {
  const read = readJson(file, StateFile)
  if (read.kind === 'broken')
    log.warn({ file, why: read.why }, 'ingest state is unreadable; starting without it')
  if (read.kind !== 'value' || read.value.market !== market) return { reach: [], fills: [] }
  return { reach: read.value.reach, fills: read.value.fills }
}

export interface GapLog {
  /** Takes a gap that opened or closed; it is stored by the next `persist`. */
  note(gap: Gap): void
  /**
   * Stores gaps and reach so that a kill at any moment leaves every missing row inside a stored gap: what was written is made durable,
   * then closed gaps, then the reach, and open gaps last. Calls do not overlap.
   */
  persist(): Promise<void>
  /** Gaps open now. */
  open(): number
}

export function createGapLog(options: {
  writer: Pick<Writer, 'write' | 'flush'>
  table: typeof ingestGaps
  file: string
  market: string
  clock: Pick<Clock, 'now'>
  state(): IngestState
}): GapLog {
  const { writer, table, file, market, clock, state } = options
  let waiting: { gap: Gap; version: number }[] = []
  let version = 0
  let running: Promise<void> | null = null
  const openKeys = new Set<string>()

  const store = (rows: readonly { gap: Gap; version: number }[]): void => {
    if (rows.length > 0)
      writer.write(
        table,
        rows.map(({ gap, version }) => gapRow(gap, version)),
      )
  }
  const persistOnce = async (): Promise<void> => {
    const due = waiting
    // Taken before the flush: everything up to here is durable after it.
    const { reach, fills } = state()
    store(due.filter(({ gap }) => gap.status !== 'open'))
    await writer.flush()
    writeJsonAtomic(file, { market, saved_ts: clock.now(), reach, fills })
    const closed = new Set(due.filter(({ gap }) => gap.status !== 'open').map(({ gap }) => keyOf(gap)))
    store(due.filter(({ gap }) => gap.status === 'open' && !closed.has(keyOf(gap))))
    waiting = waiting.slice(due.length)
  }

  return {
    note(gap) {
      version = Math.max(version + 1, clock.now())
      waiting.push({ gap, version })
      if (gap.status === 'open') openKeys.add(keyOf(gap))
      else openKeys.delete(keyOf(gap))
    },
    persist() {
      running ??= persistOnce().finally(() => {
        running = null
      })
      return running
    },
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
})
