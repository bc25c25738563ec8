/** Counts what a maker's day came to while it happens: equity, drawdown, fills with spread capture and markouts, orders. */
// Not here: the sentences and tables about it (report.ts).
import type { EpochMs } from '#domain/time.ts'
import type { Account } from '#exchange/paper/engine/account.ts'
import { accountValue } from '#exchange/paper/engine/margin.ts'
import type { EngineState } from '#exchange/paper/engine/state.ts'
import type { Fill, FundingPayment } from '#exchange/paper/engine/types.ts'
import type { Timers } from '#exchange/paper/simulate/timers.ts'

/** After how long a fill is looked at again, milliseconds. */
export const MARKOUTS_MS = [1_000, 10_000, 60_000] as const
/** Equity is looked at so often, market milliseconds. */
const EQUITY_EVERY_MS = 1_000
/** Points of the equity curve that are kept: every second one goes when there are more. */
const CURVE_MAX = 2_000

/** Sums of one coin. Micro-dollars and lots; `…Bps` are weighted by notional. */
export interface CoinSums {
  fills: number
  makerFills: number
  makerNtl: number
  takerNtl: number
  buyNtl: number
  sellNtl: number
  fees: number
  closedPnl: number
  funding: number
  /** Σ bps × notional of maker fills: how far from the mid they were made. */
  captureBpsNtl: number
  /** The same after each of MARKOUTS_MS, of all fills: mid then against the price. */
  markoutBpsNtl: number[]
  markoutNtl: number[]
  positionNtlMax: number
}

const emptySums = (): CoinSums => ({
  ...{ fills: 0, makerFills: 0, makerNtl: 0, takerNtl: 0, buyNtl: 0, sellNtl: 0 },
  ...{ fees: 0, closedPnl: 0, funding: 0, captureBpsNtl: 0, positionNtlMax: 0 },
  markoutBpsNtl: MARKOUTS_MS.map(() => 0),
  markoutNtl: MARKOUTS_MS.map(() => 0),
})

export class Ledger {
  readonly coins: CoinSums[]
  readonly curve: [ts: EpochMs, equityUsd: number][] = []
  readonly counts = { orders: 0, cancels: 0, rejected: 0, passes: 0 }
  readonly reasons = new Map<string, number>()
  /** First mid of each coin, ticks; 0 before. */
  readonly firstMids: number[] = []
  peak: number
  /** Deepest fall from a peak, micro-dollars, and as a fraction of that peak. */
  drawdown = 0
  drawdownShare = 0
  readonly #state: EngineState
  readonly #account: Account
  readonly #timers: Timers
  #everyMs = EQUITY_EVERY_MS
  #closed = false
  #notedTs = Number.NEGATIVE_INFINITY

  constructor(state: EngineState, account: Account, timers: Timers) {
    this.#state = state
    this.#account = account
    this.#timers = timers
    this.coins = state.specs.map(emptySums)
    this.peak = account.cash
  }

  /** Mid of the market in ticks, own orders left out; the mark while a side is empty. */
  mid(asset: number): number {
    const market = this.#state.markets[asset]
    if (!market) return 0
    const bid = market.bids[0]?.px ?? 0
    const ask = market.asks[0]?.px ?? 0
    return bid !== 0 && ask !== 0 ? (bid + ask) / 2 : market.markPx
  }

  /** @param midBefore that the event found which filled it, ticks; 0 for unknown */
  fill(fill: Fill, midBefore: number): void {
    const { asset, px, sz, isBuy, crossed } = fill
    const sums = this.coins[asset] as CoinSums
    const ntl = px * sz
    const sign = isBuy ? 1 : -1
    sums.fills++
    sums[isBuy ? 'buyNtl' : 'sellNtl'] += ntl
    sums[crossed ? 'takerNtl' : 'makerNtl'] += ntl
    sums.fees += fill.fee
    sums.closedPnl += fill.closedPnl
    const mid = this.mid(asset)
    if (!crossed) {
      sums.makerFills++
      const from = midBefore || mid
      sums.captureBpsNtl += ((sign * (from - px)) / from) * 10_000 * ntl
    }
    const held = Math.abs(this.#account.coins[asset]?.szi ?? 0) * mid
    sums.positionNtlMax = Math.max(sums.positionNtlMax, held)
    for (const [at, afterMs] of MARKOUTS_MS.entries()) {
      this.#timers.at(fill.ts + afterMs, () => {
        sums.markoutBpsNtl[at] =
          (sums.markoutBpsNtl[at] ?? 0) + ((sign * (this.mid(asset) - px)) / px) * 10_000 * ntl
        sums.markoutNtl[at] = (sums.markoutNtl[at] ?? 0) + ntl
      })
    }
  }

  funded({ asset, usd }: FundingPayment): void {
    ;(this.coins[asset] as CoinSums).funding += usd
  }

  /** Micro-dollars, positions at the mark. */
  equity(): number {
    return accountValue(this.#account, this.#state.marks)
  }

  /** Looks at equity from now on, every second of market time. @param each is told what it is */
  watch(ts: EpochMs, each: (equity: number, ts: EpochMs) => void): void {
    this.#timers.at(ts, (now) => {
      if (this.#closed) return
      const equity = this.equity()
      this.note(now, equity)
      each(equity, now)
      this.watch(now + EQUITY_EVERY_MS, each)
    })
  }

  note(ts: EpochMs, equity: number): void {
    for (const { asset } of this.#state.specs) this.firstMids[asset] ||= this.mid(asset)
    this.peak = Math.max(this.peak, equity)
    this.drawdown = Math.max(this.drawdown, this.peak - equity)
    this.drawdownShare = Math.max(this.drawdownShare, (this.peak - equity) / this.peak)
    if (ts - this.#notedTs < this.#everyMs) return
    this.#notedTs = ts
    this.curve.push([ts, equity / 1e6])
    if (this.curve.length <= CURVE_MAX) return
    this.curve.splice(0, this.curve.length, ...this.curve.filter((_, at) => at % 2 === 0))
    this.#everyMs *= 2
  }

  /** The data has ended: markouts that are still due are taken at its last prices. */
  close(until: EpochMs): void {
    this.#closed = true
    this.#timers.runBefore(until + 1)
  }

  decided(reason: string): void {
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1)
  }
}
