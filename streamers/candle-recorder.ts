/** Candles → rows while they form: thinned in between, but the last word of each candle is always stored. */
// Not here: the other streams (market-recorder.ts).
import type { candles } from '#clickhouse/tables/market.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import type { CandleEvent } from '#domain/events.ts'
import type { Clock } from '#domain/time.ts'
import { candleRow } from '#streamers/market-rows.ts'

interface FormingCandle {
  event: CandleEvent
  isWritten: boolean
  writtenMs: number
}

export function createCandleRecorder(options: {
  writer: Pick<Writer, 'write'>
  table: typeof candles
  clock: Pick<Clock, 'monotonicMs'>
  /** A forming candle is written at most so often, milliseconds. */
  everyMs(): number
  counts: { seen: number; kept: number }
}): { take(event: CandleEvent): void; tick(): void; finish(): void } {
  const { writer, table, clock, everyMs, counts } = options
  const forming = new Map<string, FormingCandle>()

  const write = (event: CandleEvent): void => {
    writer.write(table, [candleRow(event)])
    counts.kept++
  }
  const writeForming = (candle: FormingCandle): void => {
    write(candle.event)
    candle.isWritten = true
    candle.writtenMs = clock.monotonicMs()
  }
  return {
    take(event) {
      const key = `${event.coin}|${event.interval}`
      const known = forming.get(key)
      if (!known) {
        const fresh = { event, isWritten: false, writtenMs: 0 }
        writeForming(fresh)
        forming.set(key, fresh)
      } else if (event.openTs < known.event.openTs) {
        write(event) // a late word about a closed one
      } else {
        // The old candle is complete: its last version must be stored before it is forgotten.
        if (event.openTs > known.event.openTs && !known.isWritten) writeForming(known)
        known.event = event
        known.isWritten = false
      }
      counts.seen++
    },
    tick() {
      const now = clock.monotonicMs()
      for (const candle of forming.values())
        if (!candle.isWritten && now - candle.writtenMs >= everyMs()) writeForming(candle)
    },
    finish() {
      for (const candle of forming.values()) if (!candle.isWritten) writeForming(candle)
    },
  }
}
