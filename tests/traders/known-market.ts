/** The synthetic market without sockets and real time: the exchange's own coins and population, stepped as fast as they go. */
import type { TradeEvent } from '#domain/events.ts'
import { parseFixed } from '#domain/fixed-point.ts'
import { MINUTE_MS } from '#domain/time.ts'
import type { VenueState } from '#domain/traders/reconcile.ts'
import { coinSpec, knownCoin } from '#exchange/paper/market/known-coins.ts'
import {
  coinWeight,
  createSyntheticCoin,
  STEP_MS,
  type SyntheticCoin,
  stepSyntheticCoin,
  stepTs,
  syntheticBook,
} from '#exchange/paper/sources/synthetic-market.ts'
import { SyntheticTraders } from '#exchange/paper/sources/synthetic-traders.ts'
import { wireTrade } from '#exchange/paper/sources/synthetic-wire.ts'

export interface KnownMarketOptions {
  seed: number
  coins: readonly string[]
  traders: number
  /** Market time of step 0. */
  startTs: number
}

export class KnownMarket {
  readonly traders: SyntheticTraders
  readonly #markets: SyntheticCoin[]
  readonly #startTs: number
  #step = 0

  constructor({ seed, coins, traders, startTs }: KnownMarketOptions) {
    this.#startTs = startTs
    this.traders = new SyntheticTraders(seed, traders, startTs)
    this.#markets = coins.map((name, asset) => {
      const { startPx, volatility } = knownCoin(name)
      return createSyntheticCoin(coinSpec(name, asset), seed, {
        px: startPx,
        volatility,
        weight: coinWeight(asset),
      })
    })
  }

  get ts(): number {
    return stepTs(this.#startTs, this.#step)
  }

  /** One step of every coin. @returns its trades, as the wire would bring them */
  step(): TradeEvent[] {
    this.#step++
    const { ts } = this
    return this.#markets.flatMap((coin) => {
      const before = { ...coin.state }
      const { trades } = stepSyntheticCoin(coin)
      if (ts % MINUTE_MS === 0) this.traders.quote(coin.spec, syntheticBook(coin), ts)
      if (trades.length === 0) return []
      const stood = syntheticBook({ ...coin, state: before })
      return this.traders.trade({ coin, trades, stood, ts, step: this.#step }).map((fills): TradeEvent => {
        const { coin: name, px, sz, tid, side, users, hash } = wireTrade(coin.spec, fills)
        const [buyer, seller] = users
        return {
          kind: 'trade',
          coin: name,
          ts,
          tid,
          side: side === 'B' ? 'buy' : 'sell',
          px,
          sz,
          hash,
          buyer,
          seller,
          receivedTs: ts,
        }
      })
    })
  }

  /** What clearinghouseState would say now. */
  state(address: string): VenueState {
    const held = this.traders.population.trader(address)?.account.active ?? []
    const positions = held.flatMap(({ asset, szi, entryNtl }) => {
      const spec = this.#markets[asset]?.spec
      if (!spec || szi === 0) return []
      const lotE8 = 10n ** BigInt(8 - spec.szDecimals)
      const entryPx = Math.floor(Math.abs(entryNtl) / Math.abs(szi)) / 10 ** spec.pxDecimals
      return [{ coin: spec.name, szE8: BigInt(szi) * lotE8, entryPxE8: parseFixed(entryPx.toFixed(8)) }]
    })
    return { ts: this.ts, positions }
  }

  /** The stats host's document. */
  leaderboard(): { leaderboardRows: unknown[] } {
    const mid = (asset: number): number => Math.round(this.#markets[asset]?.state.mid ?? 0)
    return this.traders.leaderboard(mid) as { leaderboardRows: unknown[] }
  }

  coins(): string[] {
    return this.#markets.map(({ spec }) => spec.name)
  }

  static readonly stepMs = STEP_MS
}
