/** A day of following traders of known truth in virtual time: tape with tears, venue within its share, the follower's own parts between. */
// Run it: npm run simulate:traders -- --hours 24 --traders 5000 --seed 7
import type { TradeEvent } from '#domain/events.ts'
import { HOUR_MS, MINUTE_MS } from '#domain/time.ts'
import {
  addAnswer,
  type Confusion,
  isSignRight,
  isSizeRight,
  NO_CONFUSION,
  type Rates,
  ratesOf,
} from '#domain/traders/accuracy.ts'
import { inferPosition } from '#domain/traders/inference.ts'
import { readRows } from '#domain/traders/leaderboard.ts'
import { PositionBook } from '#domain/traders/position-book.ts'
import { DEFAULT_RULES, scoreRows, selectTraders } from '#domain/traders/selection.ts'
import { LIMITS as VENUE } from '#exchange/client/weight-budget.ts'
import { createRandom, uniform } from '#exchange/paper/sources/random.ts'
import { createShareBudget, SHARES } from '#streamers/traders-budget.ts'
import { createReconciler } from '#streamers/traders-reconciler.ts'
import { KnownMarket } from './known-market.ts'

export interface TapeDayOptions {
  seed: number
  hours: number
  traders: number
  tracked: number
  coins: readonly string[]
  /** Tears of the tape per hour on average; each lasts 3 to 90 seconds, one in twenty ten minutes. */
  tearsPerHour: number
  /** Called once a virtual hour. */
  onHour?: (hour: number) => void
}

export interface TapeDayReport {
  seed: number
  hours: number
  traders: number
  tracked: number
  trades: number
  tears: number
  torn_minutes: number
  /** Tracked traders × hours. */
  trader_hours: number
  /** Shares of trader-hours in which every coin was right. */
  sign_accuracy: number
  size_within_5pct: number
  /** The same, coin by coin. */
  coin_sign_accuracy: number
  coin_size_within_5pct: number
  /** Of "holds something", by the tape. */
  tape: Rates
  /** Of "holds something", by the leaderboard alone: fresh every hour. */
  baseline: Rates
  baseline_all_traders: Rates
  asked: number
  corrected: number
  weight_share: number
}

/** Trades that a new subscriber gets again. */
const REPEATED = 10
const LATENCY_MS = 200

const diceOf = (seed: number): (() => number) => {
  const random = createRandom(seed)
  return () => uniform(random)
}

/** The socket: delivers late, tears, and repeats the last trades when it is back. */
class TornTape {
  tears = 0
  tornMs = 0
  #downUntil = 0
  #nextTear: number
  readonly #dice: () => number
  readonly #perHour: number
  readonly #book: PositionBook
  readonly #late: TradeEvent[][] = []
  readonly #last = new Map<string, TradeEvent[]>()
  readonly #heard = new Map<string, number>()
  readonly #onTear: () => void

  constructor(book: PositionBook, perHour: number, startTs: number, dice: () => number, onTear: () => void) {
    this.#book = book
    this.#perHour = perHour
    this.#dice = dice
    this.#onTear = onTear
    this.#nextTear = startTs + this.#pause()
  }

  get isUp(): boolean {
    return this.#downUntil === 0
  }

