/** Closed candles from the venue's history, for a strategy's warm-up. */
// Not here: candles of the running stream (streamers/market-state.ts).
import type { CandleEvent } from '#domain/events.ts'
import { toClosedCandle } from '#domain/market/candle.ts'
import type { HistoryRequest } from '#domain/session/effects.ts'
import type { ClosedCandle } from '#domain/session/types.ts'
import { type EpochMs, INTERVAL_MS } from '#domain/time.ts'

export interface HistoryDeps {
  /** The market's own time: of a replay it is the recording's. */
  marketTime(coin: string): Promise<EpochMs>
  candles(request: {
    coin: string
    interval: HistoryRequest['interval']
    startTs: EpochMs
    endTs: EpochMs
  }): Promise<CandleEvent[]>
}

export const createHistoryActivities = (deps: HistoryDeps) => ({
  candleHistory: async ({ coin, interval, bars }: HistoryRequest): Promise<ClosedCandle[]> => {
    const now = await deps.marketTime(coin)
    const startTs = now - (bars + 1) * INTERVAL_MS[interval]
    const candles = await deps.candles({ coin, interval, startTs, endTs: now })
    return candles
      .filter((candle) => candle.closeTs < now)
      .slice(-bars)
      .map(toClosedCandle)
  },
})

export type HistoryActivities = ReturnType<typeof createHistoryActivities>
