/** The synthetic market: seeded coins that step in real time, with a past that lies ready when the exchange starts. */
// Not here: one coin's behaviour (synthetic-market.ts).
import { type EpochMs, HOUR_MS, MINUTE_MS } from '#domain/time.ts'
import type { CoinSpec } from '#exchange/paper/engine/types.ts'
import { coinSpec, knownCoin } from '#exchange/paper/market/known-coins.ts'
import { marketAge } from '#exchange/paper/sources/market-age.ts'
import type {
  HistoryCandle,
  MarketSource,
  SourceEvent,
  SourceSink,
  SourceStatus,
} from '#exchange/paper/sources/source.ts'
import {
  BOOK_EVERY_STEPS,
  coinWeight,
  createSyntheticCoin,
  moveMid,
  resumeSyntheticCoin,
  STEP_MS,
  type SyntheticCoin,
  stepSyntheticCoin,
  stepTs,
  syntheticBook,
} from '#exchange/paper/sources/synthetic-market.ts'
import {
  checkStepMs,
  isOfMarket,
  type SyntheticCheckpoint,
  type SyntheticOptions,
} from '#exchange/paper/sources/synthetic-options.ts'
import { walkPast } from '#exchange/paper/sources/synthetic-past.ts'
import { SyntheticTraders } from '#exchange/paper/sources/synthetic-traders.ts'
import { wireLevels, wireTrade } from '#exchange/paper/sources/synthetic-wire.ts'

/** More than so much to catch up is taken in one-minute strides first. */
const CATCH_UP_STEPS_MAX = 6 * (HOUR_MS / STEP_MS)
/** Steps done in one turn of the event loop, and milliseconds that it may take. */
const TURN_STEPS = 500
const TURN_MS = 5
const TRADERS = 2_000
/** Shortest time between two positions kept, milliseconds: an accelerated market passes many minutes in it. */
const KEEP_EVERY_MS = 1_000

export const createSyntheticSource = (options: SyntheticOptions): MarketSource => new SyntheticSource(options)

class SyntheticSource implements MarketSource {
  readonly coins: readonly CoinSpec[]
  readonly isForeign = false
  readonly #options: SyntheticOptions
  /** Position of an earlier run of the same market. */
  readonly #stored: SyntheticCheckpoint | null
  readonly #startTs: EpochMs
  readonly #markets: SyntheticCoin[]
  readonly traders: SyntheticTraders
  readonly #abort = new AbortController()
  /** Stands at the last whole minute: a restart repeats the minute it fell in, trade by trade. */
  #boundary: SyntheticCheckpoint | null
  /** Steps of 100 ms taken at once. */
  readonly #stride: number
  /** Of those, from one book of a coin to the next. */
  readonly #bookTurns: number
  #step = 0
  #keptMs = Number.NEGATIVE_INFINITY
  #catchingUp = false
  /** Coins whose book has been sent: nobody shall know a touch and be told that there is no book. */
  readonly #shown = new Set<number>()
  #events = 0
  #state: SourceStatus['state'] = 'held'
  #running: Promise<void> = Promise.resolve()

