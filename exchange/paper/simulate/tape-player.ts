/** Plays a tape into the matching engine: books, touches, trades, and the mark prices and funding that follow from them. */
// Not here: who trades on it (maker-desk.ts).
import { assert } from '#domain/errors.ts'
import type { EpochMs } from '#domain/time.ts'
import { RATE_ONE } from '#domain/trading/venue-charges.ts'
import { bestExternal, type CoinMarket } from '#exchange/paper/engine/book.ts'
import { createEngine, type Engine } from '#exchange/paper/engine/engine.ts'
import type { BookView } from '#exchange/paper/engine/queue-model.ts'
import type { CoinSpec, ExternalLevel } from '#exchange/paper/engine/types.ts'
import { USD } from '#exchange/paper/engine/units.ts'
import { impactUsd } from '#exchange/paper/market/coin-market-data.ts'
import {
  closeHour,
  createPriceState,
  PRICING,
  type PriceState,
  premiumOf,
  samplePremium,
  updateMark,
} from '#exchange/paper/market/mark-price.ts'
import { DEPTH, KIND, type Tape } from '#exchange/paper/simulate/tape.ts'

interface CoinPlayer {
  spec: CoinSpec
  /** Levels as recorded, px and sz by slot: an own taker eats from the objects, the next book restores them. */
  recorded: Float64Array
  pools: readonly [ExternalLevel[], ExternalLevel[]]
  book: { bids: ExternalLevel[]; asks: ExternalLevel[] }
  /** The touch of the last bbo, before what the last book shows behind it. */
  touch: readonly [ExternalLevel, ExternalLevel]
  /** Both together, written anew with each bbo. */
  view: BookView
  /** True when level objects may differ from what was recorded. */
  eaten: boolean
  price: PriceState
  lastTs: EpochMs
  /** Mid before the last event, ticks; 0 while a side was empty. */
  midBefore: number
}

const level = (): ExternalLevel => ({ px: 0, sz: 0, n: 1 })
const pool = (): ExternalLevel[] => Array.from({ length: DEPTH }, level)

const createCoinPlayer = (spec: CoinSpec): CoinPlayer => ({
  spec,
  recorded: new Float64Array(DEPTH * 4),
  pools: [pool(), pool()],
  book: { bids: [], asks: [] },
  touch: [level(), level()],
  view: { bids: [], asks: [], touchOnly: true },
  eaten: false,
  price: createPriceState(),
  lastTs: 0,
  midBefore: 0,
})

export class TapePlayer {
  readonly engine: Engine
  readonly #tape: Tape
  readonly #coins: CoinPlayer[]

  constructor(tape: Tape, seed: number) {
    this.#tape = tape
    this.engine = createEngine({ specs: tape.specs, seed })
    this.#coins = tape.specs.map(createCoinPlayer)
  }

  /** Market time of an event. */
  tsOf(index: number): EpochMs {
    return this.#tape.ts[index] as number
  }

