/** First in, first out: each closing fill against the oldest lots, as tax offices want it. Exact. */
// Not here: the size-weighted entry that the venue and the ledger go by (lane.ts).
import { absE8, type FixedE8, minE8, mulE8, signE8 } from '#domain/fixed-point.ts'
import { FLAG, type WideFill } from '#domain/pnl/types.ts'
import type { EpochMs } from '#domain/time.ts'

/** A part of a lot that was closed. Amounts × 1e8. */
export interface ClosedLot {
  openTs: EpochMs
  closeTs: EpochMs
  side: 'long' | 'short'
  sz: FixedE8
  /** USD that it was opened and closed for, fees apart. */
  openUsd: FixedE8
  closeUsd: FixedE8
  realised: FixedE8
  /** False when the history does not reach back to its opening: the price is a guess. */
  known: boolean
}

interface Lot {
  ts: EpochMs
  sz: FixedE8
  cost: FixedE8
  known: boolean
}

/** Lots of one account and coin. */
export class FifoLane {
  private lots: Lot[] = []
  private side = 0

  /** Signed coins. */
  get sz(): FixedE8 {
    return BigInt(this.side) * this.lots.reduce((total, { sz }) => total + sz, 0n)
  }

  /** What is open cost so much; negative for a short. */
  get signedCost(): FixedE8 {
    return BigInt(this.side) * this.lots.reduce((total, { cost }) => total + cost, 0n)
  }

  /** Takes one fill, in the order of the position chain. @returns what it closed, oldest lot first */
  fill(ts: EpochMs, fill: WideFill): ClosedLot[] {
    if (fill.start !== this.sz) this.reanchor(ts, fill)
    const buys = (fill.flags & FLAG.buy) !== 0
    const coinFee = (fill.flags & FLAG.feeInCoins) !== 0
    let rest = coinFee ? fill.sz - fill.fee : fill.sz
    let money = mulE8(fill.sz, fill.px) - (coinFee ? mulE8(fill.fee, fill.px) : 0n)
    const closed: ClosedLot[] = []
    if (this.lots.length > 0 && this.side !== (buys ? 1 : -1))
      while (rest > 0n && this.lots.length > 0) {
        const lot = this.lots[0] as Lot
        const size = minE8(lot.sz, rest)
        const closeUsd = size === rest ? money : mulE8(size, fill.px)
        const openUsd = size === lot.sz ? lot.cost : (lot.cost * size) / lot.sz
        closed.push({
          ...{
            openTs: lot.ts,
            closeTs: ts,
            side: this.side > 0 ? 'long' : 'short',
            sz: size,
            openUsd,
            closeUsd,
          },
          ...{ realised: BigInt(this.side) * (closeUsd - openUsd), known: lot.known },
        })
        lot.sz -= size
        lot.cost -= openUsd
        rest -= size
        money -= closeUsd
        if (lot.sz === 0n) this.lots.shift()
      }
    if (rest > 0n) {
      this.side = buys ? 1 : -1
      this.lots.push({ ts, sz: rest, cost: money, known: true })
    }
    return closed
  }

  /** Fills are missing: the venue's position is taken over, what is new at this price. */
  private reanchor(ts: EpochMs, { start, px }: WideFill): void {
    const held = this.sz
    const [now, side] = [absE8(start), signE8(start)]
    if (side !== signE8(held)) this.lots = []
    let surplus = this.lots.reduce((total, { sz }) => total + sz, 0n) - now
    while (surplus > 0n && this.lots.length > 0) {
      const lot = this.lots[0] as Lot
      const size = minE8(lot.sz, surplus)
      lot.cost -= (lot.cost * size) / lot.sz
      lot.sz -= size
      surplus -= size
      if (lot.sz === 0n) this.lots.shift()
    }
    if (surplus < 0n) this.lots.push({ ts, sz: -surplus, cost: mulE8(-surplus, px), known: false })
    this.side = side
  }
}
