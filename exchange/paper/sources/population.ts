/** The traders of the synthetic market: who they are, what they want, and what they hold. Their truth is known, so whoever infers it can be checked. */
// Not here: whose orders stand in the book (population-orders.ts), what is published of them (population-view.ts).

import type { EpochMs } from '#domain/time.ts'
import { feeOf } from '#domain/trading/venue-charges.ts'
import { type Account, addVolume, applyTrade, coinOf, createAccount } from '#exchange/paper/engine/account.ts'
import type { CoinSpec, Fill } from '#exchange/paper/engine/types.ts'
import { USD } from '#exchange/paper/engine/units.ts'
import { hashUniform } from '#exchange/paper/sources/random.ts'

export const STYLES = ['maker', 'trend', 'contrarian', 'swing', 'noise'] as const
export type Style = (typeof STYLES)[number]

export interface Trader {
  index: number
  address: string
  style: Style
  /** −1 … 1: how often a trader is on the side that the market will reward. */
  skill: number
  /** Micro-dollars at the beginning. */
  capital: number
  leverage: number
  account: Account
}

/** A public trade looking for its two sides. `drift` is the sign of the regime's drift: what the skilled sense. */
export interface Tape {
  spec: CoinSpec
  isBuy: boolean
  px: number
  sz: number
  ts: EpochMs
  drift: number
  hash: string
  tid: number
  /** Differs for every trade of a market. */
  sequence: number
}

/** Small JSON: what everybody holds. */
export type PopulationState = readonly {
  cash: number
  realised: number
  fees: number
  volume: number
  coins: readonly [asset: number, szi: number, entryNtl: number][]
}[]

/** Fills kept per trader, fewer where there are many thousands of them. */
const FILLS_MAX = 60
const FILLS_MIN = 8
const FILLS_OF_ALL_MAX = 300_000
const CANDIDATES = 5
const TAKER_RATE = 4_500_000
const MAKER_RATE = 1_500_000

const SHARE: readonly [Style, number][] = [
  ['maker', 0.12],
  ['trend', 0.28],
  ['contrarian', 0.2],
  ['swing', 0.15],
  ['noise', 0.25],
]

function address(seed: number, index: number): string {
  let hex = ''
  for (let part = 0; part < 5; part++) {
    const word = Math.floor(hashUniform(seed, index, 100 + part) * 4_294_967_296)
    hex += word.toString(16).padStart(8, '0')
  }
  return `0x${hex}`
}

function styleOf(share: number): Style {
  let left = share
  for (const [style, part] of SHARE) {
    left -= part
    if (left < 0) return style
  }
  return 'noise'
}

function createTrader(seed: number, index: number): Trader {
  const dice = (role: number) => hashUniform(seed, index, role)
  // Most are small and neither good nor bad; a few are large, a few are very good.
  const capital = Math.round(500 * Math.exp(8 * dice(2) ** 2)) * USD
  const skill = (dice(3) + dice(4) + dice(5)) / 1.5 - 1
  const account = createAccount(address(seed, index), 0)
  account.cash = capital
  account.deposited = capital
  return {
    index,
    address: account.address,
    style: styleOf(dice(1)),
    skill,
    capital,
    leverage: 1 + Math.floor(dice(6) * 8),
    account,
  }
}

export class Population {
  readonly traders: readonly Trader[]
  readonly #seed: number
  readonly #byAddress: ReadonlyMap<string, Trader>
  readonly #fillsMax: number
  /** Σ |position| of all traders by asset, lots: twice what is held long. */
  readonly #held: number[] = []

  constructor(seed: number, count: number) {
    this.#seed = seed
    this.traders = Array.from({ length: count }, (_, index) => createTrader(seed, index))
    this.#fillsMax = Math.max(FILLS_MIN, Math.min(FILLS_MAX, Math.floor(FILLS_OF_ALL_MAX / count)))
    this.#byAddress = new Map(this.traders.map((trader) => [trader.address, trader]))
  }

  trader(address: string): Trader | undefined {
    return this.#byAddress.get(address)
  }

