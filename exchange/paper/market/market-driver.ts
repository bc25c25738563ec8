/** Runs a source into the market: history first, then events, with its position stored and subscribers' backlog respected. */
import type { Clock, EpochMs } from '#domain/time.ts'
import type { MarketData } from '#exchange/paper/market/market-data.ts'
import type { MarketStore } from '#exchange/paper/market-store.ts'
import type { MarketSource } from '#exchange/paper/sources/source.ts'

export interface MarketDriverDeps {
  source: MarketSource
  sourceName: string
  market: MarketData
  store: MarketStore | null
  /** Largest backlog of a subscriber, bytes. */
  backlog(): number
  clock: Clock
  /** True when the source begins anew: minutes of an earlier market do not belong to it. */
  isFresh: boolean
}

export interface MarketDriver {
  /** @returns false when it was running already */
  start(): boolean
  /** Stores the position and the minutes that closed. */
  save(): void
}

/** A source waits while a subscriber is so far behind. */
const BACKLOG_BYTES = 8 * 1024 * 1024
/** It does not wait longer than this for one that has stopped reading; the socket's own limit ends that one. */
const WAIT_MS_MAX = 20_000

export function createMarketDriver(deps: MarketDriverDeps): MarketDriver {
  const { source, sourceName, market, store, clock } = deps
  let started = false
  let catchingUp = false
  /** Opening time of the newest stored minute, by asset. */
  const stored: EpochMs[] = []

  if (deps.isFresh) store?.reset(sourceName)
  for (const candle of source.history()) market.addHistory(candle)
  const minutes = store?.minutes(sourceName) ?? []
  for (const candle of minutes) {
    market.addHistory(candle)
    stored[candle.asset] = candle.openTs
  }
  // Prepared history is not stored: it comes from the seed again.
  for (const { spec, candles } of market.coins) stored[spec.asset] ??= candles.last('1m')?.openTs ?? 0

  async function ready(): Promise<void> {
    // Sockets only write when the event loop turns.
    await new Promise<void>((resolve) => setImmediate(resolve))
    const since = clock.monotonicMs()
    while (deps.backlog() > BACKLOG_BYTES && clock.monotonicMs() - since < WAIT_MS_MAX) await clock.sleep(5)
  }

  return {
    start: () => {
      if (started) return false
      started = true
      source.start({
        event: (event) => market.onEvent(event),
        ready,
        catchUp: (value) => {
          catchingUp = value
          market.catchUp(value)
        },
      })
      return true
    },
    save: () => {
      if (!store || !started || catchingUp) return
      const checkpoint = source.checkpoint()
      if (checkpoint === null) return
      const until = source.minutesUntil?.()
      const closed = market.coins.flatMap(({ spec, candles }) => {
        if (until === undefined) return []
        const fresh = candles
          .range('1m', (stored[spec.asset] ?? 0) + 60_000, until)
          .filter((candle) => candle.closeTs < until)
        const last = fresh.at(-1)
        if (last) stored[spec.asset] = last.openTs
        return fresh.map((candle) => ({ coin: spec.name, asset: spec.asset, candle }))
      })
      // Minutes first: a position without its minutes would leave a hole, minutes stored twice are only written again.
      store.addMinutes(sourceName, closed)
      store.saveCheckpoint(sourceName, checkpoint)
    },
  }
}