  /** Time of a coin's last event; 0 before the first. */
  lastTs(asset: number): EpochMs {
    return (this.#coins[asset] as CoinPlayer).lastTs
  }

  /** Mid that a coin's last event found, ticks: what fills of it are measured against. 0 while a side was empty. */
  midBefore(asset: number): number {
    return (this.#coins[asset] as CoinPlayer).midBefore
  }

  /** An order of ours took from the levels of a coin: until the next book they are what is left. */
  ate(asset: number): void {
    ;(this.#coins[asset] as CoinPlayer).eaten = true
  }

  /** Moves the market by one event. */
  play(index: number): void {
    const { kinds, assets, ts, from, data } = this.#tape
    const asset = assets[index] as number
    const now = ts[index] as number
    const at = from[index] as number
    const coin = this.#coins[asset] as CoinPlayer
    coin.lastTs = now
    const { bids, asks } = this.engine.state.markets[asset] as CoinMarket
    const [bid, ask] = [bids[0]?.px ?? 0, asks[0]?.px ?? 0]
    coin.midBefore = bid !== 0 && ask !== 0 ? (bid + ask) / 2 : 0
    const kind = kinds[index] as number
    if (kind === KIND.trade) {
      this.engine.publicTrade(now, asset, {
        aggressorIsBuy: data[at + 2] === 1,
        px: data[at] as number,
        sz: data[at + 1] as number,
      })
      return
    }
    if (kind === KIND.book) this.#playBook(coin, now, data, at)
    else this.#playTouch(coin, now, data, at)
    if (now - coin.price.updatedTs >= PRICING.markEveryMs) this.#updatePrices(coin, now)
  }

  #playBook(coin: CoinPlayer, now: EpochMs, data: Float64Array, at: number): void {
    const { recorded, pools, book } = coin
    const changed = data[at + 2] as number
    for (let entry = at + 3, end = at + 3 + changed * 3; entry < end; entry += 3) {
      const slot = data[entry] as number
      const px = data[entry + 1] as number
      const sz = data[entry + 2] as number
      recorded[slot * 2] = px
      recorded[slot * 2 + 1] = sz
      const target = (slot < DEPTH ? pools[0][slot] : pools[1][slot - DEPTH]) as ExternalLevel
      target.px = px
      target.sz = sz
    }
    if (coin.eaten) restore(coin)
    resize(book.bids, pools[0], data[at] as number)
    resize(book.asks, pools[1], data[at + 1] as number)
    this.engine.bookSnapshot(now, coin.spec.asset, book)
  }

  /** The touch of a bbo replaces the best levels of the last book; what lies behind stays. */
  #playTouch(coin: CoinPlayer, now: EpochMs, data: Float64Array, at: number): void {
    const { touch, book } = coin
    touch[0].px = data[at] as number
    touch[0].sz = data[at + 1] as number
    touch[1].px = data[at + 2] as number
    touch[1].sz = data[at + 3] as number
    const { bids, asks } = coin.view
    putBehind(touch[0], book.bids, bids, -1)
    putBehind(touch[1], book.asks, asks, 1)
    this.engine.bookSnapshot(now, coin.spec.asset, coin.view)
  }

  /** Mark, oracle, premium and funding, every 3 seconds of market time, as the exchange does it. */
  #updatePrices({ spec, price }: CoinPlayer, now: EpochMs): void {
    const market = this.engine.state.markets[spec.asset]
    assert(market, 'the engine knows the coins of its tape')
    const bid = bestExternal(market.bids)?.px ?? 0
    const ask = bestExternal(market.asks)?.px ?? 0
    if (bid === 0 || ask === 0) return
    updateMark(price, now, { bid, ask, last: market.lastPx, oracle: null })
    this.engine.markPrice(now, spec.asset, {
      mark: Math.round(price.mark),
      oracle: Math.round(price.oracle),
    })
    const usd = impactUsd(spec)
    samplePremium(
      price,
      now,
      premiumOf(price.oracle, impact(market.bids, usd) ?? bid, impact(market.asks, usd) ?? ask),
    )
    const hour = closeHour(price, now)
    if (hour) this.engine.funding(now, spec.asset, Math.round(hour.rate * RATE_ONE))
  }
}

/** Fills `side` with a touch and the levels behind it. @param sign 1 where prices rise from level to level */
function putBehind(
  touch: ExternalLevel,
  levels: readonly ExternalLevel[],
  side: ExternalLevel[],
  sign: 1 | -1,
): void {
  let count = 0
  if (touch.px !== 0) {
    side[count++] = touch
    for (const one of levels) if ((one.px - touch.px) * sign > 0) side[count++] = one
  }
  side.length = count
}

function restore(coin: CoinPlayer): void {
  coin.eaten = false
  for (let slot = 0; slot < DEPTH * 2; slot++) {
    const target = (slot < DEPTH ? coin.pools[0][slot] : coin.pools[1][slot - DEPTH]) as ExternalLevel
    target.px = coin.recorded[slot * 2] as number
    target.sz = coin.recorded[slot * 2 + 1] as number
  }
}

function resize(view: ExternalLevel[], levels: readonly ExternalLevel[], count: number): void {
  if (view.length > count) view.length = count
  for (let at = view.length; at < count; at++) view.push(levels[at] as ExternalLevel)
}

/** Average price of taking `usd` from levels, ticks; null when they are too thin. */
function impact(levels: readonly ExternalLevel[], usd: number): number | null {
  let left = usd * USD
  let lots = 0
  let spent = 0
  for (const { px, sz } of levels) {
    const take = Math.min(sz, left / px)
    lots += take
    spent += take * px
    left -= take * px
    if (left <= px * 1e-9) return spent / lots
  }
  return null
}
