/** Recorded candles as a market: each bar's prices pass, its close stands for the bar's length, and so on to the end of the file. */
// Not here: the prices of one bar (candle-bars.ts), reading files (candle-files.ts), recorded frames (replay.ts).
import type { Clock, EpochMs } from '#domain/time.ts'
import type { CoinSpec } from '#exchange/paper/engine/types.ts'
import { type Bar, closeEvents, passingEvents, standingEvents } from '#exchange/paper/sources/candle-bars.ts'
import { type CoinBars, readBars } from '#exchange/paper/sources/candle-files.ts'
import type { HistoryCandle, MarketSource, SourceSink, SourceStep } from '#exchange/paper/sources/source.ts'

export interface CandleSourceOptions {
  /** `FILE[,FILE…][@TIME]`: CSV files of one interval, one a coin; candles before TIME are the past. */
  files: string
  /** Market milliseconds per millisecond, once it is started. */
  speed: number
  clock: Clock
  checkpoint?: { halves: number } | null
  /** Distance of bid and ask at a close, basis points: the backtest's default. */
  spreadBps?: number
}

/** A standing book is told this often, milliseconds. */
const STANDING_MS = 500
const SPREAD_BPS = 1

/** @throws InvalidInputError for a file that is absent, or is not named or filled as candles of the same interval and times */
export function createCandleSource(options: CandleSourceOptions): MarketSource {
  return new CandleSource(options, readBars(options.files, options.spreadBps ?? SPREAD_BPS))
}

class CandleSource implements MarketSource {
  readonly coins: readonly CoinSpec[]
  readonly isForeign = true
  readonly #options: CandleSourceOptions
  readonly #series: readonly CoinBars[]
  readonly #first: number
  readonly #abort = new AbortController()
  /** Half bars since the first: even ones stand at a close, odd ones have seen the next bar's prices pass. */
  #halves: number
  #tid: number
  #isShown = false
  #state: 'held' | 'running' | 'done' = 'held'
  #running: Promise<unknown> = Promise.resolve()
  #standing: Promise<void> | null = null

  constructor(options: CandleSourceOptions, { series, first }: { series: CoinBars[]; first: number }) {
    this.#options = options
    this.#series = series
    this.#first = first
    this.coins = series.map(({ spec }) => spec)
    // A crash between the halves of a bar shows it once more: its prices may have been told in part.
    this.#halves = Math.floor((options.checkpoint?.halves ?? 0) / 2) * 2
    this.#tid = this.#halves * 100 + 1
  }

  *history(): Iterable<HistoryCandle> {
    for (const { spec, bars, lengthMs } of this.#series) {
      for (const { openTs, open, high, low, close, lots } of bars.slice(0, this.#at()))
        yield { asset: spec.asset, lengthMs, openTs, open, high, low, close, volume: lots, trades: 4 }
    }
  }

  start(sink: SourceSink): void {
    this.#state = 'running'
    this.#running = this.#run(sink)
  }

  step(sink: SourceSink): SourceStep {
    if (!this.#isShown) this.#show(sink)
    else if (this.#left() > 0) this.#half(sink)
    this.#standing ??= this.#stand(sink)
    return { market_ts: this.#marketTs(), is_closed: this.#halves % 2 === 0, bars_left: this.#left() }
  }

  status() {
    const { files } = this.#options
    const total = this.#length() - this.#first
    const events = Math.floor(this.#halves / 2)
    return {
      source: `candles:${files}`,
      state: this.#left() === 0 ? ('done' as const) : this.#state,
      market_ts: this.#marketTs(),
      events,
      events_total: total,
    }
  }

  checkpoint(): { halves: number } {
    return { halves: this.#halves }
  }

  async close(): Promise<void> {
    this.#abort.abort()
    await Promise.all([this.#running, this.#standing])
  }

  /** Index of the bar that comes next. */
  #at(): number {
    return this.#first + Math.floor(this.#halves / 2)
  }

  #length(): number {
    return Math.min(...this.#series.map(({ bars }) => bars.length))
  }

  #left(): number {
    return this.#length() - this.#at()
  }

  #marketTs(): EpochMs {
    const { bars, lengthMs } = this.#series[0] as CoinBars
    return (bars[this.#at() - 1] as Bar).openTs + lengthMs
  }

  /** The close of the newest bar of the past. */
  #show(sink: SourceSink): void {
    this.#isShown = true
    for (const each of this.#series)
      for (const event of closeEvents(each, each.bars[this.#at() - 1] as Bar)) sink.event(event)
  }

  #half(sink: SourceSink): void {
    const at = this.#at()
    const isPassing = this.#halves % 2 === 0
    const tid = (): number => this.#tid++
    for (const each of this.#series) {
      const bar = each.bars[at] as Bar
      const waiting = sink.waiting?.(each.spec.name) ?? []
      for (const event of isPassing ? passingEvents(each, bar, waiting, tid) : closeEvents(each, bar))
        sink.event(event)
    }
    this.#halves += 1
  }

  /** Prices pass in the middle of a bar's time, so that whoever acts on a close and whoever is closed by a trigger both have half of it. */
  async #run(sink: SourceSink): Promise<void> {
    const { clock, speed } = this.#options
    const { signal } = this.#abort
    const halfMs = (this.#series[0] as CoinBars).lengthMs / speed / 2
    if (!this.#isShown) this.#show(sink)
    this.#standing ??= this.#stand(sink)
    let dueMs = clock.monotonicMs()
    while (this.#left() > 0 && !signal.aborted) {
      dueMs += halfMs
      const waitMs = dueMs - clock.monotonicMs()
      if (waitMs > 1) await clock.sleep(waitMs, signal)
      await sink.ready()
      if (!signal.aborted) this.#half(sink)
    }
  }

  async #stand(sink: SourceSink): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      await this.#options.clock.sleep(STANDING_MS, signal)
      if (signal.aborted || this.#halves % 2 === 1) continue
      for (const each of this.#series)
        for (const event of standingEvents(each, each.bars[this.#at() - 1] as Bar)) sink.event(event)
    }
  }
}
