/** The synthetic market: seeded coins that step in real time, with a past that lies ready when the exchange starts. */
// Not here: one coin's behaviour (synthetic-market.ts).
import { type Clock, type EpochMs, HOUR_MS, MINUTE_MS } from '#domain/time.ts'
import { hashOf, tidOf } from '#exchange/paper/engine/state.ts'
import type { CoinSpec, ExternalLevel } from '#exchange/paper/engine/types.ts'
import { coinSpec, knownCoin } from '#exchange/paper/market/known-coins.ts'
import type { PopulationState } from '#exchange/paper/sources/population.ts'
import type {
  HistoryCandle,
  MarketSource,
  SourceEvent,
  SourceSink,
  SourceStatus,
} from '#exchange/paper/sources/source.ts'
import {
  BOOK_EVERY_STEPS,
  createSyntheticCoin,
  driftOf,
  moveMid,
  resumeSyntheticCoin,
  STEP_MS,
  type SyntheticCoin,
  type SyntheticCoinState,
  type SyntheticTrade,
  stepSyntheticCoin,
  stepTs,
  syntheticBook,
} from '#exchange/paper/sources/synthetic-market.ts'
import { walkPast } from '#exchange/paper/sources/synthetic-past.ts'
import { SyntheticTraders } from '#exchange/paper/sources/synthetic-traders.ts'
import { wireLevels, wireTrade } from '#exchange/paper/sources/synthetic-wire.ts'

export interface SyntheticOptions {
  seed: number
  coins: readonly string[]
  /** Market milliseconds per millisecond. */
  speed: number
  clock: Clock
  checkpoint?: SyntheticCheckpoint | null
  /** Size of the population. */
  traders?: number
}

export interface SyntheticCheckpoint {
  seed: number
  coins: readonly string[]
  /** Time of step 0: end of the prepared past. */
  startTs: EpochMs
  /** Market time that the states stand at. */
  step: number
  states: readonly SyntheticCoinState[]
  population: PopulationState
}

/** More than so much to catch up is taken in one-minute strides first. */
const CATCH_UP_STEPS_MAX = 6 * (HOUR_MS / STEP_MS)
/** Steps done in one turn of the event loop while catching up. */
const TURN_STEPS = 500
const TRADERS = 2_000

/** Weight of a coin in traded volume: the first listed are the biggest. */
const weightOf = (asset: number): number => 1 / (1 + asset * 0.6)

/** Trades of one step, and the book that they hit. */
interface Traded {
  coin: SyntheticCoin
  trades: readonly SyntheticTrade[]
  stood: { bids: ExternalLevel[]; asks: ExternalLevel[] }
  ts: EpochMs
}

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
  #step = 0
  #catchingUp = false
  /** Coins whose book has been sent: nobody shall know a touch and be told that there is no book. */
  readonly #shown = new Set<number>()
  #events = 0
  #state: SourceStatus['state'] = 'held'
  #running: Promise<void> = Promise.resolve()

  constructor(options: SyntheticOptions) {
    const { seed, coins, clock, checkpoint = null } = options
    this.#options = options
    this.#stored = checkpoint?.seed === seed && sameCoins(checkpoint.coins, coins) ? checkpoint : null
    this.#boundary = this.#stored
    // Whole minutes, so that the past's candles close where the live ones open.
    this.#startTs = this.#stored?.startTs ?? Math.floor(clock.now() / MINUTE_MS) * MINUTE_MS
    this.coins = coins.map((name, asset) => coinSpec(name, asset))
    this.#markets = this.coins.map((spec) => {
      const { startPx, volatility } = knownCoin(spec.name)
      return createSyntheticCoin(spec, seed, { px: startPx, volatility, weight: weightOf(spec.asset) })
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
    const { clock, speed } = this.#options
    const { signal } = this.#abort
    const startWall = clock.now()
    const marketAge = () => startWall - this.#startTs + (clock.now() - startWall) * speed
    const target = () => Math.floor(marketAge() / STEP_MS)
    if (target() - this.#step > 20) await this.#catchUp(sink, target)
    while (!signal.aborted) {
      for (let due = target(), turn = 0; this.#step < due && turn < TURN_STEPS; turn++) this.#stepAll(sink)
      await sink.ready()
      const waitMs = ((this.#step + 1) * STEP_MS - marketAge()) / speed
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
      for (let at = 0; at < TURN_STEPS && this.#step < target(); at++) this.#stepAll(sink)
      await sink.ready()
    }
    this.#catchingUp = false
    sink.catchUp(false)
  }

  #stepAll(sink: SourceSink): void {
    this.#step++
    const ts = stepTs(this.#startTs, this.#step)
    for (const coin of this.#markets) this.#stepCoin(sink, coin, ts)
    if (ts % MINUTE_MS === 0) this.#boundary = this.#standing()
  }

  #stepCoin(sink: SourceSink, coin: SyntheticCoin, ts: EpochMs): void {
    const { name, asset } = coin.spec
    const before = { ...coin.state }
    const { trades, touchChanged } = stepSyntheticCoin(coin)
    if (trades.length > 0)
      this.#trade(sink, { coin, trades, stood: syntheticBook({ ...coin, state: before }), ts })
    // Nobody sees the books of the time that is caught up with.
    if (this.#catchingUp) return
    // Coins take their snapshots in turn, so that frames do not come in bursts.
    const snapshot = (this.#step + asset) % BOOK_EVERY_STEPS === 0 || !this.#shown.has(asset)
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

  /** One frame of trades: a sweep is one transaction, each trade has its two sides. */
  #trade(sink: SourceSink, { coin, trades, stood, ts }: Traded): void {
    const { seed } = this.#options
    const { spec } = coin
    const hash = hashOf(seed ^ 0x51a7, this.#step * 64 + spec.asset)
    const drift = driftOf(coin)
    const booked = trades.map((trade, at) => {
      const sequence = (this.#step * 64 + at) * 64 + spec.asset
      return this.traders.book(
        {
          spec,
          ...trade,
          ts,
          drift,
          hash,
          tid: tidOf(seed ^ 0x7ead, sequence),
          sequence,
        },
        stood,
      )
    })
    this.#emit(sink, { kind: 'trades', trades: booked.map((fills) => wireTrade(spec, fills)) })
    sink.traderFills(booked.flat())
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

const sameCoins = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((coin, at) => coin === b[at])
