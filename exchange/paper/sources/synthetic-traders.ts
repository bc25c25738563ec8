/** The synthetic market's population at work: sides of trades, owners of orders, standings. */
// Not here: who the traders are (population.ts).
import type { EpochMs } from '#domain/time.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import type { Marks } from '#exchange/paper/engine/margin.ts'
import { hashOf, tidOf } from '#exchange/paper/engine/state.ts'
import type { CoinSpec, ExternalLevel, Fill, Order } from '#exchange/paper/engine/types.ts'
import { formatUnits, USD } from '#exchange/paper/engine/units.ts'
import { leaderboard, pnlOf } from '#exchange/paper/leaderboard.ts'
import { Population, type Tape, type Trader } from '#exchange/paper/sources/population.ts'
import { ordersByOwner, ownerOf } from '#exchange/paper/sources/population-orders.ts'
import type { MarketTraders } from '#exchange/paper/sources/source.ts'
import { driftOf, type SyntheticCoin, type SyntheticTrade } from '#exchange/paper/sources/synthetic-market.ts'
import { TraderRecords } from '#exchange/paper/sources/trader-record.ts'

interface Quoted {
  spec: CoinSpec
  bids: readonly ExternalLevel[]
  asks: readonly ExternalLevel[]
  ts: EpochMs
  /** Whose orders these are; made when somebody first asks. */
  orders: ReadonlyMap<Trader, Order[]> | null
}

/** Trades of one step, and the book that they hit. */
export interface Traded {
  coin: SyntheticCoin
  trades: readonly SyntheticTrade[]
  stood: { bids: readonly ExternalLevel[]; asks: readonly ExternalLevel[] }
  ts: EpochMs
  step: number
}

export class SyntheticTraders implements MarketTraders {
  readonly population: Population
  readonly #seed: number
  readonly #records: TraderRecords
  /** Last book by asset. */
  readonly #books: Quoted[] = []
  #ts: EpochMs = 0

  constructor(seed: number, count: number, startTs: EpochMs) {
    this.#seed = seed
    this.population = new Population(seed, count)
    this.#records = new TraderRecords(seed, startTs)
  }

  /** Notes a coin's book as it stands now. */
  quote(
    spec: CoinSpec,
    book: { bids: readonly ExternalLevel[]; asks: readonly ExternalLevel[] },
    ts: EpochMs,
  ): void {
    this.#books[spec.asset] = { spec, ...book, ts, orders: null }
    this.#ts = ts
    this.#records.note(ts, this.population.traders, (trader) => pnlOf(trader, (asset) => this.#mid(asset)))
  }

  /** Gives the trades of one step their two sides: a sweep is one transaction. @returns the taker's fill first */
  trade({ coin, trades, stood, ts, step }: Traded): [Fill, Fill][] {
    const { spec } = coin
    const hash = hashOf(this.#seed ^ 0x51a7, step * 64 + spec.asset)
    const drift = driftOf(coin)
    return trades.map((trade, at) => {
      const sequence = (step * 64 + at) * 64 + spec.asset
      const tid = tidOf(this.#seed ^ 0x7ead, sequence)
      return this.#sides({ spec, ...trade, ts, drift, hash, tid, sequence }, stood)
    })
  }

  /** Finds both sides of a trade: whose order stood at the price, and who wanted it. */
  #sides(tape: Tape, stood: Traded['stood']): [Fill, Fill] {
    const levels = tape.isBuy ? stood.asks : stood.bids
    const level = levels.find(({ px }) => px === tape.px) ?? { px: tape.px, sz: 1, n: 1 }
    const maker = ownerOf(this.population, { spec: tape.spec, isBuy: !tape.isBuy, level }, 0)
    return this.population.book(tape, maker)
  }

  account(address: string): Account | undefined {
    const trader = this.population.trader(address)
    if (!trader) return undefined
    const { account } = trader
    account.open = new Map(
      this.#books.flatMap((quoted) =>
        (this.#ordersOf(quoted).get(trader) ?? []).map((order) => [order.oid, order]),
      ),
    )
    return account
  }

  leaderboard(marks: Marks): unknown {
    return leaderboard(this.population, this.#records, { ts: this.#ts, marks })
  }

  interest(asset: number): number {
    return this.population.interest(asset)
  }

  positions(): [address: string, coin: string, szi: string][] {
    const specs = this.#books.map(({ spec }) => spec)
    return this.population.traders.flatMap(({ address, account }) =>
      account.active.flatMap(({ asset, szi }): [string, string, string][] => {
        const spec = specs[asset]
        return szi === 0 || !spec ? [] : [[address, spec.name, formatUnits(szi, spec.szDecimals)]]
      }),
    )
  }

  truth(): { address: string; style: string; skill: number; capital_usd: number }[] {
    return this.population.traders.map(({ address, style, skill, capital }) => ({
      address,
      style,
      skill,
      capital_usd: capital / USD,
    }))
  }

  #ordersOf(quoted: Quoted): ReadonlyMap<Trader, Order[]> {
    const { spec, bids, asks, ts } = quoted
    const side = (isBuy: boolean, levels: readonly ExternalLevel[]) =>
      levels.map((level) => ({ spec, isBuy, level }))
    quoted.orders ??= ordersByOwner(this.population, [...side(true, bids), ...side(false, asks)], ts)
    return quoted.orders
  }

  #mid(asset: number): number {
    const quoted = this.#books[asset]
    return Math.round(((quoted?.bids[0]?.px ?? 0) + (quoted?.asks[0]?.px ?? 0)) / 2)
  }
}
