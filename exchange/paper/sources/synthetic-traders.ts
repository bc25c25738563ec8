/** The synthetic market's population at work: sides of trades, owners of orders, standings. */
// Not here: who the traders are (population.ts).
import type { EpochMs } from '#domain/time.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import type { Marks } from '#exchange/paper/engine/margin.ts'
import type { CoinSpec, ExternalLevel, Fill } from '#exchange/paper/engine/types.ts'
import { USD } from '#exchange/paper/engine/units.ts'
import { leaderboard, pnlOf } from '#exchange/paper/leaderboard.ts'
import { Population, type Tape } from '#exchange/paper/sources/population.ts'
import { type OwnedLevel, ordersOf, ownerOf } from '#exchange/paper/sources/population-orders.ts'
import type { MarketTraders } from '#exchange/paper/sources/source.ts'
import { TraderRecords } from '#exchange/paper/sources/trader-record.ts'

interface Quoted {
  spec: CoinSpec
  bids: readonly ExternalLevel[]
  asks: readonly ExternalLevel[]
}

export class SyntheticTraders implements MarketTraders {
  readonly population: Population
  readonly #records: TraderRecords
  /** Last book by asset. */
  readonly #books: Quoted[] = []
  #ts: EpochMs = 0

  constructor(seed: number, count: number, startTs: EpochMs) {
    this.population = new Population(seed, count)
    this.#records = new TraderRecords(seed, startTs)
  }

  /** Notes a coin's book as it stands now. */
  quote(
    spec: CoinSpec,
    book: { bids: readonly ExternalLevel[]; asks: readonly ExternalLevel[] },
    ts: EpochMs,
  ): void {
    this.#books[spec.asset] = { spec, ...book }
    this.#ts = ts
    this.#records.note(ts, this.population.traders, (trader) => pnlOf(trader, (asset) => this.#mid(asset)))
  }

  /** Finds both sides of a trade: whose order stood at the price, and who wanted it. */
  book(tape: Tape, stood: { bids: readonly ExternalLevel[]; asks: readonly ExternalLevel[] }): [Fill, Fill] {
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
      ordersOf(this.population, trader, this.#levels(), this.#ts).map((order) => [order.oid, order]),
    )
    return account
  }

  leaderboard(marks: Marks): unknown {
    return leaderboard(this.population, this.#records, { ts: this.#ts, marks })
  }

  truth(): { address: string; style: string; skill: number; capital_usd: number }[] {
    return this.population.traders.map(({ address, style, skill, capital }) => ({
      address,
      style,
      skill,
      capital_usd: capital / USD,
    }))
  }

  #levels(): OwnedLevel[] {
    const side = (spec: CoinSpec, isBuy: boolean, levels: readonly ExternalLevel[]) =>
      levels.map((level) => ({ spec, isBuy, level }))
    return this.#books.flatMap(({ spec, bids, asks }) => [
      ...side(spec, true, bids),
      ...side(spec, false, asks),
    ])
  }

  #mid(asset: number): number {
    const quoted = this.#books[asset]
    return Math.round(((quoted?.bids[0]?.px ?? 0) + (quoted?.asks[0]?.px ?? 0)) / 2)
  }
}
