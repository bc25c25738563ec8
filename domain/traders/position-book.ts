/** Positions of everybody on the tape: each trade moves its buyer and its seller, once; tracked traders are also compared with the venue. */
// Not here: one trader (trader-account.ts), the comparison (reconcile.ts), reading the tape (streamers/traders-follower.ts).
import type { TradeEvent } from '#domain/events.ts'
import { type FixedE8, parseFixed } from '#domain/fixed-point.ts'
import { type EpochMs, HOUR_MS } from '#domain/time.ts'
import { createOutages, type Outages } from '#domain/traders/outages.ts'
import { type Reconciliation, reconcile, type VenueState } from '#domain/traders/reconcile.ts'
import { createTidMemory, type TidMemory } from '#domain/traders/tid-memory.ts'
import {
  confidenceOf,
  fold,
  newTrader,
  type TapePosition,
  type TraderAccount,
  uncertaintyOf,
} from '#domain/traders/trader-account.ts'

export const LIMITS = {
  /** Traders in memory. Beyond it those nobody tracks are forgotten, the longest silent first. */
  tradersMax: 400_000,
} as const

/** A tracked position that a trade or a comparison moved. */
export interface Moved {
  address: string
  coin: string
  ts: EpochMs
  beforeE8: FixedE8
  position: TapePosition
  source: 'tape' | 'venue' | 'stream'
}

export interface TapeCounts {
  trades: number
  repeated: number
  /** Older than what is remembered; not counted in. */
  tooOld: number
  /** Without names. */
  nameless: number
  forgotten: number
}

export class PositionBook {
  readonly outages: Outages
  readonly counts: TapeCounts = { trades: 0, repeated: 0, tooOld: 0, nameless: 0, forgotten: 0 }
  readonly #traders = new Map<string, TraderAccount>()
  readonly #tids = new Map<string, TidMemory>()
  readonly #onMove: (moved: Moved) => void
  readonly #tradersMax: number
  #tapeTs: EpochMs = 0

  /** @param onMove called for tracked traders alone, after each change */
  constructor(
    onMove: (moved: Moved) => void = () => {},
    options: { tradersMax?: number; outages?: Outages } = {},
  ) {
    this.#onMove = onMove
    this.#tradersMax = options.tradersMax ?? LIMITS.tradersMax
    this.outages = options.outages ?? createOutages()
  }

  /** Latest time on the tape, over all coins; 0 before the first trade. */
  get tapeTs(): EpochMs {
    return this.#tapeTs
  }

  get size(): number {
    return this.#traders.size
  }

  traders(): IterableIterator<TraderAccount> {
    return this.#traders.values()
  }

  trader(address: string): TraderAccount | undefined {
    return this.#traders.get(address)
  }

  tidMemories(): ReadonlyMap<string, TidMemory> {
    return this.#tids
  }

  /** Puts back what a snapshot held; before the first trade. */
  restore(traders: readonly TraderAccount[], tids: ReadonlyMap<string, TidMemory>): void {
    for (const trader of traders) this.#traders.set(trader.address, trader)
    for (const [coin, memory] of tids) {
      this.#tids.set(coin, memory)
      this.#tapeTs = Math.max(this.#tapeTs, memory.reach())
    }
  }

  /** Whose recent changes are kept and whose moves are told. Others are followed as well. */
  track(addresses: readonly string[]): void {
    const wanted = new Set(addresses)
    for (const trader of this.#traders.values()) {
      if (!trader.isTracked || wanted.has(trader.address)) continue
      trader.isTracked = false
      trader.recent = []
    }
    for (const address of wanted) {
      const trader = this.#ensure(address)
      if (trader.isTracked) continue
      trader.isTracked = true
      trader.recentFromTs = this.#tapeTs
    }
  }