  constructor(options: SyntheticOptions) {
    const { seed, coins, clock, checkpoint = null, pastMs = 0, stepMs = STEP_MS } = options
    checkStepMs(stepMs)
    this.#options = options
    this.#stride = stepMs / STEP_MS
    const bookMs = options.bookMs ?? BOOK_EVERY_STEPS * STEP_MS
    this.#bookTurns = Math.max(1, Math.round(bookMs / stepMs))
    this.#stored = checkpoint && isOfMarket(checkpoint, options) ? checkpoint : null
    this.#boundary = this.#stored
    // Whole minutes, so that the past's candles close where the live ones open.
    this.#startTs = this.#stored?.startTs ?? Math.floor((clock.now() - pastMs) / MINUTE_MS) * MINUTE_MS
    this.coins = coins.map((name, asset) => coinSpec(name, asset))
    this.#markets = this.coins.map((spec) => {
      const { startPx, volatility } = knownCoin(spec.name)
      return createSyntheticCoin(spec, seed, { px: startPx, volatility, weight: coinWeight(spec.asset) })
    })
    this.traders = new SyntheticTraders(seed, options.traders ?? TRADERS, this.#startTs)
    if (this.#stored) this.traders.population.restore(this.#stored.population)
  }

  /** Walks the past forward and leaves every coin at step 0; a stored position then takes over. */
  *history(): Generator<HistoryCandle> {
    for (const coin of this.#markets) yield* walkPast(coin, this.#startTs)
    if (!this.#stored) return
    for (const [index, coin] of this.#markets.entries()) {
      const at = this.#stored.states[index]
      if (at) resumeSyntheticCoin(coin, at)
    }
    this.#step = this.#stored.step
  }

  start(sink: SourceSink): void {
    this.#state = 'running'
    // Else a market that is killed in its first minute would begin anew, with another past.
    this.#boundary ??= this.#standing()
    this.#running = this.#run(sink)
  }

  status(): SourceStatus {
    const market_ts = stepTs(this.#startTs, this.#step)
    return { source: 'synthetic', state: this.#state, market_ts, events: this.#events, events_total: null }
  }

  checkpoint(): SyntheticCheckpoint | null {
    return this.#boundary
  }

  minutesUntil(): EpochMs {
    return this.#boundary ? stepTs(this.#startTs, this.#boundary.step) : 0
  }

  async close(): Promise<void> {
    this.#abort.abort()
    await this.#running
  }

  async #run(sink: SourceSink): Promise<void> {
    const { clock, speed, pastMs = 0 } = this.#options
    const { signal } = this.#abort
    const age = marketAge({
      startTs: this.#startTs,
      standsAtMs: this.#step * STEP_MS,
      letGoTs: clock.now(),
      speed,
      fromPast: pastMs > 0,
    })
    const steps = (ageMs: number) => Math.floor(ageMs / STEP_MS / this.#stride) * this.#stride
    const missed = () => steps(age.missed(clock.now()))
    if (missed() - this.#step > 20) await this.#catchUp(sink, missed)
    while (!signal.aborted) {
      const due = steps(age.at(clock.now()))
      this.#takeTurn(sink, due)
      await sink.ready()
      if (this.#step < due) continue // behind: the loop of events had its turn, no need to sleep
      const waitMs = ((this.#step + this.#stride) * STEP_MS - age.at(clock.now())) / speed
      await clock.sleep(Math.max(1, waitMs), signal)
    }
  }

  /** The market went on while nobody was there: its trades and candles are made up for, orders could not trade on them. */
  async #catchUp(sink: SourceSink, target: () => number): Promise<void> {
    this.#catchingUp = true
    sink.catchUp(true)
    // A very long absence is crossed in strides of a minute; that stretch has no trades.
    const far = target() - CATCH_UP_STEPS_MAX
    if (this.#step < far) {
      for (const coin of this.#markets) while (coin.state.step < far) moveMid(coin, MINUTE_MS / STEP_MS)
      this.#step = Math.max(...this.#markets.map(({ state }) => state.step))
    }
    while (this.#step < target() && !this.#abort.signal.aborted) {
      this.#takeTurn(sink, target())
      await sink.ready()
    }
    this.#catchingUp = false
    sink.catchUp(false)
  }

  /** Steps towards `due`, but holds the event loop for a moment only: requests are answered between turns. */
  #takeTurn(sink: SourceSink, due: number): void {
    const { clock } = this.#options
    const until = clock.monotonicMs() + TURN_MS
    for (let turn = 0; this.#step < due && turn < TURN_STEPS; turn++) {
      this.#stepAll(sink)
      if (clock.monotonicMs() >= until) return
    }
  }

  #stepAll(sink: SourceSink): void {
    this.#step += this.#stride
    const ts = stepTs(this.#startTs, this.#step)
    for (const coin of this.#markets) this.#stepCoin(sink, coin, ts)
    if (ts % MINUTE_MS !== 0) return
    const nowMs = this.#options.clock.monotonicMs()
    if (nowMs - this.#keptMs < KEEP_EVERY_MS) return
    this.#keptMs = nowMs
    this.#boundary = this.#standing()
  }

  #stepCoin(sink: SourceSink, coin: SyntheticCoin, ts: EpochMs): void {
    const { name, asset } = coin.spec
    const before = { ...coin.state }
    const { trades, touchChanged } = stepSyntheticCoin(coin, this.#stride)
    if (trades.length > 0) {
      const stood = syntheticBook({ ...coin, state: before })
      const booked = this.traders.trade({ coin, trades, stood, ts, step: this.#step })
      this.#emit(sink, { kind: 'trades', trades: booked.map((sides) => wireTrade(coin.spec, sides)) })
      sink.traderFills(booked.flat())
    }
    // Nobody sees the books of the time that is caught up with.
    if (this.#catchingUp) return
    // Coins take their snapshots in turn, so that frames do not come in bursts.
    const turn = this.#step / this.#stride + asset
    const snapshot = turn % this.#bookTurns === 0 || !this.#shown.has(asset)
    if (!touchChanged && !snapshot) return
    this.#shown.add(asset)
    const book = syntheticBook(coin)
    this.traders.quote(coin.spec, book, ts)
    const bids = wireLevels(coin.spec, book.bids)
    const asks = wireLevels(coin.spec, book.asks)
    const [bid = null, ask = null] = [bids[0], asks[0]]
    if (touchChanged) this.#emit(sink, { kind: 'bbo', coin: name, ts, bid, ask })
    if (snapshot) this.#emit(sink, { kind: 'book', coin: name, ts, bids, asks })
  }

  #emit(sink: SourceSink, event: SourceEvent): void {
    this.#events++
    sink.event(event)
  }

  #standing(): SyntheticCheckpoint {
    const states = this.#markets.map(({ state }) => ({ ...state }))
    const { seed, coins } = this.#options
    const population = this.traders.population.state()
    return { seed, coins, startTs: this.#startTs, step: this.#step, states, population }
  }
}
