/** Market events → rows of the market tables: everything of trades, books and quotes, candles when they change, contexts when they differ. */
// Not here: the disk and the database (clickhouse/writer), gaps (gap-log.ts), accounts (account-recorder.ts).
import type * as Market from '#clickhouse/tables/market.ts'
import type { Writer } from '#clickhouse/writer/ports.ts'
import type { AssetContextEvent, CandleEvent, MarketEvent, MidsEvent, TradeEvent } from '#domain/events.ts'
import type { Clock } from '#domain/time.ts'
import { bboRow, bookRow, candleRow, contextRow, tradeRow } from '#streamers/market-rows.ts'

export type MarketTables = Pick<
  typeof Market,
  'trades' | 'l2Snapshots' | 'bbo' | 'candles' | 'mids' | 'assetContexts'
>

/** How much of each stream is stored. Trades, books and best prices are always stored whole. */
export interface RecordingPolicy {
  /** A forming candle is written at most so often, milliseconds; its last version always. */
  candleEveryMs: number
  /** Mids are sampled: one row per coin in so many milliseconds. */
  midsEveryMs: number
}
export const DEFAULT_POLICY: RecordingPolicy = { candleEveryMs: 2_000, midsEveryMs: 10_000 }

export interface MarketRecorder {
  /** Takes the events of one frame. @throws SpoolFullError of the writer: nothing was taken, give them again later */
  take(events: readonly MarketEvent[]): void
  /** Writes forming candles that are due. Call it a few times a second. */
  tick(): void
  /** Writes every candle version not written yet: before the process ends. */
  finish(): void
}

interface FormingCandle {
  event: CandleEvent
  isWritten: boolean
  writtenMs: number
}

export function createMarketRecorder(options: {
  writer: Pick<Writer, 'write'>
  tables: MarketTables
  clock: Pick<Clock, 'monotonicMs'>
  policy?: RecordingPolicy
}): MarketRecorder {
  const { writer, tables, clock, policy = DEFAULT_POLICY } = options
  const candles = new Map<string, FormingCandle>()
  const contexts = new Map<string, string>()
  let midsMs = Number.NEGATIVE_INFINITY

  const writeCandle = (candle: FormingCandle): void => {
    writer.write(tables.candles, [candleRow(candle.event)])
    candle.isWritten = true
    candle.writtenMs = clock.monotonicMs()
  }
  const takeCandle = (event: CandleEvent): void => {
    const key = `${event.coin}|${event.interval}`
    const known = candles.get(key)
    if (!known) {
      const fresh = { event, isWritten: false, writtenMs: 0 }
      writeCandle(fresh)
      candles.set(key, fresh)
      return
    }
    if (event.openTs < known.event.openTs) {
      writer.write(tables.candles, [candleRow(event)]) // a late word about a closed one
      return
    }
    // The old candle is complete: its last version must be stored before it is forgotten.
    if (event.openTs > known.event.openTs && !known.isWritten) writeCandle(known)
    known.event = event
    known.isWritten = false
  }
  const takeContext = (event: AssetContextEvent): void => {
    const { kind: _kind, receivedTs: _receivedTs, ...facts } = event
    const print = JSON.stringify(facts)
    if (contexts.get(event.coin) === print) return
    writer.write(tables.assetContexts, [contextRow(event)])
    contexts.set(event.coin, print)
  }
  const takeMids = (event: MidsEvent): void => {
    if (clock.monotonicMs() - midsMs < policy.midsEveryMs) return
    writer.write(
      tables.mids,
      Object.entries(event.mids).map(([coin, mid]) => ({ coin, ts: event.receivedTs, mid })),
    )
    midsMs = clock.monotonicMs()
  }

  return {
    take(events) {
      const first = events[0]
      if (!first) return
      // One frame holds one kind; trades alone come several in a frame, and are taken whole or not at all.
      if (first.kind === 'trade') writer.write(tables.trades, (events as readonly TradeEvent[]).map(tradeRow))
      else if (first.kind === 'bbo') writer.write(tables.bbo, [bboRow(first)])
      else if (first.kind === 'book') writer.write(tables.l2Snapshots, [bookRow(first)])
      else if (first.kind === 'candle') takeCandle(first)
      else if (first.kind === 'mids') takeMids(first)
      else takeContext(first)
    },
    tick() {
      const now = clock.monotonicMs()
      for (const candle of candles.values())
        if (!candle.isWritten && now - candle.writtenMs >= policy.candleEveryMs) writeCandle(candle)
    },
    finish() {
      for (const candle of candles.values()) if (!candle.isWritten) writeCandle(candle)
    },
  }
}