  /** Lots held long of an asset: every trade has two sides, so as many are held short. */
  interest(asset: number): number {
    return (this.#held[asset] ?? 0) / 2
  }

  /** Index drawn so that the first are the busiest. */
  draw(a: number, b: number): number {
    return Math.floor(hashUniform(this.#seed ^ 0x5bd1, a, b) ** 2 * this.traders.length)
  }

  /** Gives a trade its taker; `maker` stood in the book. @returns both fills, the taker's first */
  book(tape: Tape, maker: Trader): [Fill, Fill] {
    const taker = this.#taker(tape, maker)
    return [this.#fill(taker, tape, tape.isBuy, true), this.#fill(maker, tape, !tape.isBuy, false)]
  }

  state(): PopulationState {
    return this.traders.map(({ account }) => ({
      cash: account.cash,
      realised: account.realised,
      fees: account.fees,
      volume: account.cumVolume,
      coins: account.active
        .filter(({ szi }) => szi !== 0)
        .map(({ asset, szi, entryNtl }) => [asset, szi, entryNtl]),
    }))
  }

  restore(state: PopulationState): void {
    for (const [index, { cash, realised, fees, volume, coins }] of state.entries()) {
      const trader = this.traders[index]
      if (!trader) return
      Object.assign(trader.account, { cash, realised, fees, cumVolume: volume })
      for (const [asset, szi, entryNtl] of coins) {
        Object.assign(coinOf(trader.account, asset, trader.leverage), { szi, entryNtl })
        this.#held[asset] = (this.#held[asset] ?? 0) + Math.abs(szi)
      }
    }
  }

  /** Of a few who happen to look, the one who wants the trade most. */
  #taker(tape: Tape, maker: Trader): Trader {
    let best: Trader | null = null
    let most = Number.NEGATIVE_INFINITY
    for (let candidate = 0; candidate < CANDIDATES; candidate++) {
      const trader = this.traders[this.draw(tape.sequence, candidate)] as Trader
      const wish = trader === maker ? Number.NEGATIVE_INFINITY : this.#wish(trader, tape, candidate)
      if (wish > most) [best, most] = [trader, wish]
    }
    return best ?? (this.traders[(maker.index + 1) % this.traders.length] as Trader)
  }

  /** How much a trader wants to be the aggressor of a trade. */
  #wish(trader: Trader, { spec, isBuy, px, drift, sequence }: Tape, salt: number): number {
    const side = isBuy ? 1 : -1
    const held = ((trader.account.coins[spec.asset]?.szi ?? 0) * px) / (trader.capital * trader.leverage)
    const style = trader.style === 'trend' ? drift : trader.style === 'contrarian' ? -drift : 0
    const patience = trader.style === 'maker' ? -0.8 : trader.style === 'swing' ? -0.2 : 0
    const noise = hashUniform(this.#seed ^ trader.index, sequence, 31 + salt) - 0.5
    // Who holds much of one side wants the other.
    return side * (0.5 * style + 1.2 * trader.skill * drift - 1.5 * held) + patience + noise
  }

  #fill({ account, leverage }: Trader, tape: Tape, isBuy: boolean, crossed: boolean): Fill {
    const { spec, px, sz, ts, hash, tid } = tape
    const coin = coinOf(account, spec.asset, leverage)
    const startPosition = coin.szi
    const { closedPnl, dir } = applyTrade(coin, isBuy, px, sz)
    this.#held[spec.asset] = (this.#held[spec.asset] ?? 0) + Math.abs(coin.szi) - Math.abs(startPosition)
    const fee = feeOf(px * sz, crossed ? TAKER_RATE : MAKER_RATE)
    account.cash += closedPnl - fee
    account.realised += closedPnl
    account.fees += fee
    addVolume(account, ts, px * sz, crossed)
    // One order a fill: its id follows from the trade.
    const oid = 2_000_000_000 + tape.sequence * 2 + (crossed ? 1 : 0)
    const rest = { cloid: null, builderFee: 0, twapId: 0, liquidation: null }
    const fill: Fill = {
      user: account.address,
      asset: spec.asset,
      px,
      sz,
      isBuy,
      ts,
      startPosition,
      dir,
      closedPnl,
      hash,
      oid,
      crossed,
      fee,
      tid,
      ...rest,
    }
    account.fills.push(fill)
    if (account.fills.length > this.#fillsMax * 2)
      account.fills.splice(0, account.fills.length - this.#fillsMax)
    return fill
  }
}