  /** Takes trades in any order. Each counts once, however often it comes. */
  take(trades: readonly TradeEvent[]): void {
    for (const trade of trades) this.#takeOne(trade)
    if (this.#traders.size > this.#tradersMax) this.#forgetSome()
  }

  /** The venue's state of a tracked trader. @returns what was compared; null when it came too late to say anything */
  reconcile(address: string, state: VenueState): Reconciliation | null {
    const trader = this.#traders.get(address)
    if (!trader) return null
    const before = new Map([...trader.positions].map(([coin, { szE8 }]) => [coin, szE8]))
    const result = reconcile(trader, state)
    if (!result) return null
    for (const [coin, position] of trader.positions) {
      const beforeE8 = before.get(coin) ?? 0n
      const isNews = result.isFirst && position.szE8 !== 0n
      if (position.szE8 === beforeE8 && !isNews) continue
      this.#onMove({
        address,
        coin,
        ts: state.ts,
        beforeE8: result.isFirst ? 0n : beforeE8,
        position,
        source: 'venue',
      })
    }
    return result
  }

  /** Trades of these coins may be missing between the two times. */
  torn(coins: readonly string[], fromTs: EpochMs, toTs: EpochMs): void {
    for (const coin of coins) this.outages.note(coin, fromTs, toTs)
  }

  /** Null where the position is not known: the venue was never asked about the trader. A coin he never held is 0. */
  sizeE8(address: string, coin: string): FixedE8 | null {
    const trader = this.#traders.get(address)
    if (!trader || trader.baseTs === 0) return null
    return trader.positions.get(coin)?.szE8 ?? 0n
  }

  confidence(address: string, coin: string, now: EpochMs): number {
    const trader = this.#traders.get(address)
    return trader ? confidenceOf(trader, coin, this.outages, now) : 0
  }

  /** Tracked traders, the least certain first; equally uncertain ones in the order given. */
  byUncertainty(addresses: readonly string[], now: EpochMs): { address: string; uncertainty: number }[] {
    return addresses
      .map((address) => ({ address, uncertainty: uncertaintyOf(this.#ensure(address), this.outages, now) }))
      .sort((a, b) => (a.uncertainty === b.uncertainty ? 0 : b.uncertainty - a.uncertainty))
  }

  #takeOne({ coin, ts, tid, buyer, seller, px, sz }: TradeEvent): void {
    let memory = this.#tids.get(coin)
    if (!memory) {
      memory = createTidMemory()
      this.#tids.set(coin, memory)
    }
    const seen = memory.see(tid, ts)
    if (seen === 'repeated') this.counts.repeated++
    else if (seen === 'too_old') this.counts.tooOld++
    if (seen !== 'new') return
    this.#tapeTs = Math.max(this.#tapeTs, ts)
    this.counts.trades++
    if (buyer === '' || seller === '') {
      this.counts.nameless++
      return
    }
    const szE8 = parseFixed(sz)
    const pxE8 = parseFixed(px)
    // Somebody who trades with himself holds what he held.
    if (buyer === seller) this.#ensure(buyer).lastTs = ts
    else {
      this.#move(buyer, { coin, ts, pxE8, deltaE8: szE8 })
      this.#move(seller, { coin, ts, pxE8, deltaE8: -szE8 })
    }
  }

  #move(address: string, trade: { coin: string; ts: EpochMs; pxE8: FixedE8; deltaE8: FixedE8 }): void {
    const trader = this.#ensure(address)
    const folded = fold(trader, trade)
    if (!folded || !trader.isTracked) return
    const { coin, ts } = trade
    this.#onMove({ address, coin, ts, beforeE8: folded.before, position: folded.now, source: 'tape' })
  }

  #ensure(address: string): TraderAccount {
    const known = this.#traders.get(address)
    if (known) return known
    const trader = newTrader(address)
    this.#traders.set(address, trader)
    return trader
  }

  #forgetSome(): void {
    const idle = [...this.#traders.values()].filter(({ isTracked }) => !isTracked)
    idle.sort((a, b) => a.lastTs - b.lastTs)
    const surplus = this.#traders.size - Math.floor(this.#tradersMax * 0.9)
    for (const { address, lastTs } of idle.slice(0, surplus)) {
      if (this.#tapeTs - lastTs < HOUR_MS && this.#traders.size <= this.#tradersMax) break
      this.#traders.delete(address)
      this.counts.forgotten++
    }
  }
}