  take(trades: readonly TradeEvent[], ts: number): void {
    for (const trade of trades) {
      const last = this.#last.get(trade.coin) ?? []
      this.#last.set(trade.coin, last)
      last.push(trade)
      if (last.length > REPEATED) last.shift()
    }
    if (this.#downUntil > 0 && ts >= this.#downUntil) this.#reconnect()
    else if (this.#downUntil === 0 && ts >= this.#nextTear) this.#tear(ts)
    if (this.#downUntil > 0) return
    this.#late.push([...trades])
    if (this.#late.length > LATENCY_MS / KnownMarket.stepMs) this.#deliver(this.#late.shift() ?? [])
  }

  #deliver(trades: readonly TradeEvent[]): void {
    this.#book.take(trades)
    for (const { coin, ts } of trades) this.#heard.set(coin, Math.max(ts, this.#heard.get(coin) ?? 0))
  }

  #tear(ts: number): void {
    const long = this.#dice() < 0.05
    const lengthMs = long ? 10 * MINUTE_MS : 3_000 + this.#dice() * 87_000
    this.tears++
    this.tornMs += lengthMs
    this.#downUntil = ts + lengthMs
    this.#late.length = 0 // what was on its way is lost with the socket
  }

  #reconnect(): void {
    this.#nextTear = this.#downUntil + this.#pause()
    this.#downUntil = 0
    for (const [coin, trades] of this.#last) {
      const heard = this.#heard.get(coin) ?? 0
      const first = trades.find(({ ts }) => ts > heard)?.ts ?? heard
      if (!trades.some(({ ts }) => ts <= heard)) this.#book.torn([coin], heard, first)
      this.#deliver(trades)
    }
    this.#onTear()
  }

  #pause(): number {
    return (-Math.log(1 - this.#dice()) * HOUR_MS) / Math.max(this.#perHour, 1e-9)
  }
}

/** Counts how right tape and baseline are, against the market itself. */
class Judge {
  traderHours = 0
  signs = 0
  sizes = 0
  coinHours = 0
  coinSigns = 0
  coinSizes = 0
  tape: Confusion = NO_CONFUSION
  baseline: Confusion = NO_CONFUSION
  everybody: Confusion = NO_CONFUSION

  look(market: KnownMarket, book: PositionBook, tracked: readonly string[]): void {
    const rows = new Map(readRows(market.leaderboard().leaderboardRows).rows.map((row) => [row.address, row]))
    for (const address of tracked) {
      const truth = new Map(market.state(address).positions.map(({ coin, szE8 }) => [coin, Number(szE8)]))
      const pairs = market.coins().map((coin) => {
        const believed = book.sizeE8(address, coin)
        return { believed: believed === null ? Number.NaN : Number(believed), truth: truth.get(coin) ?? 0 }
      })
      this.traderHours++
      if (pairs.every(isSignRight)) this.signs++
      if (pairs.every(isSizeRight)) this.sizes++
      this.coinHours += pairs.length
      this.coinSigns += pairs.filter(isSignRight).length
      this.coinSizes += pairs.filter(isSizeRight).length
      const holds = truth.size > 0
      this.tape = addAnswer(
        this.tape,
        pairs.some(({ believed }) => believed !== 0),
        holds,
      )
      const row = rows.get(address)
      this.baseline = addAnswer(this.baseline, row !== undefined && inferPosition(row).holds, holds)
    }
    for (const row of rows.values()) {
      const holds = market.state(row.address).positions.length > 0
      this.everybody = addAnswer(this.everybody, inferPosition(row).holds, holds)
    }
  }
}

export async function runTapeDay(options: TapeDayOptions): Promise<TapeDayReport> {
  const { seed, hours, coins } = options
  const startTs = Date.UTC(2026, 0, 5)
  const market = new KnownMarket({ seed, coins, traders: options.traders, startTs })
  const clock = { monotonicMs: () => market.ts - startTs, sleep: async (): Promise<void> => {} }
  const budget = createShareBudget(clock, SHARES.positions)
  let corrected = 0
  const book = new PositionBook()
  const tape = new TornTape(book, options.tearsPerHour, startTs, diceOf(seed ^ 0x7a9e), () =>
    reconciler.disturbed(),
  )
  // Everybody has a past: nobody begins flat.
  for (let step = 0; step < (10 * MINUTE_MS) / KnownMarket.stepMs; step++) market.step()
  const scored = scoreRows(readRows(market.leaderboard().leaderboardRows).rows)
  const rules = { ...DEFAULT_RULES, max: options.tracked, score_min: Number.NEGATIVE_INFINITY }
  const tracked = selectTraders(scored, rules).map(({ address }) => address)
  book.track(tracked)
  const reconciler = createReconciler({
    clock,
    book,
    budget,
    log: { warn: () => {} },
    tracked: () => tracked,
    isTapeUp: () => tape.isUp,
    ask: async (address) => {
      budget.tryTake(2, 'read')
      return market.state(address)
    },
    onCompared: ({ isFirst, coins: compared }) => {
      if (!isFirst) corrected += compared.filter((each) => each.corrected).length
    },
  })
  const judge = new Judge()
  const steps = (hours * HOUR_MS) / KnownMarket.stepMs
  const hourSteps = HOUR_MS / KnownMarket.stepMs
  const beganTs = market.ts
  for (let step = 1; step <= steps; step++) {
    tape.take(market.step(), market.ts)
    if (step % 5 === 0) {
      reconciler.step()
      await Promise.resolve() // answers arrive
    }
    if (step % hourSteps === 0) {
      judge.look(market, book, tracked)
      options.onHour?.(step / hourSteps)
    }
  }
  const minutes = (market.ts - beganTs) / MINUTE_MS
  return {
    ...{ seed, hours, traders: options.traders, tracked: tracked.length },
    trades: book.counts.trades,
    tears: tape.tears,
    torn_minutes: tape.tornMs / MINUTE_MS,
    trader_hours: judge.traderHours,
    sign_accuracy: judge.signs / judge.traderHours,
    size_within_5pct: judge.sizes / judge.traderHours,
    coin_sign_accuracy: judge.coinSigns / judge.coinHours,
    coin_size_within_5pct: judge.coinSizes / judge.coinHours,
    tape: ratesOf(judge.tape),
    baseline: ratesOf(judge.baseline),
    baseline_all_traders: ratesOf(judge.everybody),
    asked: reconciler.stats().asked,
    corrected,
    weight_share: budget.spent() / (minutes * VENUE.weightPerMinuteMax),
  }
}
