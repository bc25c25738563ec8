/** Runs a source into the market: history first, then events, with its position stored and subscribers' backlog respected. */
// Not here: what is made of the events (market-data.ts).
import type { Clock, EpochMs } from '#domain/time.ts'
import type { Fill } from '#exchange/paper/engine/types.ts'
import type { MarketData } from '#exchange/paper/market/market-data.ts'
import type { MarketStore } from '#exchange/paper/market-store.ts'
import type { MarketSource, SourceSink, SourceStep } from '#exchange/paper/sources/source.ts'

export interface MarketDriverDeps {
  source: MarketSource
  sourceName: string
  market: MarketData
  store: MarketStore | null
  /** Largest backlog of a subscriber, bytes. */
  backlog(): number
  clock: Clock
  /** Fills of the market's own traders. */
  onTraderFills(fills: readonly Fill[]): void
  /** True when the source begins anew: minutes of an earlier market do not belong to it. */
  isFresh: boolean
}

const MINUTE_MS = 60_000
/** A source waits while a subscriber is so far behind. */
const BACKLOG_BYTES = 8 * 1024 * 1024
/** It does not wait longer than this for one that has stopped reading; the socket's own limit ends that one. */
const WAIT_MS_MAX = 20_000

export class MarketDriver {
  readonly #deps: MarketDriverDeps
  /** Opening time of the newest stored minute, by asset. */
  readonly #stored: EpochMs[] = []
  #started = false
  #catchingUp = false
  #lastSaved: unknown = null

  constructor(deps: MarketDriverDeps) {
    this.#deps = deps
    const { source, sourceName, market, store } = deps
    if (deps.isFresh) store?.reset(sourceName)
    for (const candle of source.history()) market.addHistory(candle)
    const until = source.minutesUntil?.() ?? 0
    for (const candle of store?.minutes(sourceName) ?? []) {
      // A crash between minutes and position leaves minutes that the source will bring again.
      if (candle.openTs >= until || candle.openTs <= (this.#stored[candle.asset] ?? 0)) continue
      market.addHistory(candle)
      this.#stored[candle.asset] = candle.openTs
    }
    // Prepared history is not stored: it comes from the seed again.
    for (const { spec, candles } of market.coins) this.#stored[spec.asset] ??= candles.last('1m')?.openTs ?? 0
  }

  /** @returns false when it was running already */
  start(): boolean {
    if (this.#started) return false
    this.#started = true
    this.#deps.source.start(this.#sink())
    return true
  }

  /** Moves a held market of candles by half a bar. @returns null when it runs by itself or cannot be stepped */
  step(): SourceStep | null {
    if (this.#started) return null
    return this.#deps.source.step?.(this.#sink()) ?? null
  }

  #sink(): SourceSink {
    const { market, onTraderFills } = this.#deps
    return {
      event: (event) => market.onEvent(event),
      ready: () => this.#ready(),
      traderFills: (fills) => {
        if (!this.#catchingUp) onTraderFills(fills)
      },
      catchUp: (value) => {
        this.#catchingUp = value
        market.catchUp(value)
      },
      waiting: (coin) => market.waiting(coin),
    }
  }

  /** Stores the position and the minutes that closed before it. */
  save(): void {
    const { source, sourceName, store, market } = this.#deps
    if (!store || !this.#started || this.#catchingUp) return
    const checkpoint = source.checkpoint()
    if (checkpoint === null || checkpoint === this.#lastSaved) return
    this.#lastSaved = checkpoint
    const until = source.minutesUntil?.() ?? 0
    const closed = market.coins.flatMap(({ spec, candles }) => {
      const from = (this.#stored[spec.asset] ?? 0) + MINUTE_MS
      const fresh = from < until ? candles.range('1m', from, until - 1) : []
      this.#stored[spec.asset] = fresh.at(-1)?.openTs ?? this.#stored[spec.asset] ?? 0
      return fresh.map((candle) => ({ coin: spec.name, asset: spec.asset, candle }))
    })
    // Minutes first: a position without its minutes would leave a hole.
    store.addMinutes(sourceName, closed)
    store.saveCheckpoint(sourceName, checkpoint)
  }

  /** Lets the sockets write, and waits for a subscriber that is far behind. */
  async #ready(): Promise<void> {
    const { backlog, clock } = this.#deps
    await new Promise<void>((resolve) => setImmediate(resolve))
    const since = clock.monotonicMs()
    while (backlog() > BACKLOG_BYTES && clock.monotonicMs() - since < WAIT_MS_MAX) await clock.sleep(5)
  }
}
